"""Rules about the network interfaces of a launch template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.compute_environment import (
    COMPUTE_RESOURCES,
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.network import SecurityGroup, Vpc
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import can_launch, runs_multi_node_jobs
from cdk_batch_mnp.rules.environments.listed_types import has_instances, is_open, possible_types
from cdk_batch_mnp.rules.environments.node_needs import Request, registered

INTERFACES = LAUNCH_TEMPLATE / "networkInterfaces"
"""The interfaces are in the launch template that the environment refers to."""

MAX_NAMES = 6
"""Maximum number of instance types in a message."""

_NETWORK_CARDS = sources.ec2("efa-acc-inst-types")
_CARDS_WITHOUT_EFA = {"p6-b300": 0}
"""Instance families with EFA on every network card except this one."""


def interfaces_of(environment: ComputeEnvironment) -> Maybe[tuple[Maybe[NetworkInterface], ...]]:
    """Return the interfaces of every node; empty if the launch template has none.

    Unknown if there are launch template overrides.
    """
    template = environment.launch_template
    if environment.has_template_overrides is not False or template is UNKNOWN:
        return UNKNOWN
    return () if template is None else template.network_interfaces


def known_interfaces(environment: ComputeEnvironment) -> tuple[NetworkInterface, ...]:
    """Return the interfaces that can be resolved."""
    interfaces = interfaces_of(environment)
    if interfaces is UNKNOWN or not has_instances(environment):
        return ()
    return tuple(interface for interface in interfaces if interface is not UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why EC2 does not launch an instance with these interfaces."""

    message: str
    actual: object
    expected: str

    def on(self, environment: ComputeEnvironment) -> Violation:
        return Violation(
            resource=environment,
            property_path=INTERFACES,
            message=self.message,
            actual=self.actual,
            expected=self.expected,
        )


def _card(interface: NetworkInterface) -> Maybe[int]:
    """Return the network card index; EC2 defaults to 0."""
    return 0 if interface.network_card_index is None else interface.network_card_index


def _on_any_type(interfaces: Sequence[NetworkInterface], *, are_all: bool) -> Iterator[_Problem]:
    places = [(_card(interface), interface.device_index) for interface in interfaces]
    placed = [(c, d) for c, d in places if c is not UNKNOWN and has_value(d)]
    for (card, device), number in sorted(Counter(placed).items()):
        if number > 1:
            yield _Problem(
                f"{number} interfaces are device {device} of network card {card}",
                f"{number} interfaces with device index {device} on card {card}",
                "distinct device indexes on each card",
            )
    if are_all and len(placed) == len(interfaces) and (0, 0) not in placed:
        yield _Problem(
            "no interface is the primary one: device 0 of network card 0",
            ", ".join(f"device {device} of card {card}" for card, device in placed),
            "one interface with device index 0 on network card 0",
        )
    for interface, place in zip(interfaces, places, strict=True):
        if place == (0, 0) and interface.interface_type == "efa-only":
            yield _Problem(
                "the primary interface is efa-only, which has no IP address",
                "efa-only",
                "interface or efa",
            )
    efa_cards = Counter(
        card
        for interface, (card, _) in zip(interfaces, places, strict=True)
        if interface.is_efa is True and card is not UNKNOWN
    )
    for card, number in sorted(efa_cards.items()):
        if number > 1:
            yield _Problem(
                f"{number} EFA interfaces are on network card {card}",
                f"{number} EFA interfaces",
                "one EFA interface on a card",
            )
    if len(interfaces) > 1 and any(
        interface.associate_public_ip_address is True for interface in interfaces
    ):
        yield _Problem(
            f"a public IP address is requested with {len(interfaces)} interfaces",
            "AssociatePublicIpAddress: true",
            "no public IP address with several interfaces",
        )


def _on_type(
    interfaces: Sequence[NetworkInterface], facts: InstanceType, *, tasks_have_own: bool
) -> Iterator[_Problem]:
    name, cards = facts.name, facts.network_cards
    efas = [interface for interface in interfaces if interface.is_efa is True]
    most = facts.efa_interfaces
    if most is not None and len(efas) > most:
        yield _Problem(
            f"the launch template has {len(efas)} EFA interfaces, but {name} supports "
            + (f"{most}" if most else "no EFA"),
            f"{len(efas)} EFA interfaces",
            f"at most {most} on {name}",
        )
    without = _CARDS_WITHOUT_EFA.get(facts.family)
    if without is not None and any(_card(efa) == without for efa in efas):
        yield _Problem(
            f"an EFA interface is on network card {without}, which has no EFA on {name}",
            f"EFA on card {without}",
            "an interface without EFA on this card",
        )
    if not cards:
        return
    numbers = Counter(card for interface in interfaces if (card := _card(interface)) is not UNKNOWN)
    for card, number in sorted(numbers.items()):
        if not 0 <= card < len(cards):
            yield _Problem(
                f"an interface is on network card {card}, but {name} has {len(cards)} cards",
                f"network card {card}",
                f"network cards 0 to {len(cards) - 1}",
            )
        elif number > cards[card]:
            yield _Problem(
                f"{number} interfaces are on network card {card}, which supports {cards[card]} on "
                f"{name}",
                f"{number} interfaces",
                f"at most {cards[card]} on the card",
            )
    if tasks_have_own and len(interfaces) == sum(cards):
        yield _Problem(
            f"the launch template uses all {sum(cards)} interfaces of {name} and leaves none for "
            "the task",
            f"{len(interfaces)} interfaces",
            f"at most {sum(cards) - 1} on {name}",
        )


@rule(
    ComputeEnvironment,
    "MNP410",
    "Network interfaces are supported by the instance types",
    severity=ERROR,
    why="EC2 does not launch an instance with network interfaces that its type does not support, "
    "and the job stays in RUNNABLE.",
    fix="Configure interfaces that the type supports: the primary as device 0 of network card 0, "
    "one EFA per network card with EFA, further ones as efa-only, and no public IP address.",
    source=_NETWORK_CARDS,
)
def possible_interfaces(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Compares the launch template's interfaces with one another and with the listed types.

    Interfaces that one type does not support are reported only if no type that the environment can
    launch supports them, with every type of a family, and of the general families for a bundle;
    MNP417 checks the types that a job gets. Which device of a card is the EFA does not matter:
    the EC2 documentation and well-known templates differ. Two EFAs on one card are reported,
    because the documentation allows one per card.
    """
    interfaces, known = interfaces_of(environment), known_interfaces(environment)
    if not known:
        return
    are_all = interfaces is not UNKNOWN and len(interfaces) == len(known)
    for problem in _on_any_type(known, are_all=are_all):
        yield problem.on(environment)
    for problem in _on_every_type(environment, catalogue):
        yield problem.on(environment)


def _on_every_type(environment: ComputeEnvironment, catalogue: Catalogue) -> list[_Problem]:
    """Return the problems on the type with the fewest if every type has some."""
    types = possible_types(environment, catalogue)
    if types is UNKNOWN:
        return []
    on_each = [_on(environment, name) for name in types]
    if not is_open(environment):
        return on_each[0] if all(on_each) else []
    return min(reversed(on_each), key=len)


def _on(environment: ComputeEnvironment, facts: InstanceType) -> list[_Problem]:
    # Pods use the host's network; each ECS task has its own interface.
    tasks_have_own = environment.is_eks is False
    return list(_on_type(known_interfaces(environment), facts, tasks_have_own=tasks_have_own))


@rule(
    Candidate,
    "MNP417",
    "Network interfaces are supported by the job's instance type",
    severity=ERROR,
    why="The launch template is made for another instance type of the environment: EC2 does not "
    "launch this one with it, and the job stays in RUNNABLE. AWS Batch does not look at the "
    "interfaces when it chooses a type.",
    fix="Set a launch template override for the instance type, or use a separate compute "
    "environment.",
    source=_NETWORK_CARDS,
)
def possible_on_type(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Applies MNP410 to the job's own type, if another listed type supports the interfaces.

    A job without a type may get any type that the environment can launch and its nodes fit on. If
    only some of these support the interfaces, it is a warning that names the others. Silent if
    what a node requests is not fully known.
    """
    environment, name = candidate.environment, candidate.definition.instance_type
    if not known_interfaces(environment) or runs_multi_node_jobs(environment) is not True:
        return
    if name is None:
        yield from _on_some_types(candidate, catalogue)
        return
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None or can_launch(environment, facts.name) is not True:
        return
    if has_value(environment.instance_types) and UNKNOWN in environment.instance_types:
        return
    if not _on_every_type(environment, catalogue):
        for problem in _on(environment, facts):
            yield problem.on(environment)


def _on_some_types(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Report types that a job without a type may get, but that do not support the interfaces."""
    environment = candidate.environment
    types = possible_types(environment, catalogue)
    requests = Request.all_of(candidate.definition)
    if types is UNKNOWN or requests is UNKNOWN or _on_every_type(environment, catalogue):
        return
    problems = {
        facts.name: _on(environment, facts)
        for facts in types
        if all(request.may_fit(registered(environment, facts)) for request in requests)
    }
    wrong = [name for name, found in problems.items() if found]
    if not wrong:
        return
    names = ", ".join(wrong[:MAX_NAMES])
    if len(wrong) > MAX_NAMES:
        names += f" and {len(wrong) - MAX_NAMES} more types"
    none_fits = len(wrong) == len(problems)
    yield Violation(
        resource=environment,
        property_path=INTERFACES,
        message=f"the job sets no instance type and may get {names}: "
        + problems[wrong[0]][0].message,
        actual=names,
        expected="only types that support the interfaces",
        fix="Set the instance type in the job definition, or list only types that support the "
        "interfaces.",
        severity=ERROR if none_fits else WARNING,
    )


@rule(
    ComputeEnvironment,
    "MNP409",
    "Security groups are set in the environment or on network interfaces, not both",
    severity=ERROR,
    why="AWS Batch rejects a compute environment with security groups if its launch template has "
    "network interfaces.",
    fix="Remove the environment's security groups, and set them on each network interface.",
    source=sources.cdk_issue(21577),
)
def groups_in_one_place(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Reports groups in the environment if the launch template has a known interface.

    Groups count even if they are unknown, unless a condition may leave them out. Interfaces
    without groups count: the service's error message mentions interfaces. It was not verified in
    an account that AWS Batch still rejects them; templates that are known to deploy leave the
    environment's list out.
    """
    groups, count = environment.known_security_groups, fewest(environment.security_groups)
    is_set = bool(groups) or environment.sets_security_groups
    if is_set and known_interfaces(environment):
        number = max(count, len(groups)) or "at least 1"
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "securityGroupIds",
            message=f"the environment has {number} security group"
            f"{'' if number == 1 else 's'}, and its launch template has network interfaces",
            actual=", ".join(group.id for group in groups) or "unknown security groups",
            expected="no security groups together with network interfaces",
        )


@rule(
    ComputeEnvironment,
    "MNP416",
    "With network interfaces, the default security group allows traffic from itself",
    severity=ERROR,
    why="With network interfaces in the launch template, the environment cannot set security "
    "groups, so the network interfaces of tasks use the VPC's default security group. If it does "
    "not allow traffic from itself (new CDK apps remove its rules), the nodes cannot reach each "
    "other.",
    fix="Allow all traffic from the default security group itself, and nothing else.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def default_group(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the default group of the subnets' VPC. Silent if any of its rules is unknown.

    Any rule for the group itself or for IP addresses counts. Environments on EKS are skipped:
    their pods use the host's network.
    """
    if environment.security_groups not in (None, ()) or environment.is_eks is not False:
        return
    vpcs = (subnet.vpc for subnet in environment.known_subnets)
    vpc = next((each for each in vpcs if isinstance(each, Vpc)), None)
    if vpc is None or not known_interfaces(environment):
        return
    group = vpc.default_security_group
    if group is not UNKNOWN and _allows_nothing_from_itself(group):
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "securityGroupIds",
            message=f"tasks use the default security group of {vpc.id}, which allows no traffic "
            "from "
            "itself",
            actual=f"no ingress rule for itself in {group.id}",
            expected="all traffic from the group itself",
        )


def _allows_nothing_from_itself(group: SecurityGroup) -> bool:
    """Return whether a group certainly allows no ingress from its own members."""
    if group.ingress is UNKNOWN:
        return False
    return all(
        ingress_rule is not UNKNOWN
        and ingress_rule.peer != group.id
        and ingress_rule.is_for_addresses is False
        for ingress_rule in group.ingress
    )
