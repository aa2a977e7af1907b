"""Answers to the question whether traffic arrives."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe


class Hop(StrEnum):
    """The parts of a path that can stop traffic."""

    EGRESS = "egress rules of security groups"
    INGRESS = "ingress rules of security groups"
    ACL = "network ACL"
    ROUTE = "route table"
    ADDRESS = "public address"
    NAT = "NAT gateway"
    GATEWAY = "internet gateway"
    POLICY = "endpoint policy"
    ENDPOINT = "use of an endpoint"
    MOUNT_TARGET = "mount target"
    DNS = "DNS"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Where traffic stops.

    Attributes:
        hop: The first part of the path that certainly stops it.
        resource: ID of the resource that stops it.
        because: What stops it, as a clause for people.
    """

    hop: Hop
    resource: str
    because: str


Answer: TypeAlias = Maybe[Blocked] | None
"""``None`` if traffic arrives, where it stops if it does not, or ``UNKNOWN``."""


def in_sequence(answers: Iterable[Answer]) -> Answer:
    """Return the answer for a path of several hops.

    A hop that certainly stops traffic decides, even after one that is not known.
    """
    unsure = False
    for answer in answers:
        if isinstance(answer, Blocked):
            return answer
        unsure = unsure or answer is UNKNOWN
    return UNKNOWN if unsure else None


def whichever(answers: Iterable[Answer]) -> Answer:
    """Return the answer for paths of which it is not known which one traffic takes.

    It is known only if all paths agree. The last one then says where traffic stops.
    """
    found = list(answers)
    if all(answer is None for answer in found):
        return None
    return found[-1] if all(isinstance(answer, Blocked) for answer in found) else UNKNOWN


def at_best(answers: Iterable[Answer]) -> Answer:
    """Return the answer for paths of which one that works is enough."""
    found = list(answers)
    if None in found or not found:
        return None
    return UNKNOWN if UNKNOWN in found else found[0]


def unless(passes: Maybe[bool], hop: Hop, resource: str, because: str) -> Answer:
    """Return the answer for one hop: blocked unless it passes traffic."""
    if passes is UNKNOWN:
        return UNKNOWN
    return None if passes else Blocked(hop, resource, because)
