"""Enumerated values and property names of resources that a template misspells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import ApiStruct, Value, as_text
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.schema.enumerations import (
    CASE_SENSITIVE,
    CLOSED,
    DEFINITION_TYPES,
    WORDS,
)
from cdk_batch_mnp.model.schema.members import Member, api_name, members_of, places_of, required_of
from cdk_batch_mnp.model.schema.required import is_absent
from cdk_batch_mnp.model.unknown import PERHAPS, has_value
from cdk_batch_mnp.model.words import meant, nearest, plain

_Steps: TypeAlias = Sequence[str | int]

_VERSION = pattern(r"\$Latest|\$Default|[0-9]+")
_REFERENCE = pattern(r"\{\{resolve:|\$\{")
_VERSIONS = ("$Latest", "$Default")
_RESOURCE_ID = pattern(r"(?:acl|ami|eni|igw|lt|nat|pg|rtb|sg|subnet|vpc)-[0-9a-f]{8,17}$|arn:")
_STARTS = {
    "groups": "sg-",
    "securityGroupIds": "sg-",
    "subnets": "subnet-",
}
"""How IDs begin, by the property."""
_WITH_A_MAP = ("ComputeEnvironment", "JobDefinition", "JobQueue")
"""Resources whose tags are a map in CloudFormation, unlike those of most resources."""
_ROOTS = {
    "LaunchTemplate": "the launch template",
    "LaunchTemplateData": "LaunchTemplateData",
    "PlacementGroup": "the placement group",
    "SchedulingPolicy": "the scheduling policy",
}
_MISTAKEN = (
    "ComputeEnvironment",
    "ComputeResources",
    "LaunchTemplate",
    "LaunchTemplateSpecification",
)
"""Structures in which properties of launch templates are written by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordFault:
    """A word or a name that AWS does not know.

    Attributes:
        path: The property.
        problem: The problem, in one sentence without a full stop.
        is_certain: Whether it is certainly wrong. Words and names that AWS may have added since are
            not certain, nor is another case of documented ones.
        is_name: Whether it is the name of a property rather than a value.
        is_missing: Whether it is a required property that is not set.
        stands_for: The name of the property that a misspelt name stands for; empty if unsure.
    """

    path: PropertyPath
    problem: str
    actual: str
    expected: str
    is_certain: bool = True
    is_name: bool = False
    is_missing: bool = False
    stands_for: str = ""


def environment_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of a compute environment's words and names."""
    return _faults(shape, "ComputeEnvironment")


def queue_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of a job queue's words and names."""
    return _faults(shape, "JobQueue")


def policy_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of a scheduling policy's words and names."""
    return _faults(shape, "SchedulingPolicy")


def group_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of a placement group's words and names, but for its strategy."""
    return _faults(shape, "PlacementGroup")


def template_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of the words and names in the data of a launch template."""
    return _faults(shape, "LaunchTemplateData")


def around_template_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of the names around the data of a launch template."""
    return _faults(shape, "LaunchTemplate")


def definition_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of a job definition's words and names."""
    names = tuple(_faults(shape, "JobDefinition"))
    shape = as_meant(shape, names)
    path = PROPERTIES / "type"
    kind = shape.text("type")
    has_nodes = shape.sets("nodeProperties")
    if has_value(kind) and kind not in DEFINITION_TYPES:
        right = "multinode" if has_nodes else nearest(kind, DEFINITION_TYPES) or DEFINITION_TYPES[0]
        yield WordFault(
            path=path,
            problem=f"the type is {kind!r}; did you mean {right}?",
            actual=kind,
            expected=right,
            # CloudFormation may accept another case.
            is_certain=kind.lower() not in DEFINITION_TYPES,
        )
    if has_nodes and (kind is None or (has_value(kind) and kind.lower() == "container")):
        yield WordFault(
            path=path,
            problem="the definition has nodeProperties, but its type is "
            f"{'not set' if kind is None else kind}",
            actual="not set" if kind is None else kind,
            expected="multinode",
        )
    yield from names


def as_meant(shape: ApiStruct, faults: Iterable[WordFault]) -> ApiStruct:
    """Return a structure with the names that its misspelt names stand for."""
    renamed = [fault for fault in faults if fault.stands_for]
    if not renamed:
        return shape
    data = shape.members
    for fault in sorted(renamed, key=lambda fault: -len(fault.path)):  # the innermost first
        data = _renamed(data, fault.path, fault.stands_for)
    return ApiStruct(data, is_capitalized=shape.is_capitalized)


def _renamed(data: Mapping[str, Value], path: _Steps, name: str) -> Mapping[str, Value]:
    step, *others = path
    if others:
        return {
            key: _renamed_inside(value, others, name) if step in (key, api_name(key)) else value
            for key, value in data.items()
        }
    return data if name in data else {name if key == step else key: data[key] for key in data}


def _renamed_inside(value: Value, path: _Steps, name: str) -> Value:
    if isinstance(value, list | tuple):
        step, *others = path
        return [
            _renamed_inside(element, others, name) if position == step else element
            for position, element in enumerate(value)
        ]
    return _renamed(value, path, name) if isinstance(value, Mapping) else value


def _faults(shape: ApiStruct, structure: str) -> Iterator[WordFault]:
    found: list[WordFault] = []
    _Walk(structure, shape.is_capitalized).add(found, shape.members, structure, PROPERTIES)
    return iter(found)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through the structures of a resource.

    Attributes:
        root: The structure of the resource.
        is_capitalized: Whether names have to begin with a capital letter, as in CloudFormation.
    """

    root: str
    is_capitalized: bool

    def add(
        self, found: list[WordFault], data: Mapping[str, Value], structure: str, path: PropertyPath
    ) -> None:
        """Add the faults of a structure and of those inside it."""
        members, known = members_of(structure), len(found)
        for name, value in data.items():
            member, step = members.get(name), name
            if member is None:
                member = members.get(name[:1].upper() + name[1:])
                if member is None or self.is_capitalized:
                    if ":" in name or name == "Ref":  # a function or a transform
                        continue
                    if value is PERHAPS:  # A condition may leave out the property, with its name.
                        continue
                    fault = self._unknown_name(path, name, structure)
                    found.append(fault)
                    member = members.get(fault.stands_for)
                    if member is None:
                        continue
            else:
                step = api_name(name)
            if name == "Tags" and self.root in _WITH_A_MAP and isinstance(value, list | tuple):
                found.append(_listed_tags(path / step))
            if not member.is_plain:
                self._add_inside(found, value, member, path / step)
        if required := required_of(structure):
            misspelt = {fault.expected for fault in found[known:] if fault.is_name}
            found += (
                _missing(path, name, structure)
                for name in required
                if name not in misspelt and is_absent(data, name, structure)
            )

    def _add_inside(
        self, found: list[WordFault], value: Value, member: Member, path: PropertyPath
    ) -> None:
        if isinstance(value, list | tuple):
            for position, element in enumerate(value):
                if not isinstance(element, list | tuple):
                    self._add_inside(found, element, member, path / position)
        elif member.structure:
            if isinstance(value, Mapping):
                self.add(found, value, member.structure, path)
        elif isinstance(text := as_text(value), str):
            is_right = text in WORDS.get(member.words, ())
            if not is_right and not _REFERENCE.search(text):
                found += _value_faults(text, member, path)

    def _unknown_name(self, path: PropertyPath, name: str, structure: str) -> WordFault:
        known = tuple(members_of(structure))
        right, is_certain = nearest(name, known), False
        hint = f"did you mean {right}?" if right else ""
        if right is not None and meant(name, known) and plain(name) != plain(right):
            is_certain = True
        elif homes := self._homes(name, structure):
            right, is_certain = None, len(homes) == 1
            hint = (
                f"it belongs in {homes[0]}" if is_certain else f"did you mean that of {homes[0]}?"
            )
        place = str(path) or _ROOTS.get(self.root, "the resource")
        return WordFault(
            path=path / name,
            problem=f"{place} has no property {name}"
            + (f"; {hint}" if hint else " that this version knows"),
            actual=name,
            expected=right or hint.removeprefix("it ") or "a documented property",
            is_certain=is_certain,
            is_name=True,
            stands_for=right if right and (is_certain or right.lower() == name.lower()) else "",
        )

    def _homes(self, name: str, structure: str) -> tuple[str, ...]:
        """Return where else in the resource a property of this name is."""
        if name in members_of(self.root):
            return ("the properties of the resource",)
        if inside := places_of(structure, name):
            return inside
        homes = places_of(self.root, name)
        if not homes and structure in _MISTAKEN and name in members_of("LaunchTemplateData"):
            return ("the data of a launch template",)
        return homes


def _missing(path: PropertyPath, name: str, structure: str) -> WordFault:
    place = str(path) or _ROOTS.get(structure, "the resource")
    return WordFault(
        path=path / api_name(name),
        problem=f"{place} has no {api_name(name)}",
        actual="not set",
        expected="a value",
        is_missing=True,
    )


def _listed_tags(path: PropertyPath) -> WordFault:
    return WordFault(
        path=path,
        problem=f"{path} is a list; AWS Batch takes a map of keys to values",
        actual="a list",
        expected="Name: value, without Key and Value",
        is_name=True,
    )


def _value_faults(text: str, member: Member, path: PropertyPath) -> Iterator[WordFault]:
    start = _STARTS.get(next((step for step in reversed(path) if isinstance(step, str)), ""))
    if start is not None and text.startswith(start) and "," in text:
        yield WordFault(
            path=path,
            problem=f"{path} is {text!r}, several IDs in one text",
            actual=text,
            expected="one element of the list for each ID",
        )
    elif start is not None and _RESOURCE_ID.match(text) and not text.startswith(start):
        yield WordFault(
            path=path,
            problem=f"{path} is {text!r}, the ID of another kind of resource",
            actual=text,
            expected=f"{start} and hexadecimal digits",
        )
    if member.identifies and not text:
        # Templates often have empty defaults of parameters that everyone sets.
        yield WordFault(
            path=path,
            problem=f"{path} is an empty text",
            actual="an empty text",
            expected="an ID or a name",
            is_certain=False,
        )
    if member.words == "Version":
        yield from _version_faults(text, path)
    elif member.words:
        yield from _enumeration_faults(text, member.words, path)


def _enumeration_faults(word: str, words: str, path: PropertyPath) -> Iterator[WordFault]:
    known = WORDS[words]
    same = next((right for right in known if right.upper() == word.upper()), None)
    if word == same or (same and words not in CASE_SENSITIVE):
        return
    right = nearest(word, known)
    yield WordFault(
        path=path,
        problem=f"{path[-1] if isinstance(path[-1], str) else path[-2]} is {word!r}"
        + (f"; did you mean {right}?" if right else ", a value that AWS does not document"),
        actual=word or "an empty text",
        expected=right or " or ".join(known),
        is_certain=same is None and (words in CLOSED or meant(word, known) is not None),
    )


def _version_faults(version: str, path: PropertyPath) -> Iterator[WordFault]:
    if not version or _VERSION.fullmatch(version):
        return
    right = nearest(version, _VERSIONS)
    yield WordFault(
        path=path,
        problem=f"the launch template version is {version!r}"
        + (f"; did you mean {right}?" if right else ""),
        actual=version,
        expected=right or "a number, $Latest or $Default",
        # Another case than that of the documentation may be accepted.
        is_certain=not version.startswith("$"),
    )
