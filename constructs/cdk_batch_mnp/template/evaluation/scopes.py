"""The names of a template, as they are known at certain places in it."""

from __future__ import annotations

from typing import Protocol

from cdk_batch_mnp.model.api_struct import Value
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.intrinsics import Names


class StackNames(Names, Protocol):
    """The names of a stack."""

    def settled(self, name: str) -> Value:
        """Return the value of a ``Ref`` that does not name a resource."""


class BeforeResources:
    """The names that a condition can use.

    CloudFormation evaluates conditions before it creates resources: only parameters, pseudo
    parameters, mappings and other conditions have a value by then.

    Source: CloudFormation Template Reference, condition functions, supported functions.
    """

    def __init__(self, stack: StackNames) -> None:
        self._stack = stack
        self.budget = stack.budget

    def ref(self, name: str) -> Value:
        """Return the value of a parameter or a pseudo parameter."""
        return self._stack.settled(name)

    def attribute(self, logical_id: str, attribute: str) -> Value:
        """Return nothing that is known."""
        return UNKNOWN

    def condition(self, name: str) -> Maybe[bool]:
        """Return whether a condition holds."""
        return self._stack.condition(name)

    def mapping(self, name: str) -> Value:
        """Return a mapping."""
        return self._stack.mapping(name)

    def imported(self, name: Value) -> Value:
        """Return nothing that is known."""
        return UNKNOWN


class OfExisting:
    """The names in a resource with a condition, which holds wherever the resource exists."""

    def __init__(self, stack: Names, condition: str) -> None:
        self._stack = stack
        self._condition = condition
        self.budget = stack.budget

    def ref(self, name: str) -> Value:
        """Return the value of a parameter, a pseudo parameter or a resource."""
        return self._stack.ref(name)

    def attribute(self, logical_id: str, attribute: str) -> Value:
        """Return the value of a resource's attribute."""
        return self._stack.attribute(logical_id, attribute)

    def condition(self, name: str) -> Maybe[bool]:
        """Return whether a condition holds if the resource exists."""
        return True if name == self._condition else self._stack.condition(name)

    def mapping(self, name: str) -> Value:
        """Return a mapping."""
        return self._stack.mapping(name)

    def imported(self, name: Value) -> Value:
        """Return the value of another stack's export."""
        return self._stack.imported(name)
