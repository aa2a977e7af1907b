"""Plan a compute environment before anything is created."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_batch_mnp.cdk.environments.options import ComputeEnvironmentOptions
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.durations import minutes_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityPlan, plan_capacity
from cdk_batch_mnp.cdk.nodes.launch_template import read_launch_template
from cdk_batch_mnp.cdk.nodes.node_hardware import NodePlan, name_of_type, plan_node
from cdk_batch_mnp.cdk.nodes.node_storage import NodeStorage, node_storage
from cdk_batch_mnp.cdk.nodes.node_subnets import choose_subnets
from cdk_batch_mnp.cdk.nodes.root_volume import RootVolume, plan_root_volume
from cdk_batch_mnp.cdk.nodes.security_groups import template_groups
from cdk_batch_mnp.cdk.validation.registration import stage_state
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.environment_limits import (
    MAX_SCALE_DOWN_DELAY_MINUTES,
    MAX_UPDATE_TIMEOUT_MINUTES,
    MIN_SCALE_DOWN_DELAY_MINUTES,
    MIN_UPDATE_TIMEOUT_MINUTES,
)

MANY_NODES = 400
"""Above this number of nodes, the kernel's neighbor table gets more entries."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentPlan:
    """The plan of a compute environment.

    Attributes:
        instance_type: Name of the instance type, or a token for it.
        instance: Facts about the instance type.
        max_nodes: Maximum number of running nodes.
        min_nodes: Number of nodes that run without jobs.
        node: Network interfaces, threads and hardware of a node.
        storage: File systems of the nodes, and the user data that mounts them.
        capacity: Reservation and placement group.
        subnets: Subnets of the nodes.
        selects_subnets: Whether the user has selected them.
        creates_group: Whether a security group has to be created.
        security_groups: The user's security groups.
        names_groups: Whether the groups are set in the environment; otherwise on the interfaces of
            the launch template.
        root_volume: The root volume in the launch template that is created.
        update_timeout_minutes: How long running jobs continue during an update.
        scale_down_delay_minutes: How long instances run after their last job; ``None`` for the
            default of Batch.
    """

    instance_type: str
    instance: InstanceType
    max_nodes: int
    min_nodes: int
    node: NodePlan
    storage: NodeStorage
    capacity: CapacityPlan
    subnets: Sequence[ec2.ISubnet]
    selects_subnets: bool
    creates_group: bool
    security_groups: Sequence[ec2.ISecurityGroup]
    names_groups: bool
    root_volume: RootVolume
    update_timeout_minutes: int
    scale_down_delay_minutes: int | None

    @property
    def min_vcpus(self) -> int:
        """The environment's min vCPUs."""
        return self.min_nodes * self.instance.vcpus

    @property
    def max_vcpus(self) -> int:
        """The environment's max vCPUs."""
        return self.max_nodes * self.instance.vcpus


def plan_environment(
    scope: Construct,
    *,
    vpc: ec2.IVpc,
    instance_type: str | ec2.InstanceType,
    max_nodes: int,
    options: ComputeEnvironmentOptions,
) -> EnvironmentPlan:
    """Plan a compute environment.

    Raises:
        ArgumentError: An argument is out of range, or two of them contradict each other.
    """
    min_nodes = options.get("min_nodes", 0)
    _require_node_counts(max_nodes, min_nodes)
    template = options.get("launch_template")
    if template is not None:
        _reject_options_of_created_template(options)
    name = name_of_type(instance_type)
    instance = instance_of(name, options.get("vcpus_per_node"), stage_state(scope))
    node = plan_node(
        instance,
        efa=options.get("efa"),
        threads_per_core=options.get("threads_per_core"),
        template=None if template is None else read_launch_template(template),
    )
    capacity = plan_capacity(
        options.get("capacity_reservation"), options.get("placement_group"), template
    )
    groups = _security_groups(options, node)
    creates_group = not groups and (template is None or not node.has_groups)
    if not options.get("allow_all_outbound", True) and not creates_group:
        raise ArgumentError(
            "allow_all_outbound applies to the security group that is created; set it on your "
            "own groups, or leave it out"
        )
    return EnvironmentPlan(
        instance_type=name,
        instance=instance,
        max_nodes=max_nodes,
        min_nodes=min_nodes,
        node=node,
        storage=_storage(scope, instance, max_nodes, options),
        capacity=capacity,
        subnets=choose_subnets(vpc, options.get("vpc_subnets"), zone=capacity.zone),
        selects_subnets=options.get("vpc_subnets") is not None,
        creates_group=creates_group,
        security_groups=groups,
        # User-supplied groups next to a user-supplied template with interfaces are left to MNP409.
        names_groups=bool(creates_group or groups) and not (node.has_groups and template is None),
        root_volume=_root_volume(options),
        update_timeout_minutes=_update_timeout_minutes(options.get("update_timeout")),
        scale_down_delay_minutes=_scale_down_delay_minutes(options.get("scale_down_delay")),
    )


def _storage(
    scope: Construct, instance: InstanceType, max_nodes: int, options: ComputeEnvironmentOptions
) -> NodeStorage:
    return node_storage(
        scope,
        instance,
        lustre=options.get("lustre", ()),
        scratch_path=options.get("scratch_path"),
        user_data=options.get("user_data"),
        launch_template=options.get("launch_template"),
        block_instance_role=not options.get("can_containers_access_instance_role", False),
        many_nodes=max_nodes > MANY_NODES,
    )


def _root_volume(options: ComputeEnvironmentOptions) -> RootVolume:
    return plan_root_volume(
        size=options.get("root_volume_size"),
        volume_type=options.get("root_volume_type"),
        iops=options.get("root_volume_iops"),
        throughput=options.get("root_volume_throughput"),
    )


def _security_groups(
    options: ComputeEnvironmentOptions, node: NodePlan
) -> Sequence[ec2.ISecurityGroup]:
    groups = options.get("security_groups")
    if groups is not None and not groups:
        raise ArgumentError(
            "security_groups is empty; leave it out to create a group, or pass one to five"
        )
    if groups is None and not node.has_groups:
        return template_groups(options.get("launch_template"))
    return groups or ()


def _require_node_counts(max_nodes: int, min_nodes: int) -> None:
    for name, count in (("max_nodes", max_nodes), ("min_nodes", min_nodes)):
        if is_token(count):
            raise ArgumentError(
                f"{name} is known only at deployment, but max vCPUs are computed from it now; "
                "pass a number, from the context or from settings"
            )
    if max_nodes < 1:
        raise ArgumentError(f"max_nodes is {max_nodes}, but must be at least 1")
    if not 0 <= min_nodes <= max_nodes:
        raise ArgumentError(f"min_nodes is {min_nodes}, but must be 0 to max_nodes ({max_nodes})")


def _reject_options_of_created_template(options: ComputeEnvironmentOptions) -> None:
    for name, is_set, setting in (
        ("root_volume_size", options.get("root_volume_size") is not None, "the size"),
        ("root_volume_type", options.get("root_volume_type") is not None, "the type"),
        ("root_volume_iops", options.get("root_volume_iops") is not None, "the IOPS"),
        (
            "root_volume_throughput",
            options.get("root_volume_throughput") is not None,
            "the throughput",
        ),
        (
            "root_volume_encryption_key",
            options.get("root_volume_encryption_key") is not None,
            "the key",
        ),
        (
            "can_containers_access_instance_role",
            options.get("can_containers_access_instance_role", False),
            "what containers reach",
        ),
    ):
        if is_set:
            raise ArgumentError(
                f"{name} applies to the launch template that is created; set {setting} in your "
                "launch_template, or leave one of the two out"
            )


def instance_of(name: str, vcpus_per_node: int | None, state: StageState) -> InstanceType:
    """Return the facts about an instance type, from the catalogue or from the user.

    Raises:
        ArgumentError: They are in neither, or ``vcpus_per_node`` contradicts the catalogue.
    """
    if is_token(name) and vcpus_per_node is None:
        raise ArgumentError(
            "instance_type is known only at deployment, but max vCPUs are computed from it now; "
            "name the type, from the context or from settings, or set vcpus_per_node"
        )
    found = state.catalogue.find(name)
    if vcpus_per_node is not None:
        if vcpus_per_node < 1:
            raise ArgumentError(f"vcpus_per_node is {vcpus_per_node}, but must be at least 1")
        if found is None:
            found = InstanceType(name=name, vcpus=vcpus_per_node)
            state.register_instance_type(found)
        elif found.vcpus != vcpus_per_node:
            raise ArgumentError(
                f"vcpus_per_node is {vcpus_per_node}, but {name} has {found.vcpus} vCPUs; leave it "
                "out"
            )
    if found is None and "." not in name:
        raise ArgumentError(
            f"instance_type is {name!r}, but must be one exact type such as 'c5n.18xlarge', "
            "because all nodes are alike"
        )
    if found is None:
        near = state.catalogue.near(name)
        hint = (
            f"did you mean {' or '.join(map(repr, near))}? Otherwise" if near else "if it exists,"
        )
        raise ArgumentError(
            f"the instance type {name!r} is unknown, so max vCPUs cannot be computed from "
            f"max_nodes; {hint} set vcpus_per_node"
        )
    return found


def _update_timeout_minutes(timeout: Duration | None) -> int:
    if timeout is None:
        return MAX_UPDATE_TIMEOUT_MINUTES
    minutes = minutes_of("update_timeout", timeout)
    if (
        not is_token(minutes)
        and not MIN_UPDATE_TIMEOUT_MINUTES <= minutes <= MAX_UPDATE_TIMEOUT_MINUTES
    ):
        raise ArgumentError(
            f"update_timeout is {minutes} minutes, but must be 1 to {MAX_UPDATE_TIMEOUT_MINUTES} "
            "(five days)"
        )
    return minutes


def _scale_down_delay_minutes(delay: Duration | None) -> int | None:
    if delay is None:
        return None
    minutes = minutes_of("scale_down_delay", delay)
    least, most = MIN_SCALE_DOWN_DELAY_MINUTES, MAX_SCALE_DOWN_DELAY_MINUTES
    # Batch accepts 0 too, to remove a delay that was set.
    if not is_token(minutes) and minutes != 0 and not least <= minutes <= most:
        raise ArgumentError(
            f"scale_down_delay is {minutes} minutes, but must be {least} to {most} (a week), or 0"
        )
    return minutes
