"""All stacks, and their exports and imports."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.cloudformation.stack import Stack
from cdk_batch_mnp_emulator.cloudformation.structure import invalid
from cdk_batch_mnp_emulator.protocol import Call


class Stacks:
    """The stacks of every Region, including deleted ones."""

    def __init__(self) -> None:
        self._all: list[Stack] = []

    def add(self, stack: Stack) -> None:
        """Add a new stack."""
        self._all.append(stack)

    @property
    def every(self) -> list[Stack]:
        """The stacks of every Region, deleted ones too."""
        return list(self._all)

    def all(self, region: str) -> list[Stack]:
        """Return the stacks of a Region, including deleted ones."""
        return [each for each in self._all if each.region == region]

    def existing(self, region: str) -> list[Stack]:
        """Return the stacks of a Region that have not been deleted."""
        return [each for each in self.all(region) if each.exists]

    def find(self, name_or_id: str, region: str) -> Stack | None:
        """Return a stack by its ID, or an existing stack by its name."""
        for stack in self._all:
            if stack.id == name_or_id:
                return stack
        named = (each for each in self.existing(region) if each.name == name_or_id)
        return next(named, None)

    def named_by(self, call: Call) -> Stack:
        """Return the stack that a request refers to.

        Raises:
            ServiceError: It does not exist.
        """
        name = call.get("StackName", "")
        found = self.find(name, call.region)
        if found is None:
            raise invalid(f"Stack with id {name} does not exist")
        return found

    def exported(self, region: str, name: str) -> Any:
        """Return the value of an export.

        Raises:
            ServiceError: No stack exports it.
        """
        for stack in self.existing(region):
            if name in stack.exports:
                return stack.exports[name]
        raise invalid(f"No export named {name} found.")

    def exporter(self, region: str, name: str) -> str | None:
        """Return the name of the stack that exports a value."""
        owners = (each.name for each in self.existing(region) if name in each.exports)
        return next(owners, None)

    def importers(self, region: str, name: str) -> list[str]:
        """Return the names of the stacks that import a value."""
        return [each.name for each in self.existing(region) if name in each.imports]
