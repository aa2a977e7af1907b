"""AWS::EC2: what networks have besides subnets and routes, and volumes, keys and interfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ReplacedOnChange
from cdk_batch_mnp_emulator.cloudformation.providers.ec2_resource import Ec2Resource
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
    gone_already,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    without,
)


class NetworkAclEntry:
    """Provides AWS::EC2::NetworkAclEntry."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Add the entry to its network ACL."""
        context.call("ec2", "CreateNetworkAclEntry", **_entry(properties))
        return Provided(context.name, {"Id": context.name})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether it becomes another entry."""
        return _entry_key(old) != _entry_key(new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Replace the entry in its network ACL."""
        context.call("ec2", "ReplaceNetworkAclEntry", **_entry(new))
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Remove the entry."""
        with gone_already():
            context.call("ec2", "DeleteNetworkAclEntry", **_entry_key(properties))


def _entry(properties: Properties) -> dict[str, Any]:
    entry = without(properties, "Icmp")
    if "Icmp" in properties:
        entry["IcmpTypeCode"] = properties["Icmp"]
    return {"Egress": False, **entry}


def _entry_key(properties: Properties) -> dict[str, Any]:
    key = {name: properties[name] for name in ("NetworkAclId", "RuleNumber")}
    return key | {"Egress": str(properties.get("Egress", False)).lower() == "true"}


class NetworkAclAssociation(ReplacedOnChange):
    """Provides AWS::EC2::SubnetNetworkAclAssociation. A subnet always has one network ACL."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Associate the subnet with its network ACL."""
        id = _associate(context, properties["SubnetId"], properties["NetworkAclId"])
        return Provided(id, {"AssociationId": id})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Associate the subnet with the default network ACL, if it still has this one."""
        subnet, network_acl = properties["SubnetId"], properties["NetworkAclId"]
        for acl in context.call("ec2", "DescribeNetworkAcls", NetworkAclIds=[network_acl])[
            "NetworkAcls"
        ]:
            if any(each["SubnetId"] == subnet for each in acl["Associations"]):
                filters = [
                    {"Name": "vpc-id", "Values": [acl["VpcId"]]},
                    {"Name": "default", "Values": ["true"]},
                ]
                found = context.call("ec2", "DescribeNetworkAcls", Filters=filters)
                _associate(context, subnet, found["NetworkAcls"][0]["NetworkAclId"])


def _associate(context: Context, subnet: str, network_acl: str) -> str:
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    found = context.call("ec2", "DescribeNetworkAcls", Filters=filters)["NetworkAcls"]
    now = next(
        association["NetworkAclAssociationId"]
        for acl in found
        for association in acl["Associations"]
        if association["SubnetId"] == subnet
    )
    answer = context.call(
        "ec2", "ReplaceNetworkAclAssociation", AssociationId=now, NetworkAclId=network_acl
    )
    return str(answer["NewAssociationId"])


class DhcpOptions(Ec2Resource):
    """Provides AWS::EC2::DHCPOptions."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call."""
        names = {
            "DomainName": "domain-name",
            "DomainNameServers": "domain-name-servers",
            "NetbiosNameServers": "netbios-name-servers",
            "NetbiosNodeType": "netbios-node-type",
            "NtpServers": "ntp-servers",
        }
        values = {key: properties[name] for name, key in names.items() if name in properties}
        own = {name: properties[name] for name in ("Tags",) if name in properties}
        configurations = [
            {"Key": key, "Values": value if isinstance(value, list) else [str(value)]}
            for key, value in values.items()
        ]
        return super().request(context, {**own, "DhcpConfigurations": configurations})


class DhcpOptionsAssociation(ReplacedOnChange):
    """Provides AWS::EC2::VPCDHCPOptionsAssociation."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Associate the VPC with its options."""
        context.call("ec2", "AssociateDhcpOptions", **properties)
        return Provided(context.name, {"Id": context.name})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Associate the VPC with the default options."""
        own = {**properties, "DhcpOptionsId": "default"}
        context.call("ec2", "AssociateDhcpOptions", **own)


class KeyPair(Ec2Resource):
    """Provides AWS::EC2::KeyPair."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create or import call."""
        request = super().request(context, without(properties, "PublicKeyMaterial"))
        return request | {"KeyName": properties.get("KeyName", context.name)}

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the key, or import a public one."""
        if "PublicKeyMaterial" not in properties:
            return super().create(context, properties)
        request = without(self.request(context, properties), "KeyFormat", "KeyType")
        material = str(properties["PublicKeyMaterial"]).encode()
        answer = context.call("ec2", "ImportKeyPair", **request, PublicKeyMaterial=material)
        return self.provided(context, answer, properties)

    def tagged(self, provided: Provided) -> str:
        """Return the ID of the key pair, which is not its reference."""
        return str(provided.attributes["KeyPairId"])

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the key pair."""
        own = {name: known.get(name, "") for name in ("KeyPairId", "KeyFingerprint")}
        return Provided(known["KeyName"], {**own, "KeyName": known["KeyName"]})


class Volume(Ec2Resource):
    """Provides AWS::EC2::Volume."""

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the volume."""
        with gone_already():
            super().delete(context, provided, properties)


@dataclass(frozen=True, kw_only=True)
class Ec2ServiceResource(Ec2Resource):
    """Provides an EC2 type of a neighbour, whose attributes other than IDs come from ``shown``."""

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource, unless it is gone already."""
        with gone_already():
            super().delete(context, provided, properties)


PROVIDERS: dict[str, Provider] = {
    "AWS::EC2::CustomerGateway": Ec2ServiceResource(
        create_call="CreateCustomerGateway",
        delete_call="DeleteCustomerGateway",
        answer="CustomerGateway",
        id="CustomerGatewayId",
        tagged_as="customer-gateway",
        apart=("BgpAsnExtended",),
    ),
    "AWS::EC2::DHCPOptions": DhcpOptions(
        create_call="CreateDhcpOptions",
        delete_call="DeleteDhcpOptions",
        answer="DhcpOptions",
        id="DhcpOptionsId",
        tagged_as="dhcp-options",
    ),
    "AWS::EC2::EgressOnlyInternetGateway": Ec2ServiceResource(
        create_call="CreateEgressOnlyInternetGateway",
        delete_call="DeleteEgressOnlyInternetGateway",
        answer="EgressOnlyInternetGateway",
        id="EgressOnlyInternetGatewayId",
        tagged_as="egress-only-internet-gateway",
    ),
    "AWS::EC2::KeyPair": KeyPair(
        create_call="CreateKeyPair",
        delete_call="DeleteKeyPair",
        id="KeyName",
        tagged_as="key-pair",
    ),
    "AWS::EC2::NetworkAcl": Ec2ServiceResource(
        create_call="CreateNetworkAcl",
        delete_call="DeleteNetworkAcl",
        answer="NetworkAcl",
        id="NetworkAclId",
        tagged_as="network-acl",
    ),
    "AWS::EC2::NetworkAclEntry": NetworkAclEntry(),
    "AWS::EC2::NetworkInterface": Ec2ServiceResource(
        create_call="CreateNetworkInterface",
        delete_call="DeleteNetworkInterface",
        answer="NetworkInterface",
        id="NetworkInterfaceId",
        tagged_as="network-interface",
        apart=("GroupSet", "SourceDestCheck", "PublicIpDnsHostnameTypeSpecification"),
    ),
    "AWS::EC2::PrefixList": Ec2ServiceResource(
        create_call="CreateManagedPrefixList",
        delete_call="DeleteManagedPrefixList",
        answer="PrefixList",
        id="PrefixListId",
        shown=("OwnerId", "Version", "PrefixListArn"),
        tagged_as="prefix-list",
    ),
    "AWS::EC2::SubnetNetworkAclAssociation": NetworkAclAssociation(),
    "AWS::EC2::TransitGateway": Ec2ServiceResource(
        create_call="CreateTransitGateway",
        delete_call="DeleteTransitGateway",
        answer="TransitGateway",
        id="TransitGatewayId",
        tagged_as="transit-gateway",
    ),
    "AWS::EC2::TransitGatewayAttachment": Ec2ServiceResource(
        create_call="CreateTransitGatewayVpcAttachment",
        delete_call="DeleteTransitGatewayVpcAttachment",
        answer="TransitGatewayVpcAttachment",
        id="TransitGatewayAttachmentId",
        tagged_as="transit-gateway-attachment",
    ),
    "AWS::EC2::TransitGatewayRouteTable": Ec2ServiceResource(
        create_call="CreateTransitGatewayRouteTable",
        delete_call="DeleteTransitGatewayRouteTable",
        answer="TransitGatewayRouteTable",
        id="TransitGatewayRouteTableId",
        tagged_as="transit-gateway-route-table",
    ),
    "AWS::EC2::TransitGatewayVpcAttachment": Ec2ServiceResource(
        create_call="CreateTransitGatewayVpcAttachment",
        delete_call="DeleteTransitGatewayVpcAttachment",
        answer="TransitGatewayVpcAttachment",
        id="TransitGatewayAttachmentId",
        tagged_as="transit-gateway-attachment",
    ),
    "AWS::EC2::VPCDHCPOptionsAssociation": DhcpOptionsAssociation(),
    "AWS::EC2::VPCPeeringConnection": Ec2ServiceResource(
        create_call="CreateVpcPeeringConnection",
        delete_call="DeleteVpcPeeringConnection",
        answer="VpcPeeringConnection",
        id="VpcPeeringConnectionId",
        tagged_as="vpc-peering-connection",
        apart=("PeerRoleArn", "AssumeRoleRegion"),
    ),
    "AWS::EC2::VPNConnection": Ec2ServiceResource(
        create_call="CreateVpnConnection",
        delete_call="DeleteVpnConnection",
        answer="VpnConnection",
        id="VpnConnectionId",
        tagged_as="vpn-connection",
    ),
    "AWS::EC2::VPNGateway": Ec2ServiceResource(
        create_call="CreateVpnGateway",
        delete_call="DeleteVpnGateway",
        answer="VpnGateway",
        id="VpnGatewayId",
        tagged_as="vpn-gateway",
    ),
    "AWS::EC2::Volume": Volume(
        create_call="CreateVolume",
        delete_call="DeleteVolume",
        id="VolumeId",
        tagged_as="volume",
        apart=("AutoEnableIO",),
    ),
    "AWS::EC2::VolumeAttachment": ServiceResource(
        service="ec2",
        create_call="AttachVolume",
        delete_call="DetachVolume",
        id="VolumeId",
    ),
}
