"""Right and wrong setups at random, and every way to know a little less about one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache, partial
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from cdk_batch_mnp.model.compute_environment import Ec2Configuration
from cdk_batch_mnp.model.consumable import (
    ConsumableList,
    ConsumableRequirement,
    ConsumableResource,
)
from cdk_batch_mnp.model.container import (
    ContainerDependency,
    Device,
    EnvironmentVariable,
    MountPoint,
    Ulimit,
    Volume,
)
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import ComputeEnvironmentOrder
from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.log_router import LogRouter
from cdk_batch_mnp.model.network import PlacementGroup, SecurityGroupRule, Vpc, VpcEndpoint
from cdk_batch_mnp.model.node_group import NODE_RANGES
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.role import Role, trusting
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN, Unknown
from tests.rules.setups import (
    INSTANCE_TYPE,
    container,
    definition,
    environment,
    groups,
    launch_template,
    node_group,
    queue,
    requirements,
    security_group,
    subnet,
    time_limit_action,
)

_WITH_SLIPS = container(
    essential=False,
    requirements=requirements(VCPU="72", MEMORY="4096") + requirements(MEMORY="8192"),
    environment=tuple(EnvironmentVariable(name="A", value=value) for value in "12"),
    secrets=("A", "KEY"),
    ulimits=(Ulimit(name="nofile", soft_limit=2048, hard_limit=1024),),
    devices=(Device(host_path="/dev/infiniband/uverbs0"),),
    mount_points=(MountPoint(source_volume="scratch", container_path="/x", read_only=None),),
)

_TASK = (
    container(name="router", log_router=LogRouter(type="fluent", file_type="s3")),
    container(
        name="app",
        log_driver="awsfirelens",
        read_only_root=True,
        stop_timeout=1,
        depends_on=(
            ContainerDependency(name="router", condition="SUCCESS"),
            ContainerDependency(name="app", condition="START"),
            ContainerDependency(name="nothing", condition="HEALTHY"),
        ),
    ),
)
_LICENSES = ConsumableResource(id="Stack/Licenses", total_quantity=2)


def _needing(quantity: int, position: int | None = 0) -> ConsumableList:
    requirement = ConsumableRequirement(name="licenses", quantity=quantity, resource=_LICENSES)
    group = None if position is None else NODE_RANGES / position
    return ConsumableList(path=NODE_RANGES, group=group, requirements=(requirement,) * 2)


ENVIRONMENT_CHANGES: dict[str, list[Any]] = {
    "name": ["nodes"],
    "management": ["UNMANAGED", None],
    "type": ["SPOT", "FARGATE", "ECS_MANAGED_INSTANCES", None],
    "is_eks": [True],
    "min_vcpus": [8, 1000],
    "max_vcpus": [72, 144, 287, None],
    "desired_vcpus": [4, 500],
    "instance_types": [
        ("c5",),
        ("optimal",),
        ("m5.large",),
        (INSTANCE_TYPE, "optimal"),
        (INSTANCE_TYPE, "c5.9xlarge", "m5"),
        ("c5.18xlarge", "c6g.16xlarge"),
        (),
        None,
    ],
    "allocation_strategy": ["BEST_FIT", "SPOT_CAPACITY_OPTIMIZED", None],
    "launch_template": [
        None,
        launch_template(http_tokens="optional"),
        launch_template(block_devices=(), placement_group="nodes"),
        launch_template(network_interfaces=(NetworkInterface(device_index=0),)),
        launch_template(security_groups=("sg-1",)),
        launch_template(security_groups=("sg-1",) * 6, threads_per_core=1),
        launch_template(network_interfaces=(NetworkInterface(interface_type="efa"),)),
    ],
    "ec2_configurations": [
        (Ec2Configuration(image_type="ECS_AL2"),),
        (Ec2Configuration(image_type="EKS_AL2023"), Ec2Configuration(image_type="ECS_AL2O23")),
    ],
    "instance_role": [None, Role(id="Stack/Theirs", trust=trusting("lambda.amazonaws.com"))],
    "instance_role_is_profile": [False],
    "has_two_template_names": [True],
    "launch_template_version": ["$Latest", "$Default", None],
    "placement_group": [
        None,
        PlacementGroup(id="Stack/Spread", strategy="spread"),
        PlacementGroup(id="Stack/Partition", strategy="partition", partition_count=9),
    ],
    "subnets": [
        (subnet(), subnet(id="Stack/Other", zone="eu-west-1b")),
        (subnet(kind="public"),),
        (subnet(kind="isolated"),),
        (
            subnet(
                kind="isolated",
                vpc=Vpc(
                    id="Stack/Vpc",
                    endpoints=(VpcEndpoint(id="Stack/Ecs", service="ecs", kind="Interface"),),
                ),
            ),
        ),
        (subnet(addresses=3),),
        (),
    ],
    "security_groups": [
        None,
        (),
        (security_group(ingress=()),),
        (security_group(egress=(SecurityGroupRule(peer="Stack/Other"),)),),
        (security_group(ingress=(SecurityGroupRule(peer="0.0.0.0/0"),)),),
        (security_group(ingress=(SecurityGroupRule(peer="Stack/Nodes", protocol="udp"),)),),
        tuple(security_group(id=f"Stack/Group{number}") for number in range(6)),
    ],
    "replace_on_update": [True, None],
    "scale_down_delay_minutes": [0, 19, 20],
    "container_insights": ["ENHANCED"],
    "is_dedicated": [True],
}

QUEUE_CHANGES: dict[str, list[Any]] = {
    "priority": [-1, 1001, None],
    "time_limit_actions": [
        (),
        (time_limit_action(max_time_seconds=60), time_limit_action(state="STARTING")),
        (time_limit_action(reason="tired", action="TERMINATE"),),
    ],
    "environments": [()],
    "has_fair_share": [True],
    "has_quota_shares": [True],
    "type": ["ECS", "EKS"],
    "runs_service_jobs": [True],
    "is_dedicated": [True],
}

DEFINITION_CHANGES: dict[str, list[Any]] = {
    "type": ["container"],
    "num_nodes": [0, 1, 8, 1001, None],
    "main_node": [-1, 4, None],
    "node_groups": [
        (),
        groups("0:1"),
        groups("0:2", "2:"),
        groups("0:", "1:2"),
        groups("0", "1", "2", "3", "3", "4"),
        groups("0:x", "5:2"),
        (node_group(container_instance_type=None),),
        (node_group(container_instance_type="c5.9xlarge"),),
        (node_group(instance_types=("c5.9xlarge", "c5.large")),),
        (node_group(), node_group(container_instance_type="c5.9xlarge", target_nodes="1:")),
        (node_group(kinds=("eksProperties",), containers=(), namespace="solvers"),),
        (node_group(kinds=("container", "ecsProperties"), job_role=None),),
        (node_group(containers=(container(image=None, requirements=()),)),),
        (node_group(containers=(container(requirements=requirements(VCPU="0.5", GPU="x")),)),),
        (node_group(containers=(container(privileged=True),)),),
        (node_group(containers=(container(log_driver="awsfirelens"),)),),
        (node_group(kinds=("ecsProperties",), containers=_TASK, allows_exec=True),),
        (node_group(kinds=("ecsProperties",), containers=_TASK[:1] * 2, execution_role=None),),
        (node_group(allows_exec=True, job_role=None),),
        (
            node_group(
                execution_role=None,
                job_role=Role(id="Stack/Theirs", trust=()),
                containers=(_WITH_SLIPS, *[container(essential=False)] * 10),
                kinds=("ecsProperties",),
                volumes=(Volume(name="data", iam="ENABLED", root_directory="/data"),),
            ),
        ),
        (
            node_group(
                volumes=(
                    Volume(name="data", has_access_point=True, root_directory="/data"),
                    Volume(name="scratch", host_path="/scratch"),
                ),
            ),
            node_group(target_nodes="1:2", execution_role=None, containers=(_WITH_SLIPS,)),
        ),
    ],
    "consumables": [
        (_needing(3),),
        (_needing(1), _needing(2, 1)),
        (_needing(3, None), _needing(1)),
    ],
    "timeout_seconds": [30, None],
    "platform_capabilities": [("FARGATE",), ("EC2",)],
    "scheduling_priority": [-1, 10_000, 5],
    "name": ["bad name"],
}


def _changed(table: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """A few members of a right part, each with one of the values of the table."""
    changes = [(member, value) for member, values in sorted(table.items()) for value in values]
    return st.lists(st.sampled_from(changes), max_size=4).map(dict)


# Made once, since to make a strategy takes as long as to draw from it.
_OF_ENVIRONMENT = _changed(ENVIRONMENT_CHANGES)
_OF_QUEUE = _changed(QUEUE_CHANGES)
_OF_DEFINITION = _changed(DEFINITION_CHANGES)


@st.composite
def setups_at_random(draw: st.DrawFn, most: int = 3) -> MnpSetup:
    """A setup of up to ``most`` definitions, queues, and environments in each queue."""

    def several(least: int = 1) -> range:
        return range(draw(st.integers(least, most)))

    queues = []
    for number in several(least=0):
        environments = tuple(
            ComputeEnvironmentOrder(
                order=turn,
                environment=environment(
                    id=f"Stack/Environment{number}{turn}", **draw(_OF_ENVIRONMENT)
                ),
            )
            for turn in several()
        )
        changes = {"environments": environments, **draw(_OF_QUEUE)}
        queues.append(queue(id=f"Stack/Queue{number}", **changes))
    return MnpSetup(
        job_definitions=tuple(
            definition(id=f"Stack/Job{number}", **draw(_OF_DEFINITION)) for number in several()
        ),
        job_queues=tuple(queues),
    )


def less_known(setup: MnpSetup) -> Iterator[tuple[str, MnpSetup]]:
    """The setup with each value that may be unknown made unknown in turn, and where that is."""
    return ((path, build()) for path, build in ways_to_know_less(setup))


def ways_to_know_less(setup: MnpSetup) -> Iterator[tuple[str, Callable[[], MnpSetup]]]:
    """Each value that may be unknown, and what makes the setup in which it is."""
    return _ways(setup, MnpSetup)


def _ways(value: Any, hint: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    if value is UNKNOWN or isinstance(value, PropertyPath):
        return
    may_be_unknown, of_item = _choices(hint)
    if may_be_unknown:
        yield "", lambda: UNKNOWN
    if isinstance(value, tuple):
        for position, item in enumerate(value):
            for path, build in _ways(item, of_item):
                yield f"[{position}]{path}", partial(_with_item, value, position, build)
    else:
        kind: Any = type(value)
        for name, of_member in _members(kind):
            for path, build in _ways(getattr(value, name), of_member):
                yield f".{name}{path}", partial(_with_member, value, name, build)


def _with_member(value: Any, name: str, build: Callable[[], Any]) -> Any:
    return replace(value, **{name: build()})


def _with_item(value: tuple[Any, ...], position: int, build: Callable[[], Any]) -> tuple[Any, ...]:
    return (*value[:position], build(), *value[position + 1 :])


@cache
def _choices(hint: Any) -> tuple[bool, Any]:
    """Whether a value may be unknown, and the hint of its items if it may be a tuple."""
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    of_item = [get_args(choice)[0] for choice in choices if get_origin(choice) is tuple]
    return Unknown in choices, of_item[0] if of_item else None


@cache
def _members(kind: type) -> tuple[tuple[str, Any], ...]:
    """The members of a part and their hints; none of what is no part."""
    if not is_dataclass(kind):
        return ()
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind) if field.init)


def parts_alone(setup: MnpSetup) -> Iterator[MnpSetup]:
    """The setup with no queue, with each queue alone, and with each environment of it alone.

    Each also without the instance types of its jobs: they may be too small for a node, and what a
    larger type would need is found only if they are not known.
    """
    of_any_type = replace(
        setup,
        job_definitions=tuple(_of_any_type(definition) for definition in setup.job_definitions),
    )
    for jobs in (setup, of_any_type):
        yield jobs
        yield replace(jobs, job_queues=())
        for job_queue in jobs.job_queues:
            yield replace(jobs, job_queues=(job_queue,))
            if job_queue.environments is not UNKNOWN:
                for turn in job_queue.environments:
                    yield replace(jobs, job_queues=(replace(job_queue, environments=(turn,)),))


def _of_any_type(job: JobDefinition) -> JobDefinition:
    if job.node_groups is UNKNOWN:
        return job
    return replace(
        job,
        node_groups=tuple(
            group if group is UNKNOWN else replace(group, container_instance_type=UNKNOWN)
            for group in job.node_groups
        ),
    )
