"""A template as CloudFormation reads it: its parts, its parameters, its rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from cdk_batch_mnp.local.errors import ServiceError

Json = dict[str, Any]

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
    }
)
_SSM = re.compile(r"AWS::SSM::Parameter::Value<(?P<inner>.+)>")


def invalid(message: str) -> ServiceError:
    """Give the error of a request that CloudFormation refuses."""
    return ServiceError("ValidationError", message)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, such as ``!Ref``."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Json:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - for the type checker
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)
# A date, such as a policy's version, stays the text that it is in the template.
_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> Json:
    """Read a template in JSON or YAML.

    Raises:
        ServiceError: It is neither, has no resources, or uses what is not provided here.
    """
    try:
        template = json.loads(text)
    except ValueError:
        try:
            template = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
        except yaml.YAMLError as error:
            raise invalid(f"Template format error: {error}") from None
    if not isinstance(template, dict):
        raise invalid("Template format error: unsupported structure.")
    if not isinstance(template.get("Resources"), dict) or not template["Resources"]:
        raise invalid("Template format error: At least one Resources member must be defined.")
    if unknown := sorted(set(template) - _SECTIONS):
        raise invalid(
            f"Invalid template property or properties {unknown}: the embedded AWS does not provide "
            "them"
        )
    for name, resource in template["Resources"].items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise invalid(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a "
                "Type member."
            )
    return template


def resolve_parameters(
    template: Json, given: Mapping[str, str], read_ssm: Callable[[str], str]
) -> Json:
    """Give the value of every parameter of a template.

    Args:
        template: As parsed.
        given: Values of the request.
        read_ssm: Gives the value of a parameter of the SSM parameter store.

    Raises:
        ServiceError: A parameter is missing, unknown, or has a value that is not allowed.
    """
    slots: Mapping[str, Json] = template.get("Parameters", {})
    if unknown := sorted(set(given) - set(slots)):
        raise invalid(f"Parameters: {unknown} do not exist in the template")
    if missing := sorted(
        name for name, slot in slots.items() if name not in given and "Default" not in slot
    ):
        raise invalid(f"Parameters: {missing} must have values")
    return {
        name: _parameter(name, slot, given.get(name, slot.get("Default")), read_ssm)
        for name, slot in slots.items()
    }


def _parameter(name: str, slot: Json, value: Any, read_ssm: Callable[[str], str]) -> Any:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    kind = slot.get("Type", "String")
    if allowed := slot.get("AllowedValues"):
        words = [str(each).lower() if isinstance(each, bool) else str(each) for each in allowed]
        if text not in words:
            raise invalid(f"Parameter '{name}' must be one of AllowedValues: {words}")
    if (pattern := slot.get("AllowedPattern")) and not re.fullmatch(pattern, text):
        raise invalid(f"Parameter '{name}' must match pattern {pattern}")
    if match := _SSM.fullmatch(kind):
        kind, text = match["inner"], read_ssm(text)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [each.strip() for each in text.split(",")] if text else []
    return text
