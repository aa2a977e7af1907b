"""Members of a container that this library has no words for, checked and added to the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from cdk_batch_mnp.cdk.jsii.tokens import is_token

IN_CONTAINER = "ContainerPropertiesProperty"
IN_TASK = "TaskContainerPropertiesProperty"
"""The structures of ``CfnJobDefinition`` for a node's one container, and for one of several."""


def refuse_wrong(properties: Mapping[str, Any], *structures: str) -> None:
    """Hold properties against the structures of the CDK's ``CfnJobDefinition``.

    CloudFormation's own structures stand there, and the CDK drops in silence what they do not have.

    Args:
        properties: In the API's spelling.
        structures: Their names; one that has every member is enough.

    Raises:
        ValueError: A member that none has, a value of another type, or an element of a list that
            lacks what it needs.
    """
    from aws_cdk import aws_batch as batch

    wrong = [
        _wrong_members(properties, getattr(batch.CfnJobDefinition, name), "") for name in structures
    ]
    if all(wrong):
        raise ValueError(f"additional_properties: {wrong[0]}")


def merged(written: Mapping[str, Any], additional: Mapping[str, Any]) -> dict[str, Any]:
    """Add properties to those that are written already.

    Structures are merged member by member, lists are joined, and anything else takes the place of
    what is there. A log configuration for another driver replaces all of it.
    """
    result = dict(written)
    for name, value in additional.items():
        there = result.get(name)
        if isinstance(there, Mapping) and isinstance(value, Mapping):
            other_driver = value.get("logDriver", there.get("logDriver")) != there.get("logDriver")
            result[name] = dict(value) if other_driver else merged(there, value)
        elif isinstance(there, list) and isinstance(value, Sequence) and not is_token(value):
            result[name] = [*there, *value]
        else:
            result[name] = value
    return result


@cache
def _members(structure: type) -> dict[str, tuple[Any, bool]]:
    """The members of a structure in the API's spelling: their types, whether they are needed."""
    names: Mapping[str, str] = vars(structure)["__jsii_name_mapping__"]
    types = get_type_hints(structure.__init__)  # type: ignore[misc]
    return {
        name: (types[python_name], type(None) not in get_args(types[python_name]))
        for python_name, name in names.items()
    }


def _wrong_members(value: Mapping[str, Any], structure: type, path: str) -> str:
    """Say what is wrong with a structure; empty if nothing is."""
    members = _members(structure)
    for name, each in value.items():
        here = f"{path}.{name}" if path else str(name)
        if name not in members:
            near = get_close_matches(str(name), members, n=1, cutoff=0.5)
            meant = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(members)}"
            return f"there is no {here!r} in the API's {_title(structure)}; {meant}"
        wrong = _wrong(each, members[name][0], here)
        if wrong:
            return wrong
    missing = [name for name, (_, is_needed) in members.items() if is_needed and name not in value]
    # What is not an element of a list is merged with what is written, and need not be complete.
    if missing and "[" in path:
        return f"{path!r} needs {', '.join(map(repr, missing))}"
    return ""


def _title(structure: type) -> str:
    return structure.__name__.removesuffix("Property")


def _wrong(value: object, expected: Any, path: str) -> str:
    arms = [each for each in _arms(expected) if each is not type(None)]
    # Anything that can be resolved at deployment may stand for anything.
    if Any in arms or is_token(value) or hasattr(value, "resolve"):
        return ""
    structures = [each for each in arms if "__jsii_name_mapping__" in _attributes(each)]
    if isinstance(value, Mapping) and structures:
        return _wrong_members(value, structures[0], path)
    for arm in arms:
        origin, inside = get_origin(arm), get_args(arm)
        if origin is Sequence and isinstance(value, Sequence) and not isinstance(value, str):
            wrong = (
                _wrong(each, inside[0], f"{path}[{index}]") for index, each in enumerate(value)
            )
            return next((each for each in wrong if each), "")
        if origin is Mapping and isinstance(value, Mapping):
            wrong = (_wrong(each, inside[1], f"{path}.{name}") for name, each in value.items())
            return next((each for each in wrong if each), "")
        # To Python, true is a number as well.
        is_right = isinstance(value, bool) if arm is bool else not isinstance(value, bool)
        if arm in _WORDS and is_right and isinstance(value, arm):
            return ""
    return f"{path!r} is {value!r}, but {_described(arms)} is needed"


def _arms(expected: Any) -> tuple[Any, ...]:
    return get_args(expected) if get_origin(expected) is Union else (expected,)


def _attributes(value: object) -> Mapping[str, Any]:
    return vars(value) if isinstance(value, type) else {}


_WORDS = {str: "a string", bool: "true or false", int: "a number", float: "a number"}


def _described(arms: Sequence[Any]) -> str:
    words = []
    for arm in arms:
        if "__jsii_name_mapping__" in _attributes(arm):
            words.append("a structure")
        elif get_origin(arm) is Sequence:
            words.append("a list")
        elif get_origin(arm) is Mapping:
            words.append("a map")
        elif arm in _WORDS:
            words.append(_WORDS[arm])
    return " or ".join(dict.fromkeys(words)) or "another value"
