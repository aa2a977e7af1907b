"""Resolve intrinsic functions."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_batch_mnp_emulator.account import ACCOUNT, PARTITION
from cdk_batch_mnp_emulator.cloudformation.structure import Json, invalid

_VARIABLE = re.compile(r"\$\{(?P<literal>!?)(?P<name>[^}]+)\}")


class _NoValue:
    """The value of ``AWS::NoValue``: the property or element is removed."""


_NO_VALUE = _NoValue()


@dataclass(slots=True)
class Scope:
    """Everything that values in a template can refer to.

    Attributes:
        template: The parsed template.
        parameters: Values of the parameters.
        stack_id: ARN of the stack.
        stack_name: Name of the stack.
        region: Region of the stack.
        zones: Returns the availability zones of a Region.
        reference: Returns the value of ``Ref`` to a resource.
        attribute: Returns an attribute of a resource.
        import_value: Returns the value of another stack's export.
    """

    template: Json
    parameters: Mapping[str, Any]
    stack_id: str
    stack_name: str
    region: str
    zones: Callable[[str], list[str]]
    reference: Callable[[str], Any]
    attribute: Callable[[str, str], Any]
    import_value: Callable[[str], Any]
    _conditions: dict[str, bool] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """Return the resolved value of a part of the template.

        Raises:
            ServiceError: It refers to something that does not exist, or uses a function that is not
                supported.
        """
        resolved = self._resolve(value)
        return None if resolved is _NO_VALUE else resolved

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true.

        Raises:
            ServiceError: The condition does not exist.
        """
        if condition not in self._conditions:
            conditions = self.template.get("Conditions", {})
            if condition not in conditions:
                raise invalid(f"Template format error: Unresolved condition {condition}")
            self._conditions[condition] = self.is_true(conditions[condition])
        return self._conditions[condition]

    def is_true(self, value: Any) -> bool:
        """Whether the expression of a condition or an assertion is true."""
        resolved = self._resolve(value)
        return resolved is True or str(resolved).lower() == "true"

    def depends_on(self, value: Any) -> Iterator[str]:
        """Return the names that a value refers to, in the branches that its conditions select."""
        function = _function(value)
        if function is None:
            members = value.values() if isinstance(value, Mapping) else value
            if isinstance(value, Mapping | list):
                for member in members:
                    yield from self.depends_on(member)
            return
        name, argument = function
        if name == "Ref":
            yield argument
        elif name == "Fn::GetAtt":
            yield _split_attribute(argument)[0]
        elif name == "Fn::If":
            yield from self.depends_on(argument[1 if self.holds(argument[0]) else 2])
        elif name == "Fn::Sub":
            text, own = (argument, {}) if isinstance(argument, str) else argument
            for match in _VARIABLE.finditer(text):
                if not match["literal"] and match["name"] not in own:
                    yield match["name"].split(".")[0]
            yield from self.depends_on(own)
        else:
            yield from self.depends_on(argument)

    def _resolve(self, value: Any) -> Any:
        function = _function(value)
        if function is not None:
            return self._call(*function)
        if isinstance(value, Mapping):
            members = {key: self._resolve(each) for key, each in value.items()}
            return {key: each for key, each in members.items() if each is not _NO_VALUE}
        if isinstance(value, list):
            elements = [self._resolve(each) for each in value]
            return [each for each in elements if each is not _NO_VALUE]
        return value

    def _call(self, function: str, argument: Any) -> Any:
        if function == "Ref":
            return self._ref(argument)
        if function == "Condition":
            return self.holds(argument)
        if function == "Fn::If":
            return self._resolve(argument[1 if self.holds(argument[0]) else 2])
        if function == "Fn::Sub":
            return self._sub(argument)
        if function == "Fn::GetAtt":
            resource, attribute = _split_attribute(argument)
            return self.attribute(resource, str(self._resolve(attribute)))
        if function == "Fn::GetAZs":
            return self.zones(self._resolve(argument) or self.region)
        values = self._resolve(argument)
        if function == "Fn::ImportValue":
            return self.import_value(values)
        if function == "Fn::FindInMap":
            return self._find_in_map(*values)
        try:
            return _FUNCTIONS[function](values)
        except KeyError:
            raise invalid(f"the embedded AWS does not support {function}") from None
        except (IndexError, TypeError, ValueError, AttributeError) as error:
            raise invalid(f"Template error: {function} of {values!r}: {error}") from None

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": _NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": PARTITION,
            "AWS::Region": self.region,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        return self.parameters[name] if name in self.parameters else self.reference(name)

    def _sub(self, argument: Any) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        own = {key: self._resolve(each) for key, each in given.items()}

        def value(match: re.Match[str]) -> str:
            name = match["name"]
            if match["literal"]:
                return "${" + name + "}"
            if name in own:
                return str(own[name])
            resource, dot, attribute = name.partition(".")
            return str(self.attribute(resource, attribute) if dot else self._ref(name))

        return _VARIABLE.sub(value, text)

    def _find_in_map(self, name: str, first: str, second: str, *_: Any) -> Any:
        try:
            return self.template.get("Mappings", {})[name][first][second]
        except KeyError:
            raise invalid(
                f"Template error: Unable to get mapping for {name}::{first}::{second}"
            ) from None


def _function(value: Any) -> tuple[str, Any] | None:
    if isinstance(value, Mapping) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref" or name.startswith("Fn::"):
            return name, argument
        if name == "Condition" and isinstance(argument, str):
            return name, argument
    return None


def _split_attribute(argument: Any) -> tuple[str, Any]:
    resource, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return resource, attribute


def _equals(values: list[Any]) -> bool:
    left, right = (str(each).lower() if isinstance(each, bool) else str(each) for each in values)
    return left == right


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _cidr(values: list[Any]) -> list[str]:
    block, count, *bits = values
    network = ipaddress.ip_network(block)
    host_bits = int(bits[0]) if bits else 8
    subnets = network.subnets(new_prefix=network.max_prefixlen - host_bits)
    return [str(subnet) for subnet, _ in zip(subnets, range(int(count)), strict=False)]


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "Fn::And": lambda values: all(_truth(each) for each in values),
    "Fn::Base64": lambda value: base64.b64encode(value.encode()).decode(),
    "Fn::Cidr": _cidr,
    "Fn::Contains": lambda values: values[1] in values[0],
    "Fn::EachMemberIn": lambda values: set(values[0]) <= set(values[1]),
    "Fn::Equals": _equals,
    "Fn::Join": lambda values: values[0].join(str(each) for each in values[1]),
    "Fn::Not": lambda values: not _truth(values[0]),
    "Fn::Or": lambda values: any(_truth(each) for each in values),
    "Fn::Select": lambda values: values[1][int(values[0])],
    "Fn::Split": lambda values: values[1].split(values[0]),
    "Fn::ToJsonString": json.dumps,
}
