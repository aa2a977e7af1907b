"""The stacks that are checked together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cdk_batch_mnp.model.api_struct import Value
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.evaluation.assembly_metadata import AssemblyMetadata
from cdk_batch_mnp.template.evaluation.intrinsics import resolve
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.stack import Question, Stack, TemplateResource
from cdk_batch_mnp.template.evaluation.values import PartialText
from cdk_batch_mnp.template.source.budget import BudgetSpentError
from cdk_batch_mnp.template.source.errors import TemplateError


class Stacks:
    """The stacks that are checked together: one with its nested stacks, or a cloud assembly's.

    Attributes:
        options: How templates are evaluated.
        assembly: What the cloud assembly records about constructs.
        all: Every stack, including nested stacks.
        problems: Errors that kept a stack, or a part of it, from being read. The rest is checked.
    """

    def __init__(
        self, options: Options | None = None, assembly: AssemblyMetadata | None = None
    ) -> None:
        self.options = options or Options()
        self.assembly = assembly or AssemblyMetadata()
        self.budget = self.options.reader.budget
        self.all: list[Stack] = []
        self.problems: list[TemplateError] = []
        self.resources: dict[str, TemplateResource] = {}
        """All resources by ID."""
        self.left_out: set[str] = set()
        """IDs of resources whose condition does not hold."""
        self.asking: set[tuple[str, Question]] = set()
        """Takes the open questions that come up: those of a resource, or else of anything."""
        self._by_type: dict[str, list[TemplateResource]] | None = None
        self._exports: dict[str, tuple[Stack, Any]] | None = None
        self._partial_exports: dict[Value, tuple[Stack, Any]] = {}
        self._importing: set[tuple[int, Value]] = set()

    def join(self, stack: Stack) -> None:
        """Add a stack."""
        self.all.append(stack)

    def forget(self) -> None:
        """Forget all resolved values, to resolve them with other assumptions."""
        self._exports = None
        self._partial_exports.clear()
        for stack in self.all:
            stack.forget()

    def forget_some(self, resources: Iterable[TemplateResource]) -> None:
        """Do what :meth:`forget` does, if only these resources depend on the assumptions."""
        for stack in self.all:
            stack.forget_names()
        for resource in resources:
            resource.forget()

    @contextmanager
    def recording(self, asked: set[tuple[str, Question]]) -> Iterator[None]:
        """Add the open questions that come up to a set, instead of to :attr:`asking`."""
        around, self.asking = self.asking, asked
        try:
            yield
        finally:
            self.asking = around

    @contextmanager
    def reading(self, file: str, doing: str = "reading it") -> Iterator[None]:
        """Record an error of this block, and continue after it.

        Args:
            file: The template.
            doing: What the block does with it, for people.
        """
        try:
            yield
        except BudgetSpentError:
            raise  # This error ends the whole run.
        except TemplateError as error:
            self.problems.append(error)
        except Exception as error:
            self.problems.append(CheckCrashedError(file, doing, error))

    def of_type(self, *types: str) -> Iterator[TemplateResource]:
        """Return every resource of these types."""
        if self._by_type is None:
            self._by_type = {}
            for stack in self.all:
                for resource in stack.resources.values():
                    self._by_type.setdefault(resource.type, []).append(resource)
        for resource_type in types:
            yield from self._by_type.get(resource_type, ())

    @property
    def is_whole(self) -> bool:
        """Whether every resource of every stack is known."""
        return not self.problems and all(stack.is_whole for stack in self.all)

    def imported(self, name: Value) -> Value:
        """Return the value of an export of one of the stacks."""
        if self._exports is None:
            self._find_exports()
        assert self._exports is not None  # noqa: S101 - for the type checker
        if isinstance(name, str):
            found = self._exports.get(name)
        elif isinstance(name, PartialText):
            found = self._partial_exports.get(name)
        else:
            found = None
        if found is None:
            return UNKNOWN
        stack, value = found
        key = (id(stack), name)
        if key in self._importing:
            return UNKNOWN
        self._importing.add(key)
        try:
            return resolve(stack, value)
        finally:
            self._importing.discard(key)

    def _find_exports(self) -> None:
        self._exports = {}
        for stack in self.all:
            for output in stack.outputs.values():
                export = output.get("Export") if isinstance(output, Mapping) else None
                if not isinstance(export, Mapping):
                    continue
                name = resolve(stack, export.get("Name"))
                if isinstance(name, str):
                    self._exports[name] = (stack, output.get("Value"))
                elif isinstance(name, PartialText) and UNKNOWN not in name.parts:
                    self._partial_exports.setdefault(name, (stack, output.get("Value")))
