"""Rules about what Elastic Fabric Adapters require besides their interfaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.container import Container
from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import runs_multi_node_jobs
from cdk_batch_mnp.rules.jobs.containers import UNLIMITED
from cdk_batch_mnp.rules.network.network_interfaces import (
    INTERFACES,
    interfaces_of,
    known_interfaces,
)
from cdk_batch_mnp.rules.security.scripts import may_do

_BATCH_EFA = sources.user_guide("efa")
_DIRECTORY = "/dev/infiniband"
_DEVICE = r"/dev/infiniband/uverbs[0-9]+"


def _allows_itself(
    groups: Sequence[SecurityGroup], rules: Sequence[Maybe[SecurityGroupRule]]
) -> Maybe[bool]:
    """Return whether a rule allows all traffic for one of the groups themselves."""
    ids = {group.id for group in groups}
    unsure = False
    for group_rule in rules:
        if (
            group_rule is UNKNOWN
            or group_rule.peer is UNKNOWN
            or group_rule.is_all_traffic is UNKNOWN
        ):
            unsure = True
        elif group_rule.peer in ids and group_rule.is_all_traffic is True:
            return True
    return UNKNOWN if unsure else False


def _missing(groups: Sequence[SecurityGroup]) -> Iterator[str]:
    """Yield the directions in which the groups certainly do not allow EFA traffic."""
    ingress = [group.ingress for group in groups]
    egress = [group.egress for group in groups]
    for direction, lists in (("from", ingress), ("to", egress)):
        rules = [
            group_rule for of_group in lists if of_group is not UNKNOWN for group_rule in of_group
        ]
        if UNKNOWN not in lists and _allows_itself(groups, rules) is False:
            yield direction


@rule(
    ComputeEnvironment,
    "MNP408",
    "The EFA security group allows all traffic to and from itself",
    severity=ERROR,
    why="EFA traffic bypasses the IP network. Only rules that reference the security group itself "
    "allow it, in both directions; a rule for 0.0.0.0/0 does not. Without them the nodes wait for "
    "each other or fail.",
    fix="Add a rule for all ingress from the group itself and one for all egress to it. Keep the "
    "egress rule for 0.0.0.0/0, through which instances reach Amazon ECS. The L2 SecurityGroup "
    "drops an egress rule if allow_all_outbound is True: add it as a CfnSecurityGroupEgress.",
    source=sources.ec2("efa-start"),
)
def efa_security_group(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Checks the groups of each EFA interface. Silent if a group or one of its rules is unknown.

    The groups of an interface count together. Rules for IP addresses or single ports do not
    count.
    """
    reported: set[tuple[str, ...]] = set()
    for interface in known_interfaces(environment):
        groups = interface.known_groups
        if interface.is_efa is not True or groups is UNKNOWN or not groups or UNKNOWN in groups:
            continue
        known = tuple(group for group in groups if group is not UNKNOWN)
        ids = tuple(group.id for group in known)
        missing = list(_missing(known))
        if missing and ids not in reported:
            reported.add(ids)
            direction = " and ".join(missing)
            yield Violation(
                resource=environment,
                property_path=INTERFACES,
                message=f"{', '.join(ids)} of the EFA interfaces does not allow all traffic "
                f"{direction} itself",
                actual=f"no rule for all traffic {direction} the group itself",
                expected="all traffic from and to the group itself",
            )


@rule(
    Candidate,
    "MNP411",
    "Containers get the EFA devices of their nodes",
    severity=WARNING,
    why="A container sees an EFA only if its device is passed through. Without it, libfabric falls "
    "back to TCP or fails; with a device that the node does not have, the container does not "
    "start. The container must also lock memory for transfers, and the default limit is far too "
    "low.",
    fix="Add the devices /dev/infiniband/uverbs0 and so on, one for each EFA interface, and set "
    "the memlock limit to -1 (soft and hard).",
    source=_BATCH_EFA,
)
def efa_devices(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the containers of each node against the interfaces that nodes start with.

    On nodes with EFA, all containers must be known, and one container with the devices is
    enough. It is an error if a container requests EFA in its environment variables and gets no
    device, if it gets a device and cannot lock memory, or if it gets a device and the nodes
    certainly have no EFA. Privileged containers can access every device and lock any amount of
    memory. A missing memlock limit is not reported if the instance may set one itself, with a
    custom AMI or user data.
    """
    environment = candidate.environment
    efas = sum(interface.is_efa is True for interface in known_interfaces(environment))
    if environment.is_eks is not False or runs_multi_node_jobs(environment) is not True:
        return
    if not efas:
        yield from _devices_without_efa(candidate)
        return
    for group in candidate.definition.known_node_groups:
        yield from _on_node(candidate, group, efas)


def _devices_without_efa(candidate: Candidate) -> Iterator[Violation]:
    """Report containers with devices that no node of the environment has."""
    environment = candidate.environment
    interfaces = interfaces_of(environment)
    if interfaces is UNKNOWN or any(
        interface is UNKNOWN or interface.is_efa is not False for interface in interfaces
    ):
        return
    for _, container in candidate.definition.containers:
        devices = _efa_devices(container)
        # A privileged container gets whatever devices exist.
        if devices is UNKNOWN or not devices or container.privileged not in (None, False):
            continue
        yield Violation(
            resource=candidate.definition,
            property_path=container.path / "linuxParameters" / "devices",
            message=f"the container has EFA devices, but nodes of {environment.id} have no EFA "
            "interface: it cannot start",
            actual=", ".join(sorted(devices, key=_by_number)),
            expected="no EFA devices, or EFA interfaces in the launch template",
            fix="Add EFA interfaces to the launch template, or remove the devices.",
            severity=ERROR,
        )


def _on_node(candidate: Candidate, group: NodeGroup, efas: int) -> Iterator[Violation]:
    definition, environment = candidate.definition, candidate.environment
    if group.containers is UNKNOWN or not group.containers or UNKNOWN in group.containers:
        return
    containers = group.known_containers
    if any(container.privileged not in (None, False) for container in containers):
        return
    with_devices: list[tuple[Container, frozenset[str]]] = []
    for container in containers:
        devices = _efa_devices(container)
        if devices is UNKNOWN:
            return
        if devices:
            with_devices.append((container, devices))
    if not with_devices:
        meant = any(_requests_efa(container) for container in containers)
        yield Violation(
            resource=definition,
            property_path=containers[0].path / "linuxParameters" / "devices",
            message=f"nodes of {environment.id} have EFA, but no container has its device",
            actual="no EFA device",
            expected=", ".join(_names(efas)),
            severity=ERROR if meant else WARNING,
        )
        return
    names = {name for _, devices in with_devices for name in devices}
    lacking = [] if _DIRECTORY in names else sorted(set(_names(efas)) - names, key=_by_number)
    if lacking and _all_are_known(environment):
        path = with_devices[0][0].path
        yield Violation(
            resource=definition,
            property_path=path / "linuxParameters" / "devices",
            message=f"nodes of {environment.id} have {efas} EFA interfaces, but the containers "
            "have "
            f"{len(names)} of their devices",
            actual=f"{lacking[0]}{' and others' if len(lacking) > 1 else ''} missing",
            expected=f"{efas} devices",
        )
    for container, _ in with_devices:
        yield from _memory_lock(candidate, container)


def _names(efas: int) -> list[str]:
    return [f"{_DIRECTORY}/uverbs{number}" for number in range(efas)]


def _by_number(name: str) -> tuple[int, str]:
    return len(name), name


def _all_are_known(environment: ComputeEnvironment) -> bool:
    interfaces = interfaces_of(environment)
    return interfaces is not UNKNOWN and UNKNOWN not in interfaces


def _efa_devices(container: Container) -> Maybe[frozenset[str]]:
    """Return the EFA devices of a container; their directory counts as all of them."""
    if container.devices is UNKNOWN:
        return UNKNOWN
    paths = [UNKNOWN if device is UNKNOWN else device.host_path for device in container.devices]
    if UNKNOWN in paths:
        return UNKNOWN
    found = {path.rstrip("/") for path in paths if has_value(path)}
    return frozenset(each for each in found if each == _DIRECTORY or re.fullmatch(_DEVICE, each))


def _requests_efa(container: Container) -> bool:
    """Return whether a container's environment variables certainly request EFA."""
    if container.environment is UNKNOWN:
        return False
    return any(
        variable is not UNKNOWN
        and has_value(variable.name)
        and variable.name == "FI_PROVIDER"
        # A list such as ``^efa`` excludes EFA.
        and has_value(variable.value)
        and variable.value.strip().lower() == "efa"
        for variable in container.environment
    )


def _memory_lock(candidate: Candidate, container: Container) -> Iterator[Violation]:
    """Report what prevents a container with EFA devices from locking memory."""
    if container.ulimits is UNKNOWN or UNKNOWN in container.ulimits:
        return
    known = [ulimit for ulimit in container.ulimits if ulimit is not UNKNOWN]
    if any(each.name is UNKNOWN for each in known):
        return
    limits = [each for each in known if each.name == "memlock"]
    path = container.path / "ulimits"
    for limit in limits:
        values = (limit.soft_limit, limit.hard_limit)
        if any(has_value(value) and value != UNLIMITED for value in values):
            yield Violation(
                resource=candidate.definition,
                property_path=path,
                message="the container has EFA devices, but its memlock limit is not unlimited",
                actual=f"memlock {values[0]} (soft), {values[1]} (hard)",
                expected="memlock -1, soft and hard",
            )
    if not limits and not _instance_may_set_limits(candidate.environment):
        yield Violation(
            resource=candidate.definition,
            property_path=path,
            message="the container has EFA devices, but no memlock limit",
            actual="no memlock limit",
            expected="memlock -1, soft and hard",
            severity=ERROR,
        )


_LIMITS = r"(?i)limit|memlock|docker|daemon\.json|efa"
"""Words in user data that may change Docker's default limits."""


def _instance_may_set_limits(environment: ComputeEnvironment) -> bool:
    """Return whether the instance may change Docker's default limits."""
    template, configurations = environment.launch_template, environment.ec2_configurations
    if not has_value(template) or template.image_id is not None:
        return True
    if may_do(template.user_data, _LIMITS):
        return True
    if environment.image_id is not None or configurations is UNKNOWN:
        return True
    return any(
        configuration is UNKNOWN or configuration.image_id_override is not None
        for configuration in configurations
    )
