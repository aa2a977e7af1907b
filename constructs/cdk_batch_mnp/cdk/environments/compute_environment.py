"""The managed On-Demand compute environment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Unpack

import jsii
from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.environment_base import ComputeEnvironmentBase
from cdk_batch_mnp.cdk.environments.environment_plan import plan_environment
from cdk_batch_mnp.cdk.environments.environment_resource import (
    acknowledge_disabled,
    add_instance_role,
    add_resource,
    environment_properties,
    facts_of_environment,
    placement_group_of,
)
from cdk_batch_mnp.cdk.environments.imported_environment import (
    ImportedComputeEnvironment,
    ImportedNodes,
)
from cdk_batch_mnp.cdk.environments.options import ComputeEnvironmentOptions
from cdk_batch_mnp.cdk.grants import reject_as_grantee
from cdk_batch_mnp.cdk.jobs.volumes import HostVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.unchanging import path_of
from cdk_batch_mnp.cdk.nodes.encryption_keys import allow_auto_scaling_to_use
from cdk_batch_mnp.cdk.nodes.launch_template import NodeLaunchTemplate, specification_of
from cdk_batch_mnp.cdk.nodes.launcher_download import launcher_download
from cdk_batch_mnp.cdk.nodes.node_hardware import name_of_type
from cdk_batch_mnp.cdk.nodes.node_image import image_configuration
from cdk_batch_mnp.cdk.nodes.security_groups import (
    accept_egress_rules,
    group_id_of,
    make_group,
    open_default_group,
)
from cdk_batch_mnp.cdk.validation.registration import stage_state


@jsii.implements(batch.IComputeEnvironment, ec2.IConnectable, iam.IGrantable)
class MnpComputeEnvironment(ComputeEnvironmentBase):
    """A managed On-Demand compute environment for multi-node parallel jobs.

    There are no arguments for Spot, Fargate and unmanaged environments, because Batch does not run
    multi-node parallel jobs there. For Amazon EKS, use :class:`MnpEksComputeEnvironment`.

    Unless you pass your own, the construct creates a cluster placement group, a security group that
    allows ingress only from itself, a launch template (IMDSv2 only, encrypted gp3 root volume, EFA,
    instance role blocked for containers) and an instance role with the ECS managed policy for
    instances.

    If the instance type supports EFA, the launch template has network interfaces for every EFA of
    the type. The security groups are set on these interfaces, because Batch rejects groups in both
    places. The tasks' network interfaces then use the VPC's default security group. If the app
    creates the VPC and the CDK restricts that group, rules from and to itself are added to it.
    Allow other egress of the containers, such as to S3, with
    ``connections.allow_to_any_ipv4(ec2.Port.tcp(443))``.

    An infrastructure update (launch template, subnets, a newer image) changes the environment in
    place: new instances replace the old ones, and running jobs continue for up to
    ``update_timeout``. Until they end, their instances run without the update and its security
    patches.

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``.
        vpc: VPC of the nodes.
        instance_type: Instance type of all nodes.
        max_nodes: Maximum number of running nodes over all jobs, at least 1. Determines max vCPUs.
        enabled: Whether the environment accepts new jobs. ``False`` also acknowledges MNP142.
            Default: ``True``.
        **options: See :class:`ComputeEnvironmentOptions`, which documents each option and its
            default.

    Raises:
        ArgumentError: An argument is unknown, of the wrong type or out of range; the instance type
            is unknown and ``vcpus_per_node`` is not set; the type does not support EFA, one thread
            per core or scratch as requested; a path is not a valid mount point; the format of the
            user data is not supported; no subnet is found; or two arguments contradict each other.

    Source: Batch User Guide, compute environments for multi-node parallel jobs; Batch API,
    CreateComputeEnvironment and UpdatePolicy; EC2 API, LaunchTemplateCpuOptionsRequest.
    """

    _is_on_eks = False

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc,
        instance_type: str | ec2.InstanceType,
        max_nodes: int,
        enabled: bool = True,
        **options: Unpack[ComputeEnvironmentOptions],
    ) -> None:
        plan = plan_environment(
            scope, vpc=vpc, instance_type=instance_type, max_nodes=max_nodes, options=options
        )
        super().__init__(scope, id)
        self._plan = plan
        self.vpc = vpc
        self.max_nodes = max_nodes
        self.instance = plan.instance
        self.instance_type = plan.instance_type
        self.hardware = plan.node.hardware
        self._allow_all_outbound = options.get("allow_all_outbound", True)
        self._add_groups(options.get("default_security_group"))
        for mount in options.get("lustre", ()):
            mount.allow_from_nodes(self._connections_of_nodes)
        self.placement_group = placement_group_of(self, plan.capacity)
        self.instance_role = options.get("instance_role") or add_instance_role(
            self,
            "Lets the ECS agent on the nodes register the instance and pull images.",
            "service-role/AmazonEC2ContainerServiceforEC2Role",
        )
        self._given_template = options.get("launch_template")
        self._made_template = self._add_template(options)
        self._has_launcher = False
        self._enabled = enabled
        properties = self._render(options)
        if not enabled:
            acknowledge_disabled(self)
        self._resource = add_resource(self, properties)
        facts = facts_of_environment(plan, vpc, options.get("vcpus_per_node"))
        stage_state(scope).add(self, path_of(self), self._resource, facts, self._tag_volumes)

    @classmethod
    @checked
    def from_compute_environment_attributes(
        cls,
        scope: Construct,
        id: str,
        *,
        compute_environment_arn: str,
        instance_type: str | ec2.InstanceType | None = None,
        max_nodes: int | None = None,
        vcpus_per_node: int | None = None,
        efa: bool | None = None,
        threads_per_core: int | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        volumes: Sequence[HostVolume] = (),
    ) -> ImportedComputeEnvironment:
        """Return a managed On-Demand environment that is created elsewhere, with its nodes.

        Job definitions of its queue are checked against what is stated here, and nothing else.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``.
            compute_environment_arn: The ARN of the environment.
            instance_type: Instance type of all nodes. Default: unknown.
            max_nodes: Maximum number of running nodes, at least 1. Default: unknown.
            vcpus_per_node: vCPUs of an instance type that is not in the catalogue. Default: from
                the catalogue.
            efa: Whether nodes have all EFA interfaces of the type. Default: unknown; containers get
                no EFA devices.
            threads_per_core: 1 if nodes run one thread per core. Default: that of the type.
            security_groups: Security groups of the nodes and their tasks. Default: unknown; the
                file systems of volumes get no rules.
            volumes: Volumes of the nodes' file systems, for ``cluster.add_job``. Default: none.

        Raises:
            ArgumentError: It is not the ARN of a compute environment, ``max_nodes`` is less than 1,
                ``vcpus_per_node`` contradicts the catalogue, or the instance type does not support
                EFA or one thread per core as stated.
        """
        return ImportedComputeEnvironment(
            scope,
            id,
            arn=compute_environment_arn,
            nodes=ImportedNodes(
                instance_type=None if instance_type is None else name_of_type(instance_type),
                vcpus_per_node=vcpus_per_node,
                max_nodes=max_nodes,
                efa=efa,
                threads_per_core=threads_per_core,
            ),
            security_groups=security_groups,
            volumes=volumes,
        )

    def _add_groups(self, default_security_group: ec2.ISecurityGroup | None) -> None:
        plan = self._plan
        groups: list[ec2.ISecurityGroup] = (
            [
                make_group(
                    self,
                    self.vpc,
                    efa=plan.node.has_groups,
                    allow_all_outbound=self._allow_all_outbound,
                )
            ]
            if plan.creates_group
            else list(plan.security_groups)
        )
        self._groups = groups
        self._has_accepted = False
        self._group_ids = [group_id_of(group) for group in groups]
        self._default_group = (
            None
            if plan.names_groups
            else open_default_group(self, self.vpc, default_security_group)
        )

    def _add_template(self, options: ComputeEnvironmentOptions) -> NodeLaunchTemplate | None:
        if options.get("can_containers_access_instance_role", False):
            reason = "can_containers_access_instance_role is True."
            Validations.of(self).acknowledge(Acknowledgment(id="MNP::MNP606", reason=reason))
        key = options.get("root_volume_encryption_key")
        if key is not None:
            allow_auto_scaling_to_use(key)
        if self._given_template is not None:
            return None
        return NodeLaunchTemplate(
            self,
            "LaunchTemplate",
            root_volume=self._plan.root_volume,
            root_volume_key_arn=None if key is None else key.key_arn,
            interfaces=self._plan.node.interfaces,
            security_group_ids=self._group_ids,
            cores=self._plan.node.cores,
            user_data=self._plan.storage.user_data,
            capacity_reservation=options.get("capacity_reservation"),
        )

    def _render(self, options: ComputeEnvironmentOptions) -> dict[str, Any]:
        plan, group = self._plan, self.placement_group
        insights = options.get("container_insights")
        return {
            **environment_properties(
                self,
                plan,
                is_enabled=self._enabled,
                name=options.get("compute_environment_name"),
                instance_role=self.instance_role,
                compute_resources={
                    "securityGroupIds": self._group_ids if plan.names_groups else None,
                    "placementGroup": None if group is None else group.placement_group_name,
                    "ec2Configuration": image_configuration(
                        self, plan.instance, options.get("image_type"), options.get("machine_image")
                    ),
                    "launchTemplate": self._made_template.specification
                    if self._made_template is not None
                    else specification_of(self._given_template),
                },
            ),
            "ecsSettings": None if insights is None else {"containerInsights": insights.name},
        }

    def install_launcher(self) -> None:
        """Have each node download ``mnp-launch`` before it accepts jobs.

        The file is an asset of the app. The instance role is allowed to read it; a role that was
        imported with ``mutable=False`` must be allowed to read the bucket of ``cdk bootstrap``. A
        node that cannot download it, or gets another file, runs no job. Jobs with
        ``LauncherDelivery.from_nodes()`` call this method.

        Raises:
            ArgumentError: The launch template is the user's.
        """
        user_data, template = self._plan.storage.user_data, self._made_template
        if user_data is None or template is None:
            raise ArgumentError(
                "the launcher is delivered from the nodes, which applies to the launch template "
                "that is created; leave launch_template out, or choose another delivery"
            )
        if not self._has_launcher:
            self._has_launcher = True
            user_data.add_download(launcher_download(self, self.instance_role, self._resource))
            template.set_user_data(user_data)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Raise an error: an environment has no permissions.

        Raises:
            ArgumentError: Always.
        """
        reject_as_grantee(
            self, "a job definition, or to its job_role; the role of the instances is instance_role"
        )

    @property
    def launch_template(self) -> ec2.ILaunchTemplate:
        """The launch template of the nodes: the one that is created, or yours."""
        if self._made_template is None:
            assert self._given_template is not None  # noqa: S101 - for the type checker
            return self._given_template
        return self._made_template.imported

    @property
    def security_groups(self) -> list[ec2.ISecurityGroup]:
        """The security groups of the nodes."""
        self._accept_egress_rules()
        return self._groups

    def _accept_egress_rules(self) -> None:
        # Only when rules may be added: most clusters add none, and it is three messages to Node.
        if self._plan.creates_group and self._allow_all_outbound and not self._has_accepted:
            self._has_accepted = True
            accept_egress_rules(self._groups[0])

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the nodes and their tasks.

        With EFA, tasks use the VPC's default security group, which is included if it is known.
        """
        self._accept_egress_rules()
        return self._connections_of_nodes_and_tasks

    @property
    def node_connections(self) -> ec2.Connections:
        """The connections of the instances only, which mount file systems."""
        self._accept_egress_rules()
        return self._connections_of_nodes

    @cached_property
    def _connections_of_nodes(self) -> ec2.Connections:
        return ec2.Connections(security_groups=self._groups)

    @cached_property
    def _connections_of_nodes_and_tasks(self) -> ec2.Connections:
        if self._default_group is None:
            return self._connections_of_nodes
        return ec2.Connections(security_groups=[*self._groups, self._default_group])

    @property
    def volumes(self) -> Sequence[HostVolume]:
        """Volumes of the nodes' file systems, for definitions outside of ``add_job``."""
        return self._plan.storage.volumes
