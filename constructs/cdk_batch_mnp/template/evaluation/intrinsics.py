"""Resolve CloudFormation's intrinsic functions, as far as possible without deploying.

Source: CloudFormation Template Reference, intrinsic functions and pseudo parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import Value, as_integer, as_text
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.values import (
    Encoded,
    NoValue,
    OneOfNumbers,
    PartialText,
    Pseudo,
    Reference,
    UnresolvedSplit,
    Zone,
    Zones,
    common_value,
    joined,
    split_at,
)
from cdk_batch_mnp.template.source.budget import Budget
from cdk_batch_mnp.template.source.limits import CHARACTERS_PER_STEP, LONG_TEXT, MAX_NUMBER, VALUE

_VARIABLE = pattern(r"\$\{(!?)([^{}]*)\}")


class Names(Protocol):
    """The values of names in a template."""

    budget: Budget

    def ref(self, name: str) -> Value:
        """Return the value of a parameter, a pseudo parameter or a resource."""

    def attribute(self, logical_id: str, attribute: str) -> Value:
        """Return the value of a resource's attribute."""

    def condition(self, name: str) -> Maybe[bool]:
        """Return whether a condition holds."""

    def mapping(self, name: str) -> Value:
        """Return a mapping."""

    def imported(self, name: Value) -> Value:
        """Return the value of another stack's export."""


def resolve(names: Names, value: Any) -> Value:
    """Resolve the intrinsic functions in a value; what cannot be resolved is ``UNKNOWN``."""
    budget = names.budget
    budget.spend(VALUE)
    if isinstance(value, str):
        if len(value) > LONG_TEXT:
            budget.spend(len(value) // CHARACTERS_PER_STEP)
        # CloudFormation resolves a dynamic reference at deployment.
        return UNKNOWN if "{{resolve:" in value else value
    if isinstance(value, (dict, Mapping)):  # A test for an abstract class takes ten times as long.
        budget.enter()
        try:
            return _structure(names, value)
        finally:
            budget.depth -= 1
    if isinstance(value, list):
        budget.enter()
        try:
            return _elements(names, value)
        finally:
            budget.depth -= 1
    if isinstance(value, (int, float)) and not -MAX_NUMBER < value < MAX_NUMBER:
        return UNKNOWN
    return value


def _structure(names: Names, value: Mapping[str, Any]) -> Value:
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref":
            return names.ref(argument) if isinstance(argument, str) else UNKNOWN
        if name.startswith("Fn::"):
            function = _FUNCTIONS.get(name)
            if function is not None:
                return function(names, argument)
            # A macro may also leave out the property.
            return UNKNOWN if name in _OTHERS else PERHAPS
    found: dict[str, Value] = {}
    for key, member in value.items():
        if key.startswith("Fn::"):
            return UNKNOWN  # A macro may add and change members.
        resolved = resolve(names, member)
        if resolved is not NoValue.NO_VALUE:
            found[key] = resolved
    return found


def _elements(names: Names, value: Sequence[Any]) -> Value:
    found = (resolve(names, each) for each in value)
    return [each for each in found if each is not NoValue.NO_VALUE]


def _arguments(names: Names, argument: Any, fewest: int, most: int) -> list[Any] | None:
    if isinstance(argument, list) and fewest <= len(argument) <= most:
        return argument
    return None


def _get_att(names: Names, argument: Any) -> Value:
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    match _arguments(names, argument, 2, 2):
        case [str(logical_id), attribute]:
            name = resolve(names, attribute)
            return names.attribute(logical_id, name) if isinstance(name, str) else UNKNOWN
    return UNKNOWN


def _sub(names: Names, argument: Any) -> Value:
    variables: Mapping[str, Any] = {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], Mapping):
        argument, variables = argument
    if not isinstance(argument, str):
        return UNKNOWN
    names.budget.spend(len(argument) // CHARACTERS_PER_STEP)
    if "{{resolve:" in argument:
        return UNKNOWN
    parts: list[Value] = []
    known: dict[str, Value] = {}
    end = 0
    for match in _VARIABLE.finditer(argument):
        parts.append(argument[end : match.start()])
        end = match.end()
        literal, name = match.groups()
        if literal:
            parts.append(f"${{{name}}}")
        elif name in variables:
            if name not in known:
                known[name] = resolve(names, variables[name])
            parts.append(known[name])
        else:
            logical_id, dot, attribute = name.strip().partition(".")
            parts.append(names.attribute(logical_id, attribute) if dot else names.ref(logical_id))
        names.budget.spend(VALUE)
    parts.append(argument[end:])
    return _joined(names, parts)


def _join(names: Names, argument: Any) -> Value:
    arguments = _arguments(names, argument, 2, 2)
    if arguments is None or not isinstance(delimiter := arguments[0], str):
        return UNKNOWN
    elements = resolve(names, arguments[1])
    if not isinstance(elements, list) or PERHAPS in elements:
        return UNKNOWN
    names.budget.spend(VALUE * len(elements))
    parts: list[Value] = []
    for element in elements:
        parts += (delimiter, element) if parts else (element,)
    return _joined(names, parts)


def _joined(names: Names, parts: Sequence[Value]) -> Value:
    """Join texts, and charge the work of copying them to the budget."""
    names.budget.spend(
        sum(
            len(part.parts) if isinstance(part, PartialText) else len(part) // CHARACTERS_PER_STEP
            for part in parts
            if isinstance(part, (PartialText, str))
        )
    )
    return joined(parts)


def _select(names: Names, argument: Any) -> Value:
    arguments = _arguments(names, argument, 2, 2)
    if arguments is None:
        return UNKNOWN
    index = as_integer(resolve(names, arguments[0]))
    elements = resolve(names, arguments[1])
    if index is UNKNOWN or index < 0:
        return UNKNOWN
    if isinstance(elements, Zones):
        return Zone(elements.region, index)
    if isinstance(elements, UnresolvedSplit):
        return _element_of_name(elements, index)
    if isinstance(elements, list) and index < len(elements):
        return UNKNOWN if PERHAPS in elements[: index + 1] else elements[index]
    return UNKNOWN


def _element_of_name(pieces: UnresolvedSplit, index: int) -> Value:
    """Return the resource for the name at the end of its ARN."""
    if not isinstance(pieces.of, Reference):
        return UNKNOWN
    is_name = (pieces.delimiter, index) in (("/", 1), (":", 5), (":", 6))
    # The ARN of a job definition has the revision after its name.
    is_before_revision = (pieces.delimiter, index) == (":", 0)
    is_definition = pieces.of.resource.type == "AWS::Batch::JobDefinition"
    return pieces.of if is_name or (is_before_revision and is_definition) else UNKNOWN


def _split(names: Names, argument: Any) -> Value:
    arguments = _arguments(names, argument, 2, 2)
    if arguments is None or not isinstance(delimiter := arguments[0], str) or not delimiter:
        return UNKNOWN
    text = resolve(names, arguments[1])
    if isinstance(text, str):
        pieces = text.split(delimiter)
        names.budget.spend(VALUE * len(pieces) + len(text) // CHARACTERS_PER_STEP)
        return list(pieces)
    if isinstance(elements := split_at(text, delimiter), list):
        names.budget.spend(VALUE * len(elements))
        return elements
    return UnresolvedSplit(delimiter, text) if isinstance(text, Reference) else UNKNOWN


def _find_in_map(names: Names, argument: Any) -> Value:
    arguments = _arguments(names, argument, 3, 4)
    if arguments is None:
        return UNKNOWN
    name = resolve(names, arguments[0])
    mapping = names.mapping(name) if isinstance(name, str) else UNKNOWN
    candidates = [
        inner
        for outer in _entries(mapping, resolve(names, arguments[1]))
        for inner in _entries(outer, resolve(names, arguments[2]))
    ]
    names.budget.spend(
        VALUE
        * sum(len(candidate) if isinstance(candidate, list) else 1 for candidate in candidates)
    )
    # With an unknown key, the value is known only if all entries are equal.
    if len(candidates) == 1 or (candidates and all(_same(candidates[0], e) for e in candidates)):
        return resolve(names, candidates[0])
    numbers = [as_integer(each) for each in candidates]
    known = [each for each in numbers if each is not UNKNOWN]
    if known and len(known) == len(numbers) and len(arguments) == 3:
        return OneOfNumbers((min(known), max(known)))
    # A default of the language extensions may leave out the property.
    return UNKNOWN if len(arguments) == 3 else PERHAPS


def _same(one: Any, other: Any) -> bool:
    """Return whether two entries of a mapping are equal scalars, or lists of them."""
    return (
        one == other
        and not isinstance(one, Mapping)
        and not (isinstance(one, list) and any(isinstance(e, (list, Mapping)) for e in one))
    )


def _entries(mapping: Value, key: Value) -> list[Any]:
    if not isinstance(mapping, Mapping):
        return [UNKNOWN]
    text = as_text(key)
    if isinstance(text, str):
        return [mapping.get(text, UNKNOWN)]
    return list(mapping.values())


def _if(names: Names, argument: Any) -> Value:
    arguments = _arguments(names, argument, 3, 3)
    if arguments is None or not isinstance(arguments[0], str):
        return UNKNOWN
    holds = names.condition(arguments[0])
    if holds is not UNKNOWN:
        return resolve(names, arguments[1 if holds else 2])
    return common_value(
        resolve(names, arguments[1]), resolve(names, arguments[2]), names.budget.spend
    )


def _base64(names: Names, argument: Any) -> Value:
    return Encoded(resolve(names, argument))


def _get_azs(names: Names, argument: Any) -> Value:
    region = resolve(names, argument)
    # It may be the stack's own Region without being known.
    if region in ("", names.ref("AWS::Region")):
        return Zones("the Region")
    return Zones(region) if isinstance(region, str) else UNKNOWN


def _import_value(names: Names, argument: Any) -> Value:
    return names.imported(resolve(names, argument))


def _length(names: Names, argument: Any) -> Value:
    elements = resolve(names, argument)
    if not isinstance(elements, list) or PERHAPS in elements:
        return UNKNOWN
    return len(elements)


_FUNCTIONS: dict[str, Callable[[Names, Any], Value]] = {
    "Fn::Base64": _base64,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}


_OTHERS = ("Fn::Cidr", "Fn::ToJsonString")
"""Functions that are not resolved, and always have a value."""


def holds(names: Names, condition: Any) -> Maybe[bool]:
    """Return whether a condition function is true, if its operands are known."""
    budget = names.budget
    budget.spend(VALUE)
    budget.enter()
    try:
        return _holds(names, condition)
    finally:
        budget.depth -= 1


def _holds(names: Names, condition: Any) -> Maybe[bool]:
    match condition:
        case {"Condition": str(name)}:
            return names.condition(name)
        case {"Fn::Not": [operand]}:
            value = holds(names, operand)
            return UNKNOWN if value is UNKNOWN else not value
        case {"Fn::And": [*operands]}:
            return _all_of(names, operands, decides=False)
        case {"Fn::Or": [*operands]}:
            return _all_of(names, operands, decides=True)
        case {"Fn::Equals": [one, other]}:
            return _equal(resolve(names, one), resolve(names, other))
    return UNKNOWN


def _all_of(names: Names, operands: Sequence[Any], *, decides: bool) -> Maybe[bool]:
    values = [holds(names, operand) for operand in operands]
    if decides in values:
        return decides
    return UNKNOWN if UNKNOWN in values else not decides


def _equal(one: Value, other: Value) -> Maybe[bool]:
    if isinstance(one, (Pseudo, Reference, PartialText)) and one == other:
        return UNKNOWN if isinstance(one, PartialText) and UNKNOWN in one.parts else True
    first, second = as_text(one), as_text(other)
    if isinstance(first, str) and isinstance(second, str):
        return first == second
    return UNKNOWN
