"""The managed On-Demand environment that the nodes of a job come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Acknowledgment, Duration, Fn, Resource, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.environment_arguments import (
    instance_facts,
    refuse_beside_template,
    refuse_node_counts,
    refuse_root_volume,
    update_timeout_minutes,
)
from cdk_batch_mnp.cdk.jobs.volumes import HostVolume
from cdk_batch_mnp.cdk.jsii.argument_types import construct_path, refuse_wrong_types
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation, plan_capacity
from cdk_batch_mnp.cdk.nodes.encryption_keys import allow_auto_scaling_to_use
from cdk_batch_mnp.cdk.nodes.launch_template import (
    NodeLaunchTemplate,
    read_launch_template,
    specification_of,
)
from cdk_batch_mnp.cdk.nodes.lustre import LustreMount
from cdk_batch_mnp.cdk.nodes.node_hardware import plan_node
from cdk_batch_mnp.cdk.nodes.node_image import image_configuration
from cdk_batch_mnp.cdk.nodes.node_storage import node_storage
from cdk_batch_mnp.cdk.nodes.node_subnets import choose_subnets, subnet_facts
from cdk_batch_mnp.cdk.nodes.security_groups import (
    make_group,
    open_default_group,
    template_groups,
)
from cdk_batch_mnp.cdk.validation.registration import stage_state

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_batch import ComputeEnvironmentReference

DEFAULT_ROOT_VOLUME_SIZE_GIB = 100

_ECS_INSTANCE_POLICY = "service-role/AmazonEC2ContainerServiceforEC2Role"


@jsii.implements(batch.IComputeEnvironment, ec2.IConnectable)
class MnpComputeEnvironment(Resource):
    """A managed On-Demand compute environment for multi-node parallel jobs.

    Spot, Fargate, UNMANAGED and EKS cannot be expressed: Batch runs no multi-node parallel jobs
    there. What is left out is made: a cluster placement group, a security group that admits only
    itself, a launch template (IMDSv2 alone, encrypted gp3 root volume, EFA, containers kept from
    the instance role) and an instance role with the ECS managed policy for instances.

    Where the instance type supports EFA, nodes start with the interfaces that use every EFA of the
    type, and these carry the security groups: Batch takes none in the environment beside them. Then
    the tasks' own interfaces take the VPC's default security group. A VPC of this app whose default
    group the CDK empties gets rules in it: from itself and to itself. What containers reach beyond
    that, such as S3, ``connections`` lets out: ``allow_to_any_ipv4(ec2.Port.tcp(443))``.

    An update of the infrastructure (launch template, subnets, a newer image) changes the
    environment in place: new instances take the place of the old ones, and a running job goes on
    for ``update_timeout`` before Batch ends it. Batch's own default is 30 minutes; the default here
    is the longest that it takes, five days, so that a deployment ends no long job. Until the job is
    over its instances run without what the update brings, security patches too.

    Args:
        scope: The construct around this one.
        id: Of the construct in it.
        vpc: The VPC of the nodes.
        instance_type: The one type of the nodes.
        max_nodes: How many nodes run at once, over all jobs; sets max vCPUs.
        vpc_subnets: The nodes' subnets, all in one Availability Zone. The first private subnets
            with a way out, in one zone, if left out.
        security_groups: One to five groups for the nodes and, without EFA, for their tasks. With
            EFA each has to let all traffic through from and to itself.
        default_security_group: The VPC's default group, for EFA nodes in a VPC that was made
            elsewhere, or to look after its rules yourself. It must admit all traffic from itself
            and let the containers out; nothing is added to it.
        allow_all_outbound: Whether the group that is made lets the nodes reach every address. With
            ``False`` it lets them reach each other, and the file systems of ``lustre`` and of the
            jobs' EFS volumes; all else, such as the endpoints of ECS, ECR, CloudWatch Logs and S3,
            is for ``node_connections.allow_to(...)``: without those no node takes a job.
        placement_group: A group of the strategy ``cluster``.
        launch_template: In the place of the one that is made. If it has network interfaces, the
            environment names no security groups; ``security_groups`` are left out then. Groups of
            an ``ec2.LaunchTemplate`` are the environment's if ``security_groups`` is left out:
            Batch takes those that the environment names, and never the template's beside them.
        efa: Whether nodes have Elastic Fabric Adapters. Left out, they have where the type is known
            to support it, or where ``launch_template`` shows them. ``True`` with a launch template
            that was made elsewhere tells that it has all of the type's.
        threads_per_core: 1 switches hyper-threading off: a node registers as many vCPUs as it has
            cores, and containers that leave their vCPUs out get those. Max vCPUs stay nodes x the
            type's default vCPUs, which is what Batch scales by (not verified in an account).
        instance_role: In the place of the one that is made; it needs what the ECS agent needs.
        can_containers_access_instance_role: Whether containers reach the instance metadata service,
            and so the credentials of the instance role. It lets the ECS agent pull every image,
            write to every log group and deregister instances, so that jobs should have the job role
            alone. The setting is one of the ECS agent's (``ECS_AWSVPC_BLOCK_IMDS``), written by the
            user data of the template that is made; images that are not based on Amazon Linux may
            need another way.
        image_type: The Batch image type, such as ``ECS_AL2023``; by the instance type if left out.
        machine_image: An image (or its id) in the place of Batch's own. Trainium and Inferentia2
            types start from the ECS-optimized image with the Neuron driver if it is left out. Its
            root device must be ``/dev/xvda``, as in the images that are based on Amazon Linux 2023.
        root_volume_size_gib: Of the launch template that is made, in GiB: 30 to 65536; 100 if left
            out.
        root_volume_encryption_key: KMS key of the root volume of the launch template that is made;
            the account's default key for EBS if left out. EC2 Auto Scaling's service-linked role is
            allowed to use a key of this app. The policy of an imported key has to allow it, or no
            node launches.
        min_nodes: Instances that are kept (and paid for) without a job.
        vcpus_per_node: vCPUs of an instance type that the library has no facts of.
        capacity_reservation: Reserved capacity that the nodes start in, of the launch template that
            is made. A Capacity Block gets no placement group, unless one is given.
        lustre: File systems of FSx for Lustre that every node mounts before it takes jobs.
        scratch_path: Where every node mounts its instance's own disks, all as one.
        user_data: What instances run at their start, after they have mounted: MIME multi-part, or a
            script that begins with ``#!``.
        update_timeout: How long running jobs go on while the infrastructure is updated, 1 to 7200
            minutes; 7200 if left out.
        compute_environment_name: A fixed name; it stands in the way of any replacement.
        enabled: Whether the environment takes new jobs.

    Raises:
        ValueError: ``max_nodes``, ``min_nodes``, ``root_volume_size_gib`` or ``update_timeout`` is
            out of range; the instance type is unknown and ``vcpus_per_node`` is left out; EFA or
            one thread per core or scratch is wanted of a type that has no such thing; a path
            cannot be mounted at; the user data is no MIME part; the VPC has no private
            subnet with a way out, or the selection no subnet; or one argument makes another
            meaningless.

    Source: Batch User Guide, compute environments for multi-node parallel jobs; Batch API,
    CreateComputeEnvironment and UpdatePolicy; EC2 API, LaunchTemplateCpuOptionsRequest.
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
        default_security_group: ec2.ISecurityGroup | None = None,
        allow_all_outbound: bool = True,
        placement_group: ec2.IPlacementGroup | None = None,
        launch_template: ec2.ILaunchTemplate | None = None,
        efa: bool | None = None,
        threads_per_core: int | None = None,
        instance_role: iam.IRole | None = None,
        can_containers_access_instance_role: bool = False,
        image_type: str | None = None,
        machine_image: ec2.IMachineImage | str | None = None,
        root_volume_size_gib: int | None = None,
        root_volume_encryption_key: kms.IKey | None = None,
        min_nodes: int = 0,
        vcpus_per_node: int | None = None,
        capacity_reservation: CapacityReservation | None = None,
        lustre: Sequence[LustreMount] = (),
        scratch_path: str | None = None,
        user_data: ec2.UserData | None = None,
        update_timeout: Duration | None = None,
        compute_environment_name: str | None = None,
        enabled: bool = True,
    ) -> None:
        place = construct_path(scope, id)
        refuse_wrong_types(place, MnpComputeEnvironment.__init__, locals())
        refuse_node_counts(place, max_nodes, min_nodes)
        if security_groups is not None and not security_groups:
            raise ValueError(
                f"{place}: security_groups is empty: leave it out for a group of the cluster's "
                "own, or give one to five"
            )
        if launch_template is not None:
            refuse_beside_template(
                place,
                root_volume_size_gib=(root_volume_size_gib is not None, "the size"),
                root_volume_encryption_key=(root_volume_encryption_key is not None, "the key"),
                can_containers_access_instance_role=(
                    can_containers_access_instance_role,
                    "what containers reach",
                ),
            )
        refuse_root_volume(place, root_volume_size_gib)
        minutes = update_timeout_minutes(place, update_timeout)
        name = instance_type if isinstance(instance_type, str) else instance_type.to_string()
        setup = stage_state(scope)
        self.instance = instance_facts(place, name, vcpus_per_node, setup)
        try:
            plan = plan_node(
                self.instance,
                efa=efa,
                threads_per_core=threads_per_core,
                template=None if launch_template is None else read_launch_template(launch_template),
            )
            self._storage = node_storage(
                scope,
                self.instance,
                lustre=lustre,
                scratch_path=scratch_path,
                user_data=user_data,
                launch_template=launch_template,
                block_instance_role=not can_containers_access_instance_role,
            )
            reserved = plan_capacity(capacity_reservation, placement_group, launch_template)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
        self._subnets = choose_subnets(vpc, vpc_subnets, place, zone=reserved.zone)
        if not security_groups and not plan.has_groups:
            security_groups = template_groups(launch_template)
        own_group = not security_groups and (launch_template is None or not plan.has_groups)
        if not allow_all_outbound and not own_group:
            raise ValueError(
                f"{place}: allow_all_outbound is for the security group that is made; set it in "
                "the groups that you give, or leave it out"
            )
        super().__init__(scope, id)
        self.hardware = plan.hardware
        self.instance_type = name
        self.max_nodes = max_nodes
        self.vpc = vpc
        self.security_groups: list[ec2.ISecurityGroup] = (
            [make_group(self, vpc, efa=plan.has_groups, allow_all_outbound=allow_all_outbound)]
            if own_group
            else list(security_groups or ())
        )
        group_ids = [each.security_group_id for each in self.security_groups]
        # Those of a user's beside a user's template with interfaces are for the rules to tell.
        names_groups = bool(group_ids) and not (plan.has_groups and launch_template is None)
        self._connections = self._node_connections = ec2.Connections(
            security_groups=self.security_groups
        )
        if not names_groups:
            default_group = open_default_group(self, vpc, default_security_group)
            if default_group is not None:
                self._connections = ec2.Connections(
                    security_groups=[*self.security_groups, default_group]
                )
        for each in lustre:
            each.allow_from_nodes(self._node_connections)
        self.placement_group: ec2.IPlacementGroup | None = (
            ec2.PlacementGroup(self, "PlacementGroup", strategy=ec2.PlacementGroupStrategy.CLUSTER)
            if reserved.makes_group
            else reserved.placement_group
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
        if root_volume_encryption_key is not None:
            allow_auto_scaling_to_use(root_volume_encryption_key)
        if can_containers_access_instance_role:
            reason = "can_containers_access_instance_role is True."
            Validations.of(self).acknowledge(Acknowledgment(id="MNP::MNP606", reason=reason))
        made_template = (
            None
            if launch_template is not None
            else NodeLaunchTemplate(
                self,
                "LaunchTemplate",
                root_volume_size_gib=root_volume_size_gib or DEFAULT_ROOT_VOLUME_SIZE_GIB,
                root_volume_key_arn=root_volume_encryption_key.key_arn
                if root_volume_encryption_key is not None
                else None,
                interfaces=plan.interfaces,
                security_group_ids=group_ids,
                cores=plan.cores,
                user_data=self._storage.user_data,
                capacity_reservation=capacity_reservation,
            )
        )
        self._properties: dict[str, Any] = {
            "type": "MANAGED",
            "state": "ENABLED" if enabled else "DISABLED",
            # With BEST_FIT_PROGRESSIVE an update changes the environment in place: queues keep it,
            # and running jobs go on for the time that the update policy gives them.
            "replaceComputeEnvironment": False,
            "updatePolicy": {
                "terminateJobsOnUpdate": False,
                "jobExecutionTimeoutMinutes": minutes,
            },
            "computeEnvironmentName": compute_environment_name,
            "computeResources": {
                "type": "EC2",
                "allocationStrategy": "BEST_FIT_PROGRESSIVE",
                "minvCpus": min_nodes * self.instance.vcpus,
                "maxvCpus": max_nodes * self.instance.vcpus,
                "instanceTypes": [name],
                "subnets": [each.subnet_id for each in self._subnets],
                "securityGroupIds": group_ids if names_groups else None,
                "placementGroup": self.placement_group.placement_group_name
                if self.placement_group is not None
                else None,
                "instanceRole": profile.attr_arn,
                "ec2Configuration": image_configuration(
                    self, self.instance, image_type, machine_image
                ),
                "launchTemplate": made_template.specification
                if made_template is not None
                else specification_of(launch_template),
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
            update_policy=properties["updatePolicy"],
            compute_environment_name=compute_environment_name,
            compute_resources=properties["computeResources"],
        )
        # The environment's tags are for its instances too, where the bill comes from.
        self._resource.add_property_override(
            "ComputeResources.Tags", self._resource.tags.rendered_tags
        )
        # Queues ask for these several times each.
        self._reference = self._resource.compute_environment_ref
        self._arn = self._resource.attr_compute_environment_arn
        facts: dict[str, object] = {"dedicated": True, **subnet_facts(vpc, self._subnets)}
        if vcpus_per_node is not None and not is_token(name):
            facts["instanceTypes"] = {name: {"vcpus": self.instance.vcpus}}
        setup.add(self, place, self._resource, facts)

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the nodes and their tasks: to let them reach others, and be reached.

        With EFA the tasks' are those of the VPC's default group, where it is known.
        """
        return self._connections

    @property
    def node_connections(self) -> ec2.Connections:
        """The connections of the instances alone, for what the host does, such as mounting."""
        return self._node_connections

    @property
    def volumes(self) -> Sequence[HostVolume]:
        """What the nodes mount, for containers of definitions that ``add_job`` does not make."""
        return self._storage.volumes

    @property
    def compute_environment_arn(self) -> str:
        """The environment's ARN."""
        return self._arn

    @property
    def compute_environment_name(self) -> str:
        """The environment's name."""
        return Fn.select(1, Fn.split("/", self._arn))

    @property
    def compute_environment_ref(self) -> ComputeEnvironmentReference:
        """The reference that other constructs take."""
        return self._reference

    @property
    def service_role(self) -> iam.IRole | None:
        """``None``: Batch uses its service-linked role."""
        return None

    @property
    def enabled(self) -> bool:
        """Whether the environment takes new jobs."""
        return bool(self._properties["state"] == "ENABLED")
