"""The members of the structures that resources consist of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.schema.batch import BATCH
from cdk_batch_mnp.model.schema.ec2 import EC2


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a structure.

    Attributes:
        structure: The structure of its value, or of each element of it; empty if it has none.
        words: The name of its enumerated values; empty if it takes any value.
        identifies: Whether it identifies something, so that an empty text is wrong.
        is_required: Whether the structure is rejected without it.
        is_plain: Whether it takes any value.
    """

    structure: str = ""
    words: str = ""
    identifies: bool = False
    is_required: bool = False
    is_plain: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Note whether any value is right."""
        plain = not (self.structure or self.words or self.identifies)
        object.__setattr__(self, "is_plain", plain)


@cache
def members_of(structure: str) -> Mapping[str, Member]:
    """Return the members of a structure, by their names in CloudFormation.

    Raises:
        KeyError: There is no such structure.
    """
    return dict(_member(text) for text in _structures()[structure])


@cache
def required_of(structure: str) -> tuple[str, ...]:
    """Return the members that a structure must have, by their names in CloudFormation."""
    return tuple(name for name, member in members_of(structure).items() if member.is_required)


@cache
def places_of(root: str, name: str) -> tuple[str, ...]:
    """Return the paths to the structures inside another that have a member, in the API's names.

    Structures that several members have in common count once.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    open = [("", root)]
    while open:
        path, structure = open.pop(0)
        seen.add(structure)
        members = members_of(structure)
        if name in members:
            found.setdefault(structure, path)
        for member_name, member in members.items():
            if member.structure and member.structure not in seen:
                step = api_name(member_name)
                open.append((f"{path}.{step}" if path else step, member.structure))
    return tuple(found.values())


@cache
def _structures() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in (BATCH + EC2).splitlines():
        if line.startswith(" "):
            found[name] += line.split()
        elif line:
            name = line
            found[name] = []
    return found


def _member(text: str) -> tuple[str, Member]:
    is_required, text = text.endswith("*"), text.rstrip("*")
    identifies, text = text.endswith("!"), text.rstrip("!")
    text, _, words = text.partition("=")
    name, colon, structure = text.partition(":")
    return name, Member(structure or (name if colon else ""), words, identifies, is_required)


def api_name(name: str) -> str:
    """Return a member's name in the API's spelling, which begins in lower case."""
    return name[:1].lower() + name[1:]
