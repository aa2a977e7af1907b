"""Virtual networks: VPCs, subnets, route tables, flow logs and endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Setting
from cdk_batch_mnp_emulator.cloudformation.providers.ec2_resource import Ec2Resource
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    ProvisioningError,
    changed,
    reset,
)


class Vpc(Ec2Resource):
    """Provides AWS::EC2::VPC."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the VPC, and look up its default resources."""
        provided = super().create(context, properties)
        own = [{"Name": "vpc-id", "Values": [provided.physical_id]}]
        groups = context.call("ec2", "DescribeSecurityGroups", Filters=own)["SecurityGroups"]
        acls = context.call("ec2", "DescribeNetworkAcls", Filters=own)["NetworkAcls"]
        found = {
            "DefaultSecurityGroup": next(
                (each["GroupId"] for each in groups if each["GroupName"] == "default"), ""
            ),
            "DefaultNetworkAcl": next(
                (each["NetworkAclId"] for each in acls if each["IsDefault"]), ""
            ),
        }
        return Provided(provided.physical_id, {**provided.attributes, **found})

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the VPC with its CIDR blocks."""
        provided = super().provided(context, known, properties)
        blocks = {
            "CidrBlockAssociations": [
                association["AssociationId"]
                for association in known.get("CidrBlockAssociationSet", [])
            ],
            "Ipv6CidrBlocks": [
                association["Ipv6CidrBlock"]
                for association in known.get("Ipv6CidrBlockAssociationSet", [])
            ],
        }
        return Provided(provided.physical_id, {**provided.attributes, **blocks})


class FlowLog(Ec2Resource):
    """Provides AWS::EC2::FlowLog."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call, which accepts a list of resources."""
        request = super().request(context, properties)
        return request | {"ResourceIds": [properties["ResourceId"]]}

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the flow log of the response.

        Raises:
            ProvisioningError: The response has an error instead of the flow log.
        """
        if not known.get("FlowLogIds"):
            failures = [item["Error"]["Message"] for item in known.get("Unsuccessful", [])]
            raise ProvisioningError("; ".join(failures))
        return super().provided(context, {self.id: known["FlowLogIds"][0]}, properties)


class Route:
    """Provides AWS::EC2::Route."""

    _DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the route."""
        context.call("ec2", "CreateRoute", **properties)
        destination = next(properties[each] for each in self._DESTINATIONS if each in properties)
        return Provided(f"{properties['RouteTableId']}|{destination}", {"CidrBlock": destination})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the route table or the destination changes."""
        return bool(changed(old, new) & {"RouteTableId", *self._DESTINATIONS})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the target of the route."""
        context.call("ec2", "ReplaceRoute", **new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the route."""
        own = {
            key: value
            for key, value in properties.items()
            if key in {"RouteTableId", *self._DESTINATIONS}
        }
        context.call("ec2", "DeleteRoute", **own)


class VpcEndpoint(Ec2Resource):
    """Provides AWS::EC2::VPCEndpoint."""

    _LISTS = ("RouteTable", "Subnet", "SecurityGroup")

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Update the subnets, route tables, security groups and policy of the endpoint."""
        if not old:
            return
        request: dict[str, Any] = {}
        for name in self._LISTS:
            before, after = (set(each.get(f"{name}Ids", [])) for each in (old, new))
            request[f"Add{name}Ids"] = sorted(after - before)
            request[f"Remove{name}Ids"] = sorted(before - after)
        wanted = {**new, **reset(old, new, {"PrivateDnsEnabled": False})}
        for name in ("PolicyDocument", "PrivateDnsEnabled"):
            if old.get(name) != wanted.get(name) and name in wanted:
                request[name] = wanted[name]
        if "PolicyDocument" in old and "PolicyDocument" not in new:
            request["ResetPolicy"] = True
        given = {key: value for key, value in request.items() if value != []}
        if given:
            context.call("ec2", "ModifyVpcEndpoint", VpcEndpointId=provided.physical_id, **given)


class VpcCidrBlock(Ec2Resource):
    """Provides AWS::EC2::VPCCidrBlock."""

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the association of an IPv4 or IPv6 block."""
        found = known.get("CidrBlockAssociation") or known["Ipv6CidrBlockAssociation"]
        return super().provided(context, found, properties)


PROVIDERS: dict[str, Provider] = {
    "AWS::EC2::FlowLog": FlowLog(
        create_call="CreateFlowLogs",
        delete_call="DeleteFlowLogs",
        id="FlowLogId",
        id_argument="FlowLogIds",
        many=True,
        tagged_as="vpc-flow-log",
        apart=("ResourceId",),
    ),
    "AWS::EC2::Route": Route(),
    "AWS::EC2::RouteTable": Ec2Resource(
        create_call="CreateRouteTable",
        delete_call="DeleteRouteTable",
        answer="RouteTable",
        id="RouteTableId",
        tagged_as="route-table",
    ),
    "AWS::EC2::Subnet": Ec2Resource(
        create_call="CreateSubnet",
        delete_call="DeleteSubnet",
        answer="Subnet",
        id="SubnetId",
        shown=("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "VpcId"),
        tagged_as="subnet",
        settings=(
            Setting("MapPublicIpOnLaunch", "ModifySubnetAttribute", member="Value", default=False),
            Setting(
                "AssignIpv6AddressOnCreation",
                "ModifySubnetAttribute",
                member="Value",
                default=False,
            ),
        ),
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Ec2Resource(
        create_call="AssociateRouteTable",
        delete_call="DisassociateRouteTable",
        id="AssociationId",
    ),
    "AWS::EC2::VPC": Vpc(
        create_call="CreateVpc",
        delete_call="DeleteVpc",
        answer="Vpc",
        id="VpcId",
        shown=("CidrBlock",),
        tagged_as="vpc",
        settings=(
            Setting("EnableDnsSupport", "ModifyVpcAttribute", member="Value", default=True),
            Setting("EnableDnsHostnames", "ModifyVpcAttribute", member="Value", default=False),
        ),
    ),
    "AWS::EC2::VPCCidrBlock": VpcCidrBlock(
        create_call="AssociateVpcCidrBlock",
        delete_call="DisassociateVpcCidrBlock",
        id="AssociationId",
    ),
    "AWS::EC2::VPCEndpoint": VpcEndpoint(
        create_call="CreateVpcEndpoint",
        delete_call="DeleteVpcEndpoints",
        answer="VpcEndpoint",
        id="VpcEndpointId",
        id_argument="VpcEndpointIds",
        many=True,
        shown=("CreationTimestamp", "DnsEntries", "NetworkInterfaceIds"),
        tagged_as="vpc-endpoint",
        in_place=frozenset(
            {
                "PolicyDocument",
                "PrivateDnsEnabled",
                "RouteTableIds",
                "SecurityGroupIds",
                "SubnetIds",
            }
        ),
    ),
}
