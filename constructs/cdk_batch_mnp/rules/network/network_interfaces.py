"""Rules about the network interfaces that a launch template gives to the nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdk_batch_mnp.engine.rule import ERROR, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.model.compute_environment import (
    COMPUTE_RESOURCES,
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.network import SecurityGroup, Vpc
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import can_launch, runs_multi_node_jobs
from cdk_batch_mnp.rules.environments.listed_types import exact_types, has_instances

INTERFACES = LAUNCH_TEMPLATE / "networkInterfaces"
"""Where the interfaces are: in the template that the environment names."""

_NETWORK_CARDS = sources.ec2("efa-acc-inst-types")
_CARDS_WITHOUT_EFA = {"p6-b300": 0}
"""Families with EFA on every card but this one."""


def interfaces_of(environment: ComputeEnvironment) -> Maybe[tuple[Maybe[NetworkInterface], ...]]:
    """The interfaces that every node starts with; empty if the launch template names none.

    Unknown where some instance types have launch templates of their own.
    """
    template = environment.launch_template
    if environment.has_template_overrides is not False or template is UNKNOWN:
        return UNKNOWN
    return () if template is None else template.network_interfaces


def known_interfaces(environment: ComputeEnvironment) -> tuple[NetworkInterface, ...]:
    """Those of the interfaces that can be read."""
    interfaces = interfaces_of(environment)
    if interfaces is UNKNOWN or not has_instances(environment):
        return ()
    return tuple(each for each in interfaces if each is not UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why EC2 refuses an instance with these interfaces."""

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
    """The network card; EC2 takes the first where none is said."""
    return 0 if interface.network_card_index is None else interface.network_card_index


def _whatever_the_type(
    interfaces: Sequence[NetworkInterface], *, are_all: bool
) -> Iterator[_Problem]:
    places = [(_card(each), each.device_index) for each in interfaces]
    placed = [(c, d) for c, d in places if c is not UNKNOWN and has_value(d)]
    for (card, device), number in sorted(Counter(placed).items()):
        if number > 1:
            yield _Problem(
                f"{number} interfaces are device {device} of network card {card}",
                f"device {device} of card {card}, {number} times",
                "each device index once on a card",
            )
    if are_all and len(placed) == len(interfaces) and (0, 0) not in placed:
        yield _Problem(
            "no interface is the primary one: device 0 of network card 0",
            ", ".join(f"device {device} of card {card}" for card, device in placed),
            "one interface with both indexes 0",
        )
    for each, place in zip(interfaces, places, strict=True):
        if place == (0, 0) and each.interface_type == "efa-only":
            yield _Problem(
                "the primary interface is efa-only, which has no IP address",
                "efa-only",
                "interface or efa",
            )
    efa_cards = Counter(
        card
        for each, (card, _) in zip(interfaces, places, strict=True)
        if each.is_efa is True and card is not UNKNOWN
    )
    for card, number in sorted(efa_cards.items()):
        if number > 1:
            yield _Problem(
                f"{number} EFA interfaces are on network card {card}",
                f"{number} EFA interfaces",
                "one EFA interface on a card",
            )
    if len(interfaces) > 1 and any(each.associate_public_ip_address is True for each in interfaces):
        yield _Problem(
            f"a public address is asked for, with {len(interfaces)} interfaces",
            "AssociatePublicIpAddress: true",
            "no public address with several interfaces",
        )


def _on_type(
    interfaces: Sequence[NetworkInterface], facts: InstanceType, *, tasks_have_own: bool
) -> Iterator[_Problem]:
    name, cards = facts.name, facts.network_cards
    efas = [each for each in interfaces if each.is_efa is True]
    most = facts.efa_interfaces
    if most is not None and len(efas) > most:
        yield _Problem(
            f"the launch template has {len(efas)} EFA interfaces, and {name} supports "
            + (f"{most}" if most else "no EFA"),
            f"{len(efas)} EFA interfaces",
            f"at most {most} on {name}",
        )
    without = _CARDS_WITHOUT_EFA.get(facts.family)
    if without is not None and any(_card(each) == without for each in efas):
        yield _Problem(
            f"an EFA interface is on network card {without}, which has no EFA on {name}",
            f"EFA on card {without}",
            "an ordinary interface there",
        )
    if not cards:
        return
    numbers = Counter(card for each in interfaces if (card := _card(each)) is not UNKNOWN)
    for card, number in sorted(numbers.items()):
        if not 0 <= card < len(cards):
            yield _Problem(
                f"an interface is on network card {card}, and {name} has {len(cards)}",
                f"network card {card}",
                f"network cards 0 to {len(cards) - 1}",
            )
        elif number > cards[card]:
            yield _Problem(
                f"{number} interfaces are on network card {card}, which takes {cards[card]} on "
                f"{name}",
                f"{number} interfaces",
                f"at most {cards[card]} on the card",
            )
    if tasks_have_own and len(interfaces) == sum(cards):
        yield _Problem(
            f"the launch template fills all {sum(cards)} interfaces of {name}, and the task has "
            "no room for its own",
            f"{len(interfaces)} interfaces",
            f"at most {sum(cards) - 1} on {name}",
        )


@rule(
    ComputeEnvironment,
    "MNP410",
    "The network interfaces are possible on the instances",
    severity=ERROR,
    why="EC2 refuses to launch an instance with interfaces that its type does not take, and the "
    "job stays in RUNNABLE.",
    fix="Give the interfaces that the type takes: the primary as device 0 of network card 0, one "
    "EFA for each network card with EFA, further ones as efa-only, and no public address.",
    source=_NETWORK_CARDS,
)
def possible_interfaces(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Holds the launch template's interfaces against one another and the listed types.

    Interfaces that EC2 refuses on one type are told only if no listed type takes them; MNP417 looks
    at the type that a job names. Which of a card's devices is the EFA is free: EC2's documents and
    well-known templates differ. Two EFAs on a card are told as the documents say one for each.
    """
    interfaces, known = interfaces_of(environment), known_interfaces(environment)
    if not known:
        return
    are_all = interfaces is not UNKNOWN and len(interfaces) == len(known)
    for problem in _whatever_the_type(known, are_all=are_all):
        yield problem.on(environment)
    for problem in _on_every_type(environment, catalogue):
        yield problem.on(environment)


def _on_every_type(environment: ComputeEnvironment, catalogue: Catalogue) -> list[_Problem]:
    """What is wrong on the first of the listed types, if something is on each of them."""
    types = exact_types(environment, catalogue)
    if types is UNKNOWN:
        return []
    on_each = [_on(environment, each) for each in types]
    return on_each[0] if all(on_each) else []


def _on(environment: ComputeEnvironment, facts: InstanceType) -> list[_Problem]:
    # Pods have the network of the host; each task of ECS has an interface of its own.
    tasks_have_own = environment.is_eks is False
    return list(_on_type(known_interfaces(environment), facts, tasks_have_own=tasks_have_own))


@rule(
    Candidate,
    "MNP417",
    "The network interfaces are possible on the job's type",
    severity=ERROR,
    why="The environment's launch template is for another of its instance types: EC2 refuses to "
    "launch this one with it, and the job stays in RUNNABLE.",
    fix="Give the type a launch template of its own (overrides), or an environment of its own.",
    source=_NETWORK_CARDS,
)
def possible_on_type(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """As MNP410, for the one type that the job names, where other listed types take them."""
    environment, name = candidate.environment, candidate.definition.instance_type
    facts = catalogue.find(name) if has_value(name) else None
    if facts is None or can_launch(environment, facts.name) is not True:
        return
    if has_value(environment.instance_types) and UNKNOWN in environment.instance_types:
        return
    if runs_multi_node_jobs(environment) is True and not _on_every_type(environment, catalogue):
        for problem in _on(environment, facts):
            yield problem.on(environment)


@rule(
    ComputeEnvironment,
    "MNP409",
    "Security groups are in the environment or at its interfaces, not at both",
    severity=ERROR,
    why="Batch refuses an environment with security groups of its own whose launch template has "
    "network interfaces; it takes one or the other.",
    fix="Leave the environment's security groups out, and name them at each interface.",
    source=sources.cdk_issue(21577),
)
def groups_in_one_place(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for a known group in the environment and a known interface in the launch template.

    Interfaces without groups count: the service's message speaks of interfaces. That it still
    refuses them was not verified in an account; templates that are known to deploy leave the
    environment's list out.
    """
    groups, interfaces = environment.known_security_groups, known_interfaces(environment)
    if groups and interfaces:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "securityGroupIds",
            message=f"the environment lists {len(groups)} security group"
            f"{'s' if len(groups) > 1 else ''}, and its launch template has network interfaces",
            actual=", ".join(each.id for each in groups),
            expected="no security groups beside network interfaces",
        )


@rule(
    ComputeEnvironment,
    "MNP416",
    "Beside network interfaces, the VPC's default group admits itself",
    severity=ERROR,
    why="With network interfaces in the launch template the environment can carry no groups, so "
    "the tasks' own interfaces take the VPC's default security group. If that admits nothing from "
    "itself (new CDK apps empty it), the nodes cannot reach each other.",
    fix="Let the VPC's default group admit all traffic from itself, and nothing else.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def default_group(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at the default group of the subnets' VPC, where all of its rules are known.

    Any rule for the group itself or for addresses counts. Environments on EKS are passed over:
    their pods have the network of the host.
    """
    if environment.security_groups not in (None, ()) or environment.is_eks is not False:
        return
    vpcs = (each.vpc for each in environment.known_subnets)
    vpc = next((each for each in vpcs if isinstance(each, Vpc)), None)
    if vpc is None or not known_interfaces(environment):
        return
    group = vpc.default_security_group
    if group is not UNKNOWN and _shuts_itself_out(group):
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "securityGroupIds",
            message=f"the tasks take the default security group of {vpc.id}, which admits nothing "
            "from itself",
            actual=f"{group.id} without a rule for itself",
            expected="all traffic from the group itself",
        )


def _shuts_itself_out(group: SecurityGroup) -> bool:
    """Whether it is certain that a group admits nothing from its own members."""
    if group.ingress is UNKNOWN:
        return False
    return all(
        each is not UNKNOWN and each.peer != group.id and each.is_for_addresses is False
        for each in group.ingress
    )
