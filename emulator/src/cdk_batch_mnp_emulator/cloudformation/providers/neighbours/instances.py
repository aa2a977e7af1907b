"""AWS::EC2::Instance."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.ec2_resource import Ec2Resource
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import gone_already
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    without,
)

_WITHOUT_EFFECT = (
    "PropagateTagsToVolumeOnCreation",
    "SourceDestCheck",
    "SsmAssociations",
    "Volumes",
)
_OF_PLACEMENT = {
    "Affinity": "Affinity",
    "AvailabilityZone": "AvailabilityZone",
    "HostId": "HostId",
    "PlacementGroupName": "GroupName",
    "Tenancy": "Tenancy",
}


class Instance(Ec2Resource):
    """Provides AWS::EC2::Instance. A change of anything but tags replaces it."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the call that runs one instance."""
        own = without(properties, *_WITHOUT_EFFECT, *_OF_PLACEMENT)
        placement = {
            api: properties[name] for name, api in _OF_PLACEMENT.items() if name in properties
        }
        if placement:
            own["Placement"] = placement
        if "IamInstanceProfile" in own:
            own["IamInstanceProfile"] = {"Name": own["IamInstanceProfile"]}
        if "Monitoring" in own:
            own["Monitoring"] = {"Enabled": own["Monitoring"]}
        if "CreditSpecification" in own:
            credits = own["CreditSpecification"].get("CPUCredits", "standard")
            own["CreditSpecification"] = {"CpuCredits": credits}
        if "UserData" in own:
            own["UserData"] = _decoded(str(own["UserData"]))
        if "NetworkInterfaces" in own:
            own["NetworkInterfaces"] = [
                {"Groups" if key == "GroupSet" else key: value for key, value in interface.items()}
                for interface in own["NetworkInterfaces"]
            ]
        return super().request(context, {**own, "MinCount": 1, "MaxCount": 1})

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the instance."""
        own = known["Instances"][0]
        attributes = {
            "AvailabilityZone": own["Placement"]["AvailabilityZone"],
            "PrivateDnsName": own.get("PrivateDnsName", ""),
            "PrivateIp": own.get("PrivateIpAddress", ""),
            "PublicDnsName": own.get("PublicDnsName", ""),
            "PublicIp": own.get("PublicIpAddress", ""),
            "VpcId": own.get("VpcId", ""),
        }
        id = own["InstanceId"]
        return Provided(id, {"InstanceId": id, "Id": id, **attributes})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Terminate the instance, with its primary network interface."""
        named = {"InstanceIds": [provided.physical_id]}
        with gone_already():
            found = context.call("ec2", "DescribeInstances", **named)["Reservations"]
            interfaces = found[0]["Instances"][0].get("NetworkInterfaces", [])
            context.call("ec2", "TerminateInstances", **named)
            for interface in interfaces:
                own = {"NetworkInterfaceId": interface["NetworkInterfaceId"]}
                with gone_already():
                    context.call("ec2", "DeleteNetworkInterface", **own)


def _decoded(text: str) -> str:
    # The SDK encodes it again.
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text


PROVIDERS: dict[str, Provider] = {
    "AWS::EC2::Instance": Instance(
        create_call="RunInstances",
        delete_call="TerminateInstances",
        id="InstanceId",
        tagged_as="instance",
    ),
}
