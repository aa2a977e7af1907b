"""Gateways and elastic IP addresses."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ReplacedOnChange
from cdk_batch_mnp_emulator.cloudformation.providers.ec2_resource import Ec2Resource
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    ProvisioningError,
)


class ElasticIp(Ec2Resource):
    """Provides AWS::EC2::EIP, whose ``Ref`` is the address."""

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the address."""
        own = {name: known[name] for name in ("AllocationId", "PublicIp")}
        return Provided(known["PublicIp"], own)


class GatewayAttachment(ReplacedOnChange):
    """Provides AWS::EC2::VPCGatewayAttachment."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Attach the internet or VPN gateway."""
        kind, operation = self._of(properties)
        context.call("ec2", f"Attach{operation}", **properties)
        return Provided(f"{kind}|{properties['VpcId']}", {"AttachmentType": kind})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Detach the gateway."""
        _, operation = self._of(properties)
        context.call("ec2", f"Detach{operation}", **properties)

    def _of(self, properties: Properties) -> tuple[str, str]:
        if "InternetGatewayId" in properties:
            return "IGW", "InternetGateway"
        return "VGW", "VpnGateway"


class NatGateway(Ec2Resource):
    """Provides AWS::EC2::NatGateway."""

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the gateway, with its network interface, which moto would leave."""
        named = {"NatGatewayIds": [provided.physical_id]}
        (found,) = context.call("ec2", "DescribeNatGateways", **named)["NatGateways"]
        super().delete(context, provided, properties)
        for address in found.get("NatGatewayAddresses", []):
            if id := address.get("NetworkInterfaceId"):
                with contextlib.suppress(ProvisioningError):
                    context.call("ec2", "DeleteNetworkInterface", NetworkInterfaceId=id)


PROVIDERS: dict[str, Provider] = {
    "AWS::EC2::EIP": ElasticIp(
        create_call="AllocateAddress",
        delete_call="ReleaseAddress",
        id="AllocationId",
        tagged_as="elastic-ip",
    ),
    "AWS::EC2::InternetGateway": Ec2Resource(
        create_call="CreateInternetGateway",
        delete_call="DeleteInternetGateway",
        answer="InternetGateway",
        id="InternetGatewayId",
        tagged_as="internet-gateway",
    ),
    "AWS::EC2::NatGateway": NatGateway(
        create_call="CreateNatGateway",
        delete_call="DeleteNatGateway",
        answer="NatGateway",
        id="NatGatewayId",
        tagged_as="natgateway",
    ),
    "AWS::EC2::VPCGatewayAttachment": GatewayAttachment(),
}
