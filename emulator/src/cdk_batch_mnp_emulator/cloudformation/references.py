"""Check the references in a template, without evaluating it.

Source: CloudFormation user guide, "Intrinsic function reference". The messages are the service's
own where they are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.structure import Json, invalid

PSEUDO_PARAMETERS = frozenset(
    {
        "AWS::AccountId",
        "AWS::NoValue",
        "AWS::NotificationARNs",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)

_SUB = re.compile(r"\$\{(?P<literal>!?)(?P<name>[^}]*)\}")
_SUB_NAME = re.compile(r"[A-Za-z0-9_.:]+")
_NOT_IN_CONDITIONS = frozenset({"Fn::GetAtt", "Fn::ImportValue"})
_FOR_RULES = frozenset(
    {"Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::RefAll", "Fn::ValueOf"}
)
_LISTS: Mapping[str, tuple[int, int, str]] = {
    "Fn::And": (2, 10, "a list of 2 to 10 boolean parameters"),
    "Fn::Cidr": (2, 3, "an IP block, a count and the number of bits"),
    "Fn::Equals": (2, 2, "a list of 2 string parameters"),
    "Fn::FindInMap": (
        3,
        4,
        "three parameters, the map name, map key and the attribute for return value",
    ),
    "Fn::If": (3, 3, "a list argument with three elements"),
    "Fn::Join": (
        2,
        2,
        "two parameters, (1) a string delimiter and (2) a list of strings to be joined or a "
        "function that returns a list of strings (such as Fn::GetAZs) to be joined",
    ),
    "Fn::Not": (1, 1, "a list of one boolean parameter"),
    "Fn::Or": (2, 10, "a list of 2 to 10 boolean parameters"),
    "Fn::Select": (2, 2, "two parameters, an index and a list of strings"),
    "Fn::Split": (2, 2, "two parameters, (1) a string delimiter and (2) a string to be split"),
}
"""Functions with a list argument: the number of elements, and their description in the error."""

_FUNCTIONS = frozenset(
    {
        *_LISTS,
        "Fn::Base64",
        "Fn::GetAZs",
        "Fn::GetAtt",
        "Fn::ImportValue",
        "Fn::Sub",
        "Fn::ToJsonString",
    }
)


def check_references(template: Json) -> None:
    """Reject a template with undefined references.

    Raises:
        ServiceError: A reference, condition, mapping or function does not exist or is malformed, or
            conditions depend on each other in a circle.
    """
    names = _Names(template)
    for name, condition in template.get("Conditions", {}).items():
        if not (set(condition) & {"Condition"} or any(key.startswith("Fn::") for key in condition)):
            raise invalid(
                "Template format error: Conditions can only be boolean operations on parameters "
                f"and other conditions, which {name} is not"
            )
        names.check(condition, "Conditions")
    for rule in template.get("Rules", {}).values():
        names.check(rule, "Rules")
    for resource in template["Resources"].values():
        names.check_condition(resource, "Resources")
        for attribute in ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy"):
            names.check(resource.get(attribute, {}), "Resources")
        depends_on = resource.get("DependsOn", [])
        named = [depends_on] if isinstance(depends_on, str) else depends_on
        names.refuse_unresolved(set(named) - set(template["Resources"]), "Resources")
    for output in template.get("Outputs", {}).values():
        names.check_condition(output, "Outputs")
        names.check(output["Value"], "Outputs")
        names.check(output.get("Export", {}), "Outputs")
    _refuse_circles(template.get("Conditions", {}))
    _refuse_unconditional_circles(template["Resources"])


@dataclass(frozen=True, slots=True)
class _Names:
    template: Json

    def check_condition(self, member: Json, block: str) -> None:
        if (name := member.get("Condition")) is not None:
            self._condition(name, block)

    def check(self, value: Any, block: str) -> None:
        if isinstance(value, list):
            for item in value:
                self.check(item, block)
        elif isinstance(value, Mapping):
            for key, member in value.items():
                self._member(key, member, block, is_alone=len(value) == 1)

    def refuse_unresolved(self, names: set[str], block: str) -> None:
        if not names:
            return
        listed = ", ".join(sorted(names))
        if block == "Conditions":
            raise invalid(
                f"Template format error: Unresolved dependencies [{listed}]. Cannot reference "
                "resources in the Conditions block of the template"
            )
        raise invalid(
            f"Template format error: Unresolved resource dependencies [{listed}] in the {block} "
            "block of the template"
        )

    def _member(self, key: str, value: Any, block: str, *, is_alone: bool) -> None:
        if key.startswith("Fn::"):
            self._function(key, value, block)
            return
        if is_alone and key == "Ref":
            if not isinstance(value, str):
                raise invalid("Template error: every Ref object must have a single String value.")
            self._ref(value, block)
        elif is_alone and key == "Condition" and block in {"Conditions", "Rules"}:
            if not isinstance(value, str):
                raise invalid("Template format error: Every Condition member must be a string.")
            self._condition(value, block)
        else:
            self.check(value, block)

    def _function(self, name: str, argument: Any, block: str) -> None:
        if name not in (_FUNCTIONS | _FOR_RULES if block == "Rules" else _FUNCTIONS):
            raise invalid(
                f"Template error: Encountered unsupported function: {name} Supported functions "
                f"are: [{', '.join(sorted(_FUNCTIONS))}]"
            )
        if block == "Conditions" and name in _NOT_IN_CONDITIONS:
            raise invalid(f"Template error: Cannot use {name} in Conditions.")
        if name in _LISTS:
            least, most, description = _LISTS[name]
            if not isinstance(argument, list) or not least <= len(argument) <= most:
                raise invalid(f"Template error: every {name} object requires {description}.")
        special: dict[str, Callable[[Any, str], None]] = {
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Sub": self._sub,
        }
        if name in special:
            special[name](argument, block)
        else:
            self.check(argument, block)

    def _ref(self, name: str, block: str) -> None:
        known = {*self.template.get("Parameters", {}), *PSEUDO_PARAMETERS}
        if block not in {"Conditions", "Rules"}:
            known |= set(self.template["Resources"])
        self.refuse_unresolved({name} - known, block)

    def _get_att(self, argument: Any, block: str) -> None:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if (
            not isinstance(parts, list)
            or len(parts) != 2
            or not all(parts)
            or not isinstance(parts[0], str)
        ):
            raise invalid(
                "Template error: every Fn::GetAtt object requires two non-empty parameters, the "
                "resource name and the resource attribute"
            )
        if parts[0] not in self.template["Resources"]:
            raise invalid(
                f"Template error: instance of Fn::GetAtt references undefined resource {parts[0]}"
            )
        self.check(parts[1], block)

    def _if(self, argument: list[Any], block: str) -> None:
        condition, *branches = argument
        if not isinstance(condition, str):
            raise invalid("Template error: every Fn::If object requires the name of a condition.")
        if condition not in self.template.get("Conditions", {}):
            raise invalid(f"Template error: unresolved condition dependency {condition} in Fn::If")
        self.check(branches, block)

    def _find_in_map(self, argument: list[Any], block: str) -> None:
        name = argument[0]
        if isinstance(name, str) and name not in self.template.get("Mappings", {}):
            raise invalid(
                f"Template error: Mapping named '{name}' is not present in the 'Mappings' section "
                "of template."
            )
        self.check(argument, block)

    def _sub(self, argument: Any, block: str) -> None:
        text, own = (argument, {}) if isinstance(argument, str) else _pair(argument)
        for match in _SUB.finditer(text):
            name = match["name"]
            if match["literal"] or name in own:
                continue
            if not _SUB_NAME.fullmatch(name):
                raise invalid(
                    "Template error: variable names in Fn::Sub syntax must contain only "
                    "alphanumeric characters, underscores, periods, and colons"
                )
            if "." not in name:
                self._ref(name, block)
            elif name.partition(".")[0] not in self.template["Resources"]:
                self.refuse_unresolved({name.partition(".")[0]}, block)
        for member in own.values():
            self.check(member, block)

    def _condition(self, name: str, block: str) -> None:
        if name not in self.template.get("Conditions", {}):
            raise invalid(
                f"Template format error: Unresolved condition dependency {name} in the {block} "
                "block of the template"
            )


def _pair(argument: Any) -> tuple[str, Mapping[str, Any]]:
    if (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], Mapping)
    ):
        return argument[0], argument[1]
    raise invalid(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
        "Specify a string as first argument, and an optional second argument to specify a mapping "
        "of values to replace in the string"
    )


def _refuse_circles(conditions: Mapping[str, Any]) -> None:
    try:
        TopologicalSorter(
            {name: set(_conditions_in(each)) for name, each in conditions.items()}
        ).prepare()
    except CycleError as error:
        names = ", ".join(sorted(set(error.args[1])))
        raise invalid(
            f"Template format error: Circular dependency between conditions: [{names}]"
        ) from None


def _refuse_unconditional_circles(resources: Mapping[str, Any]) -> None:
    # Conditions are evaluated later, when their values are known.
    always = {name: each for name, each in resources.items() if "Condition" not in each}
    needed = {
        name: {
            *_resources_in(resource.get("Properties", {})),
            *(
                [resource["DependsOn"]]
                if isinstance(resource.get("DependsOn"), str)
                else resource.get("DependsOn", [])
            ),
        }
        & set(always)
        for name, resource in always.items()
    }
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        names = ", ".join(sorted(set(error.args[1])))
        raise invalid(f"Circular dependency between resources: [{names}]") from None


def _resources_in(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _resources_in(item)
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if key == "Ref" and isinstance(member, str):
                yield member
            elif key == "Fn::GetAtt":
                yield member.partition(".")[0] if isinstance(member, str) else member[0]
            elif key == "Fn::Sub":
                text, own = (member, {}) if isinstance(member, str) else member
                names = (found["name"] for found in _SUB.finditer(text) if not found["literal"])
                yield from (name.partition(".")[0] for name in names if name not in own)
                yield from _resources_in(own)
            elif key != "Fn::If":
                yield from _resources_in(member)


def _conditions_in(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _conditions_in(item)
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if key == "Condition" and isinstance(member, str):
                yield member
            elif key == "Fn::If":
                yield member[0]
                yield from _conditions_in(member[1:])
            else:
                yield from _conditions_in(member)
