"""Check the structure of a template, before any value is read.

Source: CloudFormation user guide, "Template sections", "Resource attribute reference" and "Quotas".
The messages are the service's own where they are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdk_batch_mnp_emulator.errors import ServiceError

Json = dict[str, Any]

DEEPEST = 150
"""Maximum nesting of a template. CloudFormation has a limit too, but does not document it."""

_LONGEST_DESCRIPTION = 1024
"""Maximum size of a template description in bytes."""

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
_NOT_PROVIDED = frozenset({"Hooks", "Transform"})
_NAMED = {
    "Conditions": ("Condition", None),
    "Mappings": ("Mapping", 200),
    "Outputs": ("Output", 200),
    "Parameters": ("Parameter", 200),
    "Resources": ("Resource", 500),
    "Rules": ("Rule", None),
}
"""Sections with named members: the name for a member, and the quota."""

_MEMBERS = {
    "Resources": frozenset(
        {
            "Condition",
            "CreationPolicy",
            "DeletionPolicy",
            "DependsOn",
            "Metadata",
            "Properties",
            "Type",
            "UpdatePolicy",
            "UpdateReplacePolicy",
        }
    ),
    "Outputs": frozenset({"Condition", "Description", "Export", "Value"}),
    "Parameters": frozenset(
        {
            "AllowedPattern",
            "AllowedValues",
            "ConstraintDescription",
            "Default",
            "Description",
            "MaxLength",
            "MaxValue",
            "MinLength",
            "MinValue",
            "NoEcho",
            "Type",
        }
    ),
}
_POLICIES = {
    "DeletionPolicy": frozenset({"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}),
    "UpdateReplacePolicy": frozenset({"Delete", "Retain", "Snapshot"}),
}
_CUSTOM = ("AWS::CloudFormation::CustomResource", "Custom::")
_NAME = re.compile(r"[A-Za-z0-9]{1,255}")
_TYPE = re.compile(r"(?:\w+::\w+::\w+(?:::MODULE)?|Custom::[\w@-]+)", re.ASCII)
_PARAMETER_TYPE = re.compile(
    r"String|Number|CommaDelimitedList|List<(?:Number|String)>|AWS::SSM::Parameter::(?:Name|Value<.+>)"
    r"|(?:List<)?AWS::[A-Za-z0-9]+::[A-Za-z0-9:]+>?"
)


def invalid(message: str) -> ServiceError:
    """Return the error response for a request that CloudFormation rejects."""
    return ServiceError("ValidationError", message)


def check_structure(template: Any) -> None:
    """Reject a template whose sections and members CloudFormation does not accept.

    Raises:
        ServiceError: A section, a name, an attribute or a type is missing or unknown.
    """
    if not isinstance(template, dict):
        raise invalid("Template format error: unsupported structure.")
    _check_values(template)
    if missing := sorted(_NOT_PROVIDED & set(template)):
        raise invalid(
            f"Invalid template property or properties {missing}: the embedded AWS does not support "
            "them"
        )
    if unknown := sorted(set(template) - _SECTIONS):
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    if str(template.get("AWSTemplateFormatVersion", "2010-09-09")) != "2010-09-09":
        raise invalid("Template format error: unsupported value for AWSTemplateFormatVersion.")
    if not isinstance(template.get("Description", ""), str):
        raise invalid("Template format error: Description must be a string.")
    if len(template.get("Description", "").encode()) > _LONGEST_DESCRIPTION:
        raise invalid(
            f"Template format error: 'Description' length is greater than {_LONGEST_DESCRIPTION}."
        )
    if not template.get("Resources"):
        raise invalid("Template format error: At least one Resources member must be defined.")
    for section, (kind, most) in _NAMED.items():
        _check_section(section, kind, most, template.get(section, {}))
    if twice := sorted(set(template["Resources"]) & set(template.get("Parameters", {}))):
        raise invalid(
            f"Template format error: Parameter name {twice[0]} is also the name of a resource; "
            "logical names are unique within a template."
        )
    for name, resource in template["Resources"].items():
        _check_resource(name, resource)
    for name, mapping in template.get("Mappings", {}).items():
        _check_mapping(name, mapping)
    for name, parameter in template.get("Parameters", {}).items():
        _check_parameter(name, parameter)
    for name, output in template.get("Outputs", {}).items():
        _check_output(name, output)


def _check_values(template: Json) -> None:
    # Iterative: deep templates would exceed the recursion limit.
    level: list[tuple[str, Any]] = [("", template)]
    for _ in range(DEEPEST):
        if not level:
            return
        level = list(_below(level))
    raise invalid(f"Template format error: nested deeper than {DEEPEST} levels.")


def _below(level: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for path, value in level:
        if value is None:
            raise invalid(
                f"Template format error: [{path}] 'null' values are not allowed in templates"
            )
        if isinstance(value, str):
            _check_text(path, value)
        elif isinstance(value, Mapping):
            if other := [each for each in value if not isinstance(each, str)]:
                raise invalid(
                    f"Template format error: [{path}] the key {other[0]!r} is not a string"
                )
            for key in value:
                _check_text(path, key)
            yield from ((f"{path}/{key}", each) for key, each in value.items())
        elif isinstance(value, list):
            yield from ((f"{path}/{index}", each) for index, each in enumerate(value))


def _check_text(path: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can encode and UTF-8 cannot
        raise invalid(f"Template format error: [{path}] is not text in UTF-8") from None


def _check_section(section: str, kind: str, most: int | None, members: Any) -> None:
    if not isinstance(members, Mapping):
        raise invalid(f"Template format error: [/{section}] must be an object.")
    if most is not None and len(members) > most:
        raise invalid(
            f"Template format error: Number of {section.lower()}, {len(members)}, is greater than "
            f"maximum allowed, {most}"
        )
    for name, member in members.items():
        if not _NAME.fullmatch(name):
            raise invalid(f"Template format error: {kind} name {name} is non alphanumeric.")
        if not isinstance(member, Mapping):
            raise invalid(
                f"Template format error: [/{section}/{name}] Every {section} member must be an "
                "object."
            )
        known = _MEMBERS.get(section, frozenset(member))
        if str(member.get("Type", "")).startswith(_CUSTOM):
            known |= {"Version"}
        if unknown := sorted(set(member) - known):
            raise invalid(f"Invalid template {kind.lower()} property '{unknown[0]}'")


def _check_resource(name: str, resource: Json) -> None:
    type = resource.get("Type")
    if not isinstance(type, str):
        raise invalid(
            f"Template format error: [/Resources/{name}] Every Resources object must contain a "
            "Type member."
        )
    if not _TYPE.fullmatch(type):
        raise invalid(f"Template format error: Unrecognized resource types: [{type}]")
    for attribute in ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy"):
        if not isinstance(resource.get(attribute, {}), Mapping):
            raise invalid(
                f"Template format error: [/Resources/{name}/{attribute}] must be an object."
            )
    if not isinstance(resource.get("Condition", ""), str):
        raise invalid("Template format error: Every Condition member must be a string.")
    depends_on = resource.get("DependsOn", [])
    named = [depends_on] if isinstance(depends_on, str) else depends_on
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise invalid("Template format error: DependsOn must be a string or list of strings.")
    for attribute, words in _POLICIES.items():
        policy = resource.get(attribute, "Delete")
        # Intrinsic functions are rejected too: only the language extensions transform allows one.
        if not isinstance(policy, str) or policy not in words:
            raise invalid(
                f"Template format error: Unrecognized {attribute} {policy} for resource {name}"
            )


def _check_mapping(name: str, mapping: Json) -> None:
    for key, attributes in mapping.items():
        if not isinstance(attributes, Mapping):
            raise invalid(
                f"Template format error: [/Mappings/{name}/{key}] Every Mappings member must be a "
                "map."
            )
        for attribute, value in attributes.items():
            elements = value if isinstance(value, list) else [value]
            if any(isinstance(each, Mapping | list) for each in elements):
                raise invalid(
                    f"Template format error: [/Mappings/{name}/{key}/{attribute}] Every Mappings "
                    "attribute must be a String or a List."
                )


def _check_parameter(name: str, parameter: Json) -> None:
    type = parameter.get("Type")
    if not isinstance(type, str):
        raise invalid(
            f"Template format error: [/Parameters/{name}] Every Parameters object must contain a "
            "Type member."
        )
    if not _PARAMETER_TYPE.fullmatch(type):
        raise invalid(f"Template format error: Unrecognized parameter type: {type}")
    if not isinstance(parameter.get("Default", ""), str | int | float):
        raise invalid(
            f"Template format error: [/Parameters/{name}] Every Default member must be a string."
        )
    if not isinstance(parameter.get("AllowedValues", []), list):
        raise invalid(
            f"Template format error: [/Parameters/{name}] AllowedValues must be a list of strings."
        )


def _check_output(name: str, output: Json) -> None:
    if "Value" not in output:
        raise invalid(
            f"Template format error: [/Outputs/{name}] Every Outputs member must contain a Value "
            "object"
        )
    if isinstance(output["Value"], list):
        raise invalid(
            f"Template format error: Output {name} is malformed. The Value field of every Outputs "
            "member must evaluate to a String."
        )
    if not isinstance(output.get("Condition", ""), str):
        raise invalid("Template format error: Every Condition member must be a string.")
    export = output.get("Export", {"Name": ""})
    if not isinstance(export, Mapping) or set(export) != {"Name"}:
        raise invalid(f"Template format error: Output {name} is malformed: Export takes a Name")
