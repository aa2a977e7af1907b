"""The managed On-Demand environment that the nodes of a job come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Fn, Resource
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.acknowledgements import Acknowledgements
from cdk_batch_mnp.cdk.launch_template import NodeLaunchTemplate
from cdk_batch_mnp.cdk.network import (
    read_launch_template,
    read_placement_group,
    read_security_group,
    read_subnets,
)
from cdk_batch_mnp.cdk.tokens import is_token, known
from cdk_batch_mnp.cdk.validation import METADATA_KEY, StageSetup
from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.network import PlacementGroup, SecurityGroup, SecurityGroupRule
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.shape import Shape
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_batch import ComputeEnvironmentReference

DEFAULT_ROOT_VOLUME_SIZE_GIB = 100
MIN_ROOT_VOLUME_SIZE_GIB = 30
"""Size of the snapshot in the images that Batch starts: EC2 refuses a smaller volume for it."""
MAX_ROOT_VOLUME_SIZE_GIB = 65536
"""Of a gp3 volume. Source: EBS User Guide, General Purpose SSD volumes."""

_ECS_INSTANCE_POLICY = "service-role/AmazonEC2ContainerServiceforEC2Role"


@jsii.implements(batch.IComputeEnvironment, ec2.IConnectable)
class MnpComputeEnvironment(Resource):
    """A managed On-Demand compute environment for multi-node parallel jobs.

    Spot, Fargate, UNMANAGED and EKS cannot be expressed: Batch runs no multi-node parallel jobs
    there. What is left out is made: a cluster placement group, a security group that admits only
    itself, a launch template (IMDSv2 alone, encrypted gp3 root volume) and an instance role with
    the ECS managed policy for instances.

    Args:
        scope: The construct around this one.
        id: Of the construct in it.
        vpc: The VPC of the nodes.
        instance_type: The one type of the nodes.
        max_nodes: How many nodes run at once, over all jobs; sets max vCPUs.
        vpc_subnets: The nodes' subnets, all in one Availability Zone. The first private subnets
            with a way out, in one zone, if left out.
        security_groups: One to five groups for the nodes and their tasks.
        placement_group: A group of the strategy ``cluster``.
        launch_template: In the place of the one that is made.
        instance_role: In the place of the one that is made; it needs what the ECS agent needs.
        image_type: The Batch image type, such as ``ECS_AL2023``; by the instance type if left out.
        root_volume_size_gib: Of the launch template that is made, in GiB: 30 to 65536; 100 if left
            out.
        min_nodes: Instances that are kept (and paid for) without a job.
        vcpus_per_node: vCPUs of an instance type that the library has no facts of.
        compute_environment_name: A fixed name; it stands in the way of any replacement.
        enabled: Whether the environment takes new jobs.

    Raises:
        ValueError: ``max_nodes``, ``min_nodes`` or ``root_volume_size_gib`` is out of range; the
            instance type is unknown and ``vcpus_per_node`` is left out; the VPC has no private
            subnet with a way out, or the selection no subnet; or one argument makes another
            meaningless.

    Source: Batch User Guide, compute environments for multi-node parallel jobs; Batch API,
    CreateComputeEnvironment.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        instance_type: str | ec2.InstanceType,
        max_nodes: int,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        placement_group: ec2.IPlacementGroup | None = None,
        launch_template: ec2.ILaunchTemplate | None = None,
        instance_role: iam.IRole | None = None,
        image_type: str | None = None,
        root_volume_size_gib: int | None = None,
        min_nodes: int = 0,
        vcpus_per_node: int | None = None,
        compute_environment_name: str | None = None,
        enabled: bool = True,
    ) -> None:
        place = f"{scope.node.path}/{id}".lstrip("/")
        _refuse_node_counts(place, max_nodes, min_nodes)
        if security_groups is not None and not security_groups:
            raise ValueError(
                f"{place}: security_groups is empty: leave it out for a group of the cluster's "
                "own, or give one to five"
            )
        _refuse_root_volume(place, root_volume_size_gib, launch_template)
        name = instance_type if isinstance(instance_type, str) else instance_type.to_string()
        setup = StageSetup.of(scope)
        self.instance = _facts(place, name, vcpus_per_node, setup)
        self._subnets = _subnets(vpc, vpc_subnets, place)
        super().__init__(scope, id)
        self.instance_type = name
        self.max_nodes = max_nodes
        self.vpc = vpc
        self._path = place
        self.security_groups = list(security_groups or [_own_group(self, vpc)])
        self._own_groups = not security_groups
        self._connections = ec2.Connections(security_groups=self.security_groups)
        self._own_placement_group = placement_group is None
        self.placement_group = placement_group or ec2.PlacementGroup(
            self, "PlacementGroup", strategy=ec2.PlacementGroupStrategy.CLUSTER
        )
        self.instance_role = instance_role or iam.Role(
            self,
            "InstanceRole",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            description="Lets the ECS agent on the nodes register the instance and pull images.",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_ECS_INSTANCE_POLICY)],
        )
        profile = iam.CfnInstanceProfile(
            self, "InstanceProfile", roles=[self.instance_role.role_name]
        )
        self._given_template = launch_template
        self._made_template = (
            None
            if launch_template is not None
            else NodeLaunchTemplate(
                self,
                "LaunchTemplate",
                path=f"{place}/LaunchTemplate",
                root_volume_size_gib=root_volume_size_gib or DEFAULT_ROOT_VOLUME_SIZE_GIB,
            )
        )
        self._properties: dict[str, Any] = {
            "type": "MANAGED",
            "state": "ENABLED" if enabled else "DISABLED",
            # With BEST_FIT_PROGRESSIVE an update changes the environment in place: running jobs go
            # on, and queues keep their environment.
            "replaceComputeEnvironment": False,
            "computeEnvironmentName": compute_environment_name,
            "computeResources": {
                "type": "EC2",
                "allocationStrategy": "BEST_FIT_PROGRESSIVE",
                "minvCpus": min_nodes * self.instance.vcpus,
                "maxvCpus": max_nodes * self.instance.vcpus,
                "instanceTypes": [name],
                "subnets": [each.subnet_id for each in self._subnets],
                "securityGroupIds": [each.security_group_id for each in self.security_groups],
                "placementGroup": self.placement_group.placement_group_name,
                "instanceRole": profile.attr_arn,
                "ec2Configuration": [{"imageType": image_type or _image_type(self.instance)}],
                "launchTemplate": self._launch_template_specification(),
                "updateToLatestImageVersion": True,
            },
        }
        properties = self._properties
        self._resource = batch.CfnComputeEnvironment(
            self,
            "Resource",
            type=properties["type"],
            state=properties["state"],
            replace_compute_environment=properties["replaceComputeEnvironment"],
            compute_environment_name=compute_environment_name,
            compute_resources=properties["computeResources"],
        )
        self._resource.add_metadata(METADATA_KEY, {"dedicated": True})
        # The environment's tags are for its instances too, where the bill comes from.
        self._resource.add_property_override(
            "ComputeResources.Tags", self._resource.tags.rendered_tags
        )
        setup.add(self, place, self._resource)

    def _launch_template_specification(self) -> dict[str, Any]:
        if self._made_template is not None:
            made = self._made_template.resource
            return {"launchTemplateId": made.ref, "version": made.attr_latest_version_number}
        given = self._given_template
        assert given is not None  # noqa: S101 - for the type checker
        by = (
            {"launchTemplateId": given.launch_template_id}
            if given.launch_template_id is not None
            else {"launchTemplateName": given.launch_template_name}
        )
        resource = given.node.default_child if isinstance(given, Construct) else None
        # The L2's own version number may be $Latest or $Default, which are read only when the
        # environment's infrastructure is updated; the attribute changes with the template.
        if isinstance(resource, ec2.CfnLaunchTemplate):
            return {**by, "version": resource.attr_latest_version_number}
        return {**by, "version": given.version_number}

    @property
    def model(self) -> ComputeEnvironment:
        """What the rules see of the environment, read anew."""
        return ComputeEnvironment.read(
            Shape(known(self._properties)),
            id=self._path,
            acknowledged=Acknowledgements(self),
            launch_template=self._template_model(),
            placement_group=PlacementGroup(id=f"{self._path}/PlacementGroup", strategy="cluster")
            if self._own_placement_group
            else read_placement_group(self.placement_group.placement_group_name),
            subnets=read_subnets(self.vpc, self._subnets),
            security_groups=tuple(self._group_models()),
            instance_role=Role(id=self.instance_role.node.path),
            is_dedicated=True,
        )

    def _template_model(self) -> Maybe[LaunchTemplate]:
        if self._made_template is not None:
            return self._made_template.model
        assert self._given_template is not None  # noqa: S101 - for the type checker
        return read_launch_template(self._given_template)

    def _group_models(self) -> list[Maybe[SecurityGroup]]:
        if not self._own_groups:
            return [read_security_group(each) for each in self.security_groups]
        path = f"{self._path}/SecurityGroup"
        # Users add rules through `connections`, which only the template shows: those are unknown.
        return [
            SecurityGroup(
                id=path,
                ingress=(SecurityGroupRule(peer=path), UNKNOWN),
                egress=(SecurityGroupRule(peer="0.0.0.0/0"), UNKNOWN),
            )
        ]

    @property
    def connections(self) -> ec2.Connections:
        """The nodes' connections, to let them reach others and others reach them."""
        return self._connections

    @property
    def compute_environment_arn(self) -> str:
        """The environment's ARN."""
        return self._resource.attr_compute_environment_arn

    @property
    def compute_environment_name(self) -> str:
        """The environment's name."""
        return Fn.select(1, Fn.split("/", self._resource.attr_compute_environment_arn))

    @property
    def compute_environment_ref(self) -> ComputeEnvironmentReference:
        """The reference that other constructs take."""
        return self._resource.compute_environment_ref

    @property
    def service_role(self) -> iam.IRole | None:
        """``None``: Batch uses its service-linked role."""
        return None

    @property
    def enabled(self) -> bool:
        """Whether the environment takes new jobs."""
        return bool(self._properties["state"] == "ENABLED")


def _refuse_node_counts(place: str, max_nodes: int, min_nodes: int) -> None:
    for name, count in (("max_nodes", max_nodes), ("min_nodes", min_nodes)):
        if is_token(count):
            raise ValueError(
                f"{place}: {name} is only known at deployment, but max vCPUs are computed from it "
                "now; give a number, from the context or from settings"
            )
    if max_nodes < 1:
        raise ValueError(f"{place}: max_nodes is {max_nodes}, but at least 1 is needed")
    if not 0 <= min_nodes <= max_nodes:
        raise ValueError(
            f"{place}: min_nodes is {min_nodes}, but 0 to max_nodes ({max_nodes}) are possible"
        )


def _refuse_root_volume(
    place: str, size_gib: int | None, launch_template: ec2.ILaunchTemplate | None
) -> None:
    if size_gib is None or is_token(size_gib):
        return
    if launch_template is not None:
        raise ValueError(
            f"{place}: root_volume_size_gib is for the launch template that is made; set the size "
            "in the launch_template that you give, or leave one of the two out"
        )
    if not MIN_ROOT_VOLUME_SIZE_GIB <= size_gib <= MAX_ROOT_VOLUME_SIZE_GIB:
        raise ValueError(
            f"{place}: root_volume_size_gib is {size_gib}, but {MIN_ROOT_VOLUME_SIZE_GIB} to "
            f"{MAX_ROOT_VOLUME_SIZE_GIB} GiB are possible"
        )


def _facts(place: str, name: str, vcpus_per_node: int | None, setup: StageSetup) -> InstanceType:
    found = setup.catalogue.find(name)
    if vcpus_per_node is not None:
        if vcpus_per_node < 1:
            raise ValueError(
                f"{place}: vcpus_per_node is {vcpus_per_node}, but at least 1 is needed"
            )
        if found is None:
            found = InstanceType(name=name, vcpus=vcpus_per_node)
            setup.learn(found)
        elif found.vcpus != vcpus_per_node:
            raise ValueError(
                f"{place}: vcpus_per_node is {vcpus_per_node}, but {name} has {found.vcpus} vCPUs; "
                "leave it out"
            )
    if found is None:
        raise ValueError(
            f"{place}: nothing is known of the instance type {name!r}, so max vCPUs cannot be "
            "computed from max_nodes; check the spelling, or give vcpus_per_node"
        )
    return found


def _image_type(instance: InstanceType) -> str:
    return "ECS_AL2023_NVIDIA" if instance.gpus else "ECS_AL2023"


def _subnets(
    vpc: ec2.IVpc, selection: ec2.SubnetSelection | None, place: str
) -> Sequence[ec2.ISubnet]:
    if selection is not None:
        chosen = _select(vpc, selection)
        if not chosen:
            raise ValueError(f"{place}: vpc_subnets selects no subnet of the VPC")
        return chosen
    private = vpc.private_subnets
    if not private:
        raise ValueError(
            f"{place}: the VPC has no private subnet with a way out, and containers of multi-node "
            "parallel jobs reach nothing from a public one; add such subnets, or choose isolated "
            "ones with vpc_subnets and give the VPC its endpoints"
        )
    zone = private[0].availability_zone
    return [each for each in private if each is private[0] or each.availability_zone == zone]


def _select(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> Sequence[ec2.ISubnet]:
    if selection.subnets is not None and selection.subnet_filters is None:
        # Choosing among them asks for the zones, which those imported by id do not tell.
        return selection.subnets
    return vpc.select_subnets(
        availability_zones=selection.availability_zones,
        one_per_az=selection.one_per_az,
        subnet_filters=selection.subnet_filters,
        subnet_group_name=selection.subnet_group_name,
        subnets=selection.subnets,
        subnet_type=selection.subnet_type,
    ).subnets


def _own_group(scope: Construct, vpc: ec2.IVpc) -> ec2.SecurityGroup:
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        description="Nodes of multi-node parallel jobs: all traffic among themselves.",
        allow_all_outbound=True,
    )
    # MPI and NCCL talk between the nodes at any port.
    group.add_ingress_rule(group, ec2.Port.all_traffic(), "All traffic from the nodes themselves")
    return group
