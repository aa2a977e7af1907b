"""A stack as its template declares it, and the stacks that are read together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdk_batch_mnp.model.resource import METADATA_KEY
from cdk_batch_mnp.model.shape import ApiStruct, Value, as_text
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Unknown
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.evaluation.intrinsics import holds, resolve
from cdk_batch_mnp.template.evaluation.parameters import refuse_unfit
from cdk_batch_mnp.template.evaluation.values import (
    NoValue,
    PartialText,
    Pseudo,
    Reference,
    split_at_commas,
)
from cdk_batch_mnp.template.source.budget import RESOURCE, BudgetSpentError
from cdk_batch_mnp.template.source.document import Document, TemplateError
from cdk_batch_mnp.template.source.opening import Reader

NESTED_STACK = "AWS::CloudFormation::Stack"
HARMLESS_TRANSFORMS = (
    "AWS::Serverless-2016-10-31",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-2020-07-23",
    "AWS::CodeDeployBlueGreen",
)
"""Transforms that leave alone what is read here; any other may change and add everything."""

MAX_CONSTRUCT_DEPTH = 200
"""Levels of constructs at which a finding can be acknowledged."""

_PATH_METADATA = "aws:cdk:path"
_LISTS = ("CommaDelimitedList", "List<")
_STORED = "AWS::SSM::Parameter::"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How parameters are taken.

    Attributes:
        parameters: Values by name, in place of the templates' defaults.
        use_defaults: Whether a parameter's default stands for its value; else it is unknown.
        reader: Opens the files of one run, which has one budget of work.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    use_defaults: bool = True
    reader: Reader = field(default_factory=Reader, compare=False)


@dataclass(slots=True)
class AssemblyMetadata:
    """What a cloud assembly tells of its constructs beside the templates.

    Attributes:
        acknowledged: Construct path to rule ids with reasons.
        paths: Template file and logical id to construct path.
        nested: Construct path of a nested stack to its template file.
    """

    acknowledged: dict[str, dict[str, str]] = field(default_factory=dict)
    paths: dict[tuple[str, str], str] = field(default_factory=dict)
    nested: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class TemplateResource:
    """A resource of a template.

    Attributes:
        id: Construct path or logical id; unique among what is read together.
        is_certain: Whether it is certain to exist (its condition may be unknown).
    """

    stack: Stack
    logical_id: str
    type: str
    body: Mapping[str, Any]
    id: str
    is_certain: bool
    _properties: Maybe[ApiStruct] | None = None

    @property
    def properties(self) -> Maybe[ApiStruct]:
        """The properties, with every intrinsic function followed as far as can be."""
        if self._properties is None:
            # Until they are known, whatever leads back to them is unknown.
            self._properties = UNKNOWN
            self._properties = self._resolved()
        return self._properties

    def _resolved(self) -> Maybe[ApiStruct]:
        written = self.body.get("Properties")
        if written is None:
            return ApiStruct({})
        try:
            value = resolve(self.stack, written)
        except RecursionError:
            raise TemplateError(
                self.stack.document.file, f"has properties of {self.logical_id} nested too deeply"
            ) from None
        return ApiStruct(value) if isinstance(value, dict) else UNKNOWN

    @property
    def known(self) -> ApiStruct:
        """The properties; without any if nothing is known of them."""
        properties = self.properties
        return ApiStruct({}) if properties is UNKNOWN else properties

    @property
    def told(self) -> Mapping[str, Any]:
        """What the template's author tells this check in the resource's metadata."""
        metadata = self.body.get("Metadata")
        told = metadata.get(METADATA_KEY) if isinstance(metadata, Mapping) else None
        return told if isinstance(told, Mapping) else {}

    @property
    def acknowledged(self) -> Mapping[str, str]:
        """Accepted findings, rule id to reason: the resource's own, and the whole template's."""
        return {
            **self.stack.acknowledged,
            **self.stack.stacks.acknowledged_at(self.id),
            **_reasons(self.told),
        }

    @property
    def is_dedicated(self) -> bool:
        """Whether it is said to be there for multi-node parallel jobs."""
        return self.told.get("dedicated") is True


def _reasons(told: Mapping[str, Any]) -> dict[str, str]:
    given = told.get("acknowledged")
    if not isinstance(given, Mapping):
        return {}
    return {
        id: reason for id, reason in given.items() if isinstance(reason, str) and reason.strip()
    }


class Stacks:
    """The stacks that are read together: one, with those nested in it, or a cloud assembly's.

    Attributes:
        options: How parameters are taken.
        beside: What a cloud assembly tells of its constructs.
        all: Every stack, nested ones included.
        problems: What kept a stack, or a part of it, from being read. The others are still checked.
    """

    def __init__(
        self, options: Options | None = None, beside: AssemblyMetadata | None = None
    ) -> None:
        self.options = options or Options()
        self.beside = beside or AssemblyMetadata()
        self.budget = self.options.reader.budget
        self.all: list[Stack] = []
        self.problems: list[TemplateError] = []
        self.resources: dict[str, TemplateResource] = {}
        """By id."""
        self.left_out: set[str] = set()
        """Ids of resources whose condition is known not to hold."""
        self._by_type: dict[str, list[TemplateResource]] | None = None
        self._exports: dict[str, tuple[Stack, Any]] | None = None
        self._partial_exports: dict[Value, tuple[Stack, Any]] = {}
        self._importing: set[tuple[int, Value]] = set()

    @contextmanager
    def reading(self, file: str, doing: str = "reading it") -> Iterator[None]:
        """Note what goes wrong inside of this, and go on behind it.

        Args:
            file: The template that is read.
            doing: What is done with it, for people.
        """
        try:
            yield
        except BudgetSpentError:
            raise  # It ends the whole run.
        except TemplateError as error:
            self.problems.append(error)
        except Exception as error:
            self.problems.append(CheckCrashedError(file, doing, error))

    def of_type(self, *types: str) -> Iterator[TemplateResource]:
        """Every resource of these types."""
        if self._by_type is None:
            self._by_type = {}
            for stack in self.all:
                for resource in stack.resources.values():
                    self._by_type.setdefault(resource.type, []).append(resource)
        for type in types:
            yield from self._by_type.get(type, ())

    def acknowledged_at(self, id: str) -> Mapping[str, str]:
        """What is accepted at a construct or at one around it, rule id to reason."""
        acknowledged = self.beside.acknowledged
        if not acknowledged:
            return {}
        found: dict[str, str] = {}
        # No construct lies deeper, and what is cut off each time costs its length.
        parts = id.split("/", MAX_CONSTRUCT_DEPTH)[:MAX_CONSTRUCT_DEPTH]
        self.budget.spend(len(parts))
        around = ""
        for part in parts:
            around = f"{around}/{part}" if around else part
            found.update(acknowledged.get(around, {}))
        return found

    @property
    def is_whole(self) -> bool:
        """Whether every resource of every stack can be seen."""
        return not self.problems and all(each.is_whole for each in self.all)

    def imported(self, name: Value) -> Value:
        """The value of an export in sight."""
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


class Stack:
    """A stack as its template declares it.

    Args:
        document: The template.
        stacks: Those that are read together, which it joins.
        prefix: Put before logical ids that have no construct path, to tell stacks apart.
        pseudo: Pseudo parameters that are known (``AWS::Region``).
        given: For a nested stack: the value of a parameter, ``None`` if it is left to its default.

    Raises:
        TemplateError: The document has no ``Resources`` that could be read, or a parameter cannot
            have the value that the options give it.
    """

    def __init__(
        self,
        document: Document,
        stacks: Stacks,
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
        """Nested stacks in sight, by logical id."""
        self.pseudo = pseudo or {}
        self._given = given
        self._parameters = self._section("Parameters")
        if given is None:
            refuse_unfit(document, self._parameters, stacks.options.parameters)
        self._conditions = self._section("Conditions")
        self._mappings = self._section("Mappings")
        self.outputs = self._section("Outputs")
        self._values: dict[str, Value] = {}
        self._held: dict[str, Maybe[bool]] = {}
        self._pending: set[str] = set()
        metadata = self._section("Metadata").get(METADATA_KEY)
        self.acknowledged = _reasons(metadata) if isinstance(metadata, Mapping) else {}
        self.is_whole = True
        self.resources: dict[str, TemplateResource] = {}
        stacks.all.append(self)
        self.budget.begin(document.file, "following its intrinsic functions")
        self._declare()

    @property
    def name(self) -> str:
        """What tells this stack from others that are read together."""
        return self.prefix or self.document.file

    def _section(self, name: str) -> Mapping[str, Any]:
        section = self.document.data.get(name)
        return section if isinstance(section, Mapping) else {}

    @property
    def settable(self) -> frozenset[str]:
        """Names of the parameters that take their values from the options."""
        return frozenset(self._parameters) if self._given is None else frozenset()

    def _declare(self) -> None:
        resources = self.document.data.get("Resources")
        if not isinstance(resources, Mapping):
            raise TemplateError(
                self.document.file, "is no CloudFormation template: it has no Resources", 1
            )
        transforms = self.document.data.get("Transform", [])
        if any(
            each not in HARMLESS_TRANSFORMS
            for each in (transforms if isinstance(transforms, list) else [transforms])
        ):
            self.is_whole = False
        self.budget.spend(RESOURCE * len(resources))
        for logical_id, body in resources.items():
            if logical_id.startswith("Fn::"):
                self.is_whole = False  # A loop or a macro makes further ones.
            type = body.get("Type") if isinstance(body, Mapping) else None
            if not isinstance(type, str) or not isinstance(body, Mapping):
                continue
            if type.endswith("::MODULE"):
                self.is_whole = False
            condition = body.get("Condition")
            exists = self.condition(condition) if isinstance(condition, str) else True
            id = self._id(logical_id, body)
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

    def _id(self, logical_id: str, body: Mapping[str, Any]) -> str:
        metadata = body.get("Metadata")
        path = metadata.get(_PATH_METADATA) if isinstance(metadata, Mapping) else None
        if path is None:
            path = self.stacks.beside.paths.get((Path(self.document.file).name, logical_id))
        id = (
            path.removesuffix("/Resource")
            if isinstance(path, str) and path
            else f"{self.prefix}/{logical_id}"
            if self.prefix
            else logical_id
        )
        return id if id not in self.stacks.resources else f"{id} ({logical_id})"

    def ref(self, name: str) -> Value:
        """What ``Ref`` gives."""
        if name in self.resources and name not in self._parameters:
            return Reference(self.resources[name])
        return self.settled(name)

    def settled(self, name: str) -> Value:
        """What ``Ref`` gives before any resource is made."""
        if name in self._parameters:
            return self.parameter(name)
        if name == "AWS::NoValue":
            return NoValue.NO_VALUE
        if name.startswith("AWS::"):
            return self.pseudo.get(name) or Pseudo(name, self.name)
        return UNKNOWN

    def attribute(self, logical_id: str, attribute: str) -> Value:
        """What ``Fn::GetAtt`` gives."""
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
        """The value of a parameter, as far as it is known."""
        return self.once(f"parameter {name}", lambda: self._parameter(name))

    def _parameter(self, name: str) -> Value:
        declared = self._parameters[name]
        if not isinstance(declared, Mapping):
            return UNKNOWN
        type, options = str(declared.get("Type", "String")), self.stacks.options
        given = self._given(name) if self._given is not None else options.parameters.get(name)
        if given is not None:
            return _listed(given, type)
        default = declared.get("Default")
        is_certain = options.use_defaults or self._given is not None
        if default is None or not is_certain or type.startswith(_STORED):
            return UNKNOWN
        # A secret's stand-in is no value, and nobody wants to read it in a report.
        return UNKNOWN if declared.get("NoEcho") in (True, "true") else _listed(default, type)

    def condition(self, name: str) -> Maybe[bool]:
        """Whether a condition holds."""
        if name not in self._held:
            if name in self._pending or name not in self._conditions:
                return UNKNOWN
            self._pending.add(name)
            try:
                self._held[name] = holds(_BeforeResources(self), self._conditions[name])
            finally:
                self._pending.discard(name)
        return self._held[name]

    def mapping(self, name: str) -> Value:
        """A mapping of the template."""
        return self._mappings.get(name, UNKNOWN)

    def imported(self, name: Value) -> Value:
        """The value of another stack's export."""
        return self.stacks.imported(name)

    def once(self, name: str, find: Callable[[], Value]) -> Value:
        """Find a value once; one that depends on itself is unknown."""
        if name not in self._values:
            self._values[name] = UNKNOWN
            self._values[name] = find()
        return self._values[name]


class _BeforeResources:
    """The names that a condition can use.

    CloudFormation evaluates the conditions before it makes any resource: parameters, pseudo
    parameters, mappings and other conditions have a value by then, and nothing else does.

    Source: CloudFormation Template Reference, condition functions, supported functions.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.budget = stack.budget

    def ref(self, name: str) -> Value:
        return self._stack.settled(name)

    def attribute(self, logical_id: str, attribute: str) -> Value:
        return UNKNOWN

    def condition(self, name: str) -> Maybe[bool]:
        return self._stack.condition(name)

    def mapping(self, name: str) -> Value:
        return self._stack.mapping(name)

    def imported(self, name: Value) -> Value:
        return UNKNOWN


def _listed(value: Value, type: str) -> Value:
    """Read a parameter's value, which for a list is one text with commas."""
    if isinstance(value, (Unknown, list)) or not type.startswith(_LISTS):
        return value
    if isinstance(value, (Reference, PartialText)):
        return split_at_commas(value)
    text = as_text(value)
    return split_at_commas(text) if isinstance(text, str) and text.strip() else UNKNOWN
