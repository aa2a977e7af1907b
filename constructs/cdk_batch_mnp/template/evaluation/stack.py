"""A stack as its template declares it, and its resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct, Value, as_text
from cdk_batch_mnp.model.resource import METADATA_KEY
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN, Maybe, Unknown
from cdk_batch_mnp.template.evaluation.assembly_metadata import AssemblyMetadata
from cdk_batch_mnp.template.evaluation.intrinsics import Names, holds, resolve
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.parameters import bounds, validate_values
from cdk_batch_mnp.template.evaluation.scopes import BeforeResources, OfExisting
from cdk_batch_mnp.template.evaluation.values import (
    NoValue,
    PartialText,
    Pseudo,
    Reference,
    split_at_commas,
)
from cdk_batch_mnp.template.source.budget import Budget
from cdk_batch_mnp.template.source.document import Document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_ANSWERS, RESOURCE

NESTED_STACK = "AWS::CloudFormation::Stack"
HARMLESS_TRANSFORMS = (
    "AWS::Serverless-2016-10-31",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-2020-07-23",
    "AWS::CodeDeployBlueGreen",
)
"""Transforms that do not change what the check reads; others may change or add anything."""

_PATH_METADATA = "aws:cdk:path"
Question = tuple[str, str]
"""What is not known of a stack: ``condition`` or ``parameter``, and its name."""

_LISTS = ("CommaDelimitedList", "List<")
_STORED = "AWS::SSM::Parameter::"


@dataclass(eq=False, slots=True)
class TemplateResource:
    """A resource of a template.

    Attributes:
        id: Construct path or logical ID; unique among the stacks that are checked together.
        is_certain: Whether the resource certainly exists: its condition is not unknown.
        asked: The open questions that its properties depend on, each with the name of its stack.
    """

    stack: Stack
    logical_id: str
    type: str
    body: Mapping[str, Any]
    id: str
    is_certain: bool
    asked: frozenset[tuple[str, Question]] = frozenset()
    _properties: Maybe[ApiStruct] | None = None

    @property
    def properties(self) -> Maybe[ApiStruct]:
        """The properties, with intrinsic functions resolved as far as possible."""
        if self._properties is None:
            # While they are resolved, a reference back to them is unknown.
            self._properties = UNKNOWN
            self._properties = self._resolved()
        return self._properties

    def _resolved(self) -> Maybe[ApiStruct]:
        written = self.body.get("Properties")
        if written is None:
            return ApiStruct({})
        asked: set[tuple[str, Question]] = set()
        try:
            with self.stack.stacks.recording(asked):
                value = resolve(self._names, written)
        except RecursionError:
            raise TemplateError(
                self.stack.document.file, f"nests the properties of {self.logical_id} too deeply"
            ) from None
        self.asked = frozenset(asked)
        return ApiStruct(value, is_capitalized=True) if isinstance(value, dict) else UNKNOWN

    @property
    def _names(self) -> Names:
        condition = self.body.get("Condition")
        if self.is_certain or not isinstance(condition, str):
            return self.stack
        return OfExisting(self.stack, condition)

    @property
    def is_resolved(self) -> bool:
        """Whether something asked for the properties."""
        return self._properties is not None

    def forget(self) -> None:
        """Resolve the properties again when they are asked for."""
        self._properties = None

    @property
    def known(self) -> ApiStruct:
        """The properties; empty if they are unknown."""
        properties = self.properties
        return ApiStruct({}) if properties is UNKNOWN else properties

    @property
    def annotations(self) -> Mapping[str, Any]:
        """The resource's Metadata for this check."""
        metadata = self.body.get("Metadata")
        found = metadata.get(METADATA_KEY) if isinstance(metadata, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    @property
    def acknowledged(self) -> Mapping[str, str]:
        """Acknowledgements, rule ID to reason: of the resource, its parents and its template."""
        stacks = self.stack.stacks
        return {
            **self.stack.acknowledged,
            **stacks.assembly.acknowledged_at(self.id, stacks.budget.spend),
            **_reasons(self.annotations),
        }

    @property
    def is_dedicated(self) -> bool:
        """Whether its Metadata dedicates it to multi-node parallel jobs."""
        return self.annotations.get("dedicated") is True


def _reasons(annotations: Mapping[str, Any]) -> dict[str, str]:
    given = annotations.get("acknowledged")
    if not isinstance(given, Mapping):
        return {}
    return {
        rule_id: reason
        for rule_id, reason in given.items()
        if isinstance(reason, str) and reason.strip()
    }


class StackGroup(Protocol):
    """The stacks that a stack is checked together with."""

    options: Options
    assembly: AssemblyMetadata
    budget: Budget
    resources: dict[str, TemplateResource]
    left_out: set[str]
    asking: set[tuple[str, Question]]

    def recording(self, asked: set[tuple[str, Question]]) -> AbstractContextManager[None]:
        """Add the open questions that come up to a set."""

    def join(self, stack: Stack) -> None:
        """Add a stack."""

    def imported(self, name: Value) -> Value:
        """Return the value of an export of one of the stacks."""


class Stack:
    """A stack as its template declares it.

    Args:
        document: The template.
        stacks: The stacks that are checked together, which it joins.
        prefix: Prefix of logical IDs without a construct path, to distinguish stacks.
        pseudo: Known pseudo parameters (``AWS::Region``).
        given: For a nested stack: returns the value of a parameter, ``None`` for its default.

    Raises:
        TemplateError: The document has no readable ``Resources``, or a parameter cannot take the
            value that the options set.
    """

    def __init__(
        self,
        document: Document,
        stacks: StackGroup,
        *,
        prefix: str = "",
        pseudo: Mapping[str, str] | None = None,
        given: Callable[[str], Value] | None = None,
    ) -> None:
        self.document = document
        self.stacks = stacks
        self.prefix = prefix
        self.budget = stacks.budget
        self.nested: dict[str, Stack] = {}
        """Nested stacks whose templates are available, by logical ID."""
        self.pseudo = pseudo or {}
        self._given = given
        self._parameters = self._section("Parameters")
        if given is None:
            validate_values(document, self._parameters, stacks.options.parameters)
        self._conditions = self._section("Conditions")
        self._mappings = self._section("Mappings")
        self.outputs = self._section("Outputs")
        self._values: dict[str, Value] = {}
        self._held: dict[str, Maybe[bool]] = {}
        self._pending: set[str] = set()
        self._asked: dict[str, set[tuple[str, Question]]] = {}
        """The questions that a condition, or a value that is computed once, depends on."""
        self.open: dict[Question, tuple[Value, ...]] = {}
        """The questions that came up, each with its possible answers."""
        self.assumed: dict[Question, Value] = {}
        """Answers to take instead."""
        metadata = self._section("Metadata").get(METADATA_KEY)
        self.acknowledged = _reasons(metadata) if isinstance(metadata, Mapping) else {}
        self.is_whole = True
        self.resources: dict[str, TemplateResource] = {}
        stacks.join(self)
        self.budget.begin(document.file, "resolving its intrinsic functions")
        self._declare()
        # Whether resources exist is not asked again.
        self.open.clear()
        stacks.asking.clear()

    @property
    def name(self) -> str:
        """The name of the stack, unique among those that are checked together."""
        return self.prefix or self.document.file

    def _section(self, name: str) -> Mapping[str, Any]:
        section = self.document.data.get(name)
        return section if isinstance(section, Mapping) else {}

    @property
    def settable(self) -> frozenset[str]:
        """Names of the parameters that options can set."""
        return frozenset(self._parameters) if self._given is None else frozenset()

    def _declare(self) -> None:
        resources = self.document.data.get("Resources")
        if not isinstance(resources, Mapping):
            raise TemplateError(
                self.document.file, "is not a CloudFormation template: it has no Resources", 1
            )
        transforms = self.document.data.get("Transform", [])
        if any(
            transform not in HARMLESS_TRANSFORMS
            for transform in (transforms if isinstance(transforms, list) else [transforms])
        ):
            self.is_whole = False
        self.budget.spend(RESOURCE * len(resources))
        file_name = Path(self.document.file).name
        for logical_id, body in resources.items():
            if logical_id.startswith("Fn::"):
                self.is_whole = False  # A loop or a macro adds resources.
            type = body.get("Type") if isinstance(body, Mapping) else None
            if not isinstance(type, str) or not isinstance(body, Mapping):
                continue
            if type.endswith("::MODULE"):
                self.is_whole = False
            condition = body.get("Condition")
            exists = self.condition(condition) if isinstance(condition, str) else True
            id = self._id(logical_id, body, file_name)
            if exists is False:
                self.stacks.left_out.add(id)
                continue
            self.resources[logical_id] = self.stacks.resources[id] = TemplateResource(
                stack=self,
                logical_id=logical_id,
                type=type,
                body=body,
                id=id,
                is_certain=exists is True,
            )

    def _id(self, logical_id: str, body: Mapping[str, Any], file_name: str) -> str:
        metadata = body.get("Metadata")
        path = metadata.get(_PATH_METADATA) if isinstance(metadata, Mapping) else None
        if path is None:
            path = self.stacks.assembly.path_of(file_name, logical_id)
        id = (
            path.removesuffix("/Resource")
            if isinstance(path, str) and path
            else f"{self.prefix}/{logical_id}"
            if self.prefix
            else logical_id
        )
        return id if id not in self.stacks.resources else f"{id} ({logical_id})"

    def ref(self, name: str) -> Value:
        """Return the value of a ``Ref``."""
        if name in self.resources and name not in self._parameters:
            return Reference(self.resources[name])
        return self.settled(name)

    def settled(self, name: str) -> Value:
        """Return the value of a ``Ref`` that does not name a resource."""
        if name in self._parameters:
            return self.parameter(name)
        if name == "AWS::NoValue":
            return NoValue.NO_VALUE
        if name.startswith("AWS::"):
            return self.pseudo.get(name) or Pseudo(name, self.name)
        return UNKNOWN

    def attribute(self, logical_id: str, attribute: str) -> Value:
        """Return the value of a ``Fn::GetAtt``."""
        resource = self.resources.get(logical_id)
        if resource is None:
            return UNKNOWN
        if resource.type != NESTED_STACK:
            return Reference(resource, attribute)
        nested, output = self.nested.get(logical_id), attribute.removeprefix("Outputs.")
        if nested is None or not isinstance(body := nested.outputs.get(output), Mapping):
            return UNKNOWN
        return nested.once(f"output {output}", lambda: resolve(nested, body.get("Value")))

    def parameter(self, name: str) -> Value:
        """Return the value of a parameter, as far as it is known."""
        return self.once(f"parameter {name}", lambda: self._parameter(name))

    def forget(self) -> None:
        """Forget all resolved values, to resolve them with other assumptions."""
        self.forget_names()
        for resource in self.resources.values():
            resource.forget()

    def forget_names(self) -> None:
        """Forget the values of parameters, conditions and outputs, but not those of resources."""
        self._values.clear()
        self._held.clear()

    def _parameter(self, name: str) -> Value:
        declared = self._parameters[name]
        if not isinstance(declared, Mapping):
            return UNKNOWN
        type, options = str(declared.get("Type", "String")), self.stacks.options
        if ("parameter", name) in self.assumed:
            return _listed(self.assumed["parameter", name], type)
        given = self._given(name) if self._given is not None else options.parameters.get(name)
        if given is not None:
            return _listed(given, type)
        default = declared.get("Default")
        is_certain = options.use_defaults or self._given is not None
        # The default of a secret is a placeholder, and must not show in a report.
        is_secret = declared.get("NoEcho") in (True, "true")
        if default is None or not is_certain or type.startswith(_STORED) or is_secret:
            return self._unknown(name, declared, type)
        return _listed(default, type)

    def _unknown(self, name: str, declared: Mapping[str, Any], type: str) -> Value:
        """Return what stands for the value of a parameter that is unknown."""
        allowed = declared.get("AllowedValues")
        if isinstance(allowed, list) and len(allowed) <= MAX_ANSWERS:
            self.open["parameter", name] = tuple(allowed)
            self.stacks.asking.add((self.name, ("parameter", name)))
        if declared.get("Default") == "" or (isinstance(allowed, list) and "" in allowed):
            return PERHAPS  # An empty text stands for no value.
        if "List<" in type or type in _LISTS:
            return UNKNOWN
        return Pseudo(
            name,
            self.name,
            bounds=bounds(declared) if type == "Number" else (None, None),
        )

    def condition(self, name: str) -> Maybe[bool]:
        """Return whether a condition holds."""
        question = ("condition", name)
        if question in self.assumed:
            return self.assumed[question] is True
        if name not in self._held:
            if name in self._pending or name not in self._conditions:
                return UNKNOWN
            self._pending.add(name)
            try:
                with self._recording(f"condition {name}"):
                    self._held[name] = holds(BeforeResources(self), self._conditions[name])
            finally:
                self._pending.discard(name)
        self.stacks.asking |= self._asked[f"condition {name}"]
        if self._held[name] is UNKNOWN:
            self.open[question] = (True, False)
            self.stacks.asking.add((self.name, question))
        return self._held[name]

    def _recording(self, name: str) -> AbstractContextManager[None]:
        return self.stacks.recording(self._asked.setdefault(name, set()))

    def mapping(self, name: str) -> Value:
        """Return a mapping of the template."""
        return self._mappings.get(name, UNKNOWN)

    def imported(self, name: Value) -> Value:
        """Return the value of another stack's export."""
        return self.stacks.imported(name)

    def once(self, name: str, find: Callable[[], Value]) -> Value:
        """Compute a value once; one that depends on itself is unknown."""
        if name not in self._values:
            self._values[name] = UNKNOWN
            with self._recording(name):
                self._values[name] = find()
        self.stacks.asking |= self._asked.get(name, set())
        return self._values[name]


def _listed(value: Value, type: str) -> Value:
    """Return a parameter's value; that of a list is one text with commas."""
    if isinstance(value, (Unknown, list)) or not type.startswith(_LISTS):
        return value
    if isinstance(value, (Reference, PartialText)):
        return split_at_commas(value)
    text = as_text(value)
    return split_at_commas(text) if isinstance(text, str) and text.strip() else UNKNOWN
