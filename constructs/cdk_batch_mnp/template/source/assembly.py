"""Read CDK cloud assemblies (``cdk.out``): stacks, nested stacks and stages.

Source: the CDK's cloud assembly schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.template.evaluation.assembly_metadata import AssemblyMetadata
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.source.document import Document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_CONSTRUCT_DEPTH, MAX_LEVELS
from cdk_batch_mnp.template.source.nesting import STACK_NAME, add_stack
from cdk_batch_mnp.template.source.opening import Reader, real

MANIFEST = "manifest.json"

_ENVIRONMENT = pattern(r"aws://(?P<account>[^/]+)/(?P<region>.+)")
_UNKNOWN = "unknown-"
_SECTIONS = frozenset(
    (
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Rules",
        "Transform",
    )
)
"""The sections of a template beside its resources."""


@dataclass(frozen=True, slots=True)
class Group:
    """Stacks that are checked together, read on demand.

    Attributes:
        files: Their templates, without nested ones.
    """

    files: tuple[str, ...]
    read: Callable[[], Stacks]

    def __call__(self) -> Stacks:
        """Read the stacks.

        Raises:
            TemplateError: They cannot be read.
        """
        return self.read()


@dataclass(frozen=True, slots=True)
class _StackArtifact:
    """A stack of an assembly.

    Attributes:
        display: Name for people.
        name: Name in CloudFormation.
    """

    display: str
    name: str
    file: Path
    account: str | None
    region: str | None

    @property
    def environment(self) -> tuple[str, str] | None:
        """Account and Region, ``None`` if they are unknown."""
        if self.account is None or self.region is None:
            return None
        return self.account, self.region

    @property
    def pseudo(self) -> dict[str, str]:
        """The pseudo parameters that follow from the environment."""
        known = {
            STACK_NAME: self.name,
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(slots=True)
class _Assembly:
    """The stacks of one manifest; each stage has its own assembly."""

    folder: Path
    root: Path
    stacks: list[_StackArtifact] = field(default_factory=list)
    metadata: AssemblyMetadata = field(default_factory=lambda: AssemblyMetadata(has_files=True))

    def groups(self, options: Options) -> Iterator[Group]:
        """Return the stacks of each account and Region, or all if any of these is unknown."""
        environments = {stack.environment for stack in self.stacks}
        if None in environments or len(environments) <= 1:
            yield self._group(self.stacks, options)
            return
        for environment in sorted(each for each in environments if each is not None):
            yield self._group(
                [stack for stack in self.stacks if stack.environment == environment], options
            )

    def _group(self, artifacts: list[_StackArtifact], options: Options) -> Group:
        def read() -> Stacks:
            stacks = Stacks(options, self.metadata)
            for artifact in artifacts:
                with stacks.reading(str(artifact.file)):
                    document = options.reader.read(artifact.file, root=self.root)
                    if _is_empty(document):
                        continue  # The CDK does not deploy it.
                    add_stack(
                        document,
                        stacks,
                        folder=self.folder,
                        root=self.root,
                        prefix=artifact.display,
                        pseudo=artifact.pseudo,
                    )
            return stacks

        return Group(tuple(dict.fromkeys(str(artifact.file) for artifact in artifacts)), read)


def groups_of(
    folder: Path, options: Options, from_tree: Callable[[], AssemblyMetadata] | None = None
) -> tuple[list[Group], list[TemplateError]]:
    """Return the stacks of an assembly and of its stages, in groups that are checked together.

    Args:
        folder: The assembly.
        options: How its templates are evaluated.
        from_tree: Returns what the construct tree knows, where the app itself is the caller.
    """
    groups: list[Group] = []
    walk = _Walk(folder, options.reader)
    for assembly in walk.assemblies(folder, 0):
        assembly.metadata.from_tree = from_tree
        if assembly.stacks:
            groups += assembly.groups(options)
    return groups, walk.unusable


class _Walk:
    """Walks from an assembly to its stages, each of which is an assembly inside it."""

    def __init__(self, root: Path, reader: Reader) -> None:
        self.unusable: list[TemplateError] = []
        self._root = root
        self._reader = reader
        self._seen: set[str] = set()

    def assemblies(self, folder: Path, level: int) -> Iterator[_Assembly]:
        self._seen.add(real(folder))
        try:
            manifest = self._reader.read(folder / MANIFEST, root=self._root)
        except TemplateError as error:
            self.unusable.append(error)
            return
        assembly = _Assembly(folder, self._root)
        stages: list[Path] = []
        artifacts = manifest.data.get("artifacts")
        if artifacts is not None and not isinstance(artifacts, Mapping):
            self.unusable.append(
                TemplateError(str(folder / MANIFEST), "has artifacts that are not a mapping")
            )
        for name, artifact in artifacts.items() if isinstance(artifacts, Mapping) else ():
            if not isinstance(artifact, Mapping):
                self.unusable.append(
                    TemplateError(
                        str(folder / MANIFEST), f"has an artifact that is not a mapping: {name}"
                    )
                )
                continue
            properties = artifact.get("properties")
            properties = properties if isinstance(properties, Mapping) else {}
            match artifact.get("type"), properties:
                case "aws:cloudformation:stack", {"templateFile": str(file)}:
                    assembly.stacks.append(_stack(name, artifact, folder / file))
                    _note_constructs(self._metadata(artifact, folder), file, assembly.metadata)
                case "cdk:cloud-assembly", {"directoryName": str(directory)}:
                    stages.append(folder / directory)
                case "cdk:asset-manifest", {"file": str(file)}:
                    assembly.metadata.read_platforms.append(partial(self._platforms, folder / file))
                case "aws:cloudformation:stack" | "cdk:cloud-assembly" as kind, _:
                    # Skipping it would silently leave its templates unchecked.
                    key = "templateFile" if kind.startswith("aws") else "directoryName"
                    self.unusable.append(
                        TemplateError(
                            str(folder / MANIFEST), f"has no {key} that is text for {name}"
                        )
                    )
        yield assembly
        for stage in stages:
            if real(stage) in self._seen:
                self.unusable.append(
                    TemplateError(
                        str(folder / MANIFEST),
                        f"reads the folder of a stage twice: {stage}",
                    )
                )
            elif level >= MAX_LEVELS:
                self.unusable.append(
                    TemplateError(
                        str(folder / MANIFEST), f"nests stages more than {MAX_LEVELS} levels deep"
                    )
                )
            else:
                yield from self.assemblies(stage, level + 1)

    def _platforms(self, file: Path) -> dict[str, str]:
        """Return the platforms of the images that a stack builds from a folder, by their hash."""
        try:
            images = self._reader.read(file, root=self._root).data.get("dockerImages")
        except TemplateError:
            return {}  # The templates are whole without it.
        found: dict[str, str] = {}
        for asset_hash, image in images.items() if isinstance(images, Mapping) else ():
            source = image.get("source") if isinstance(image, Mapping) else None
            if isinstance(source, Mapping) and "directory" in source:
                platform = source.get("platform")
                found[asset_hash] = platform if isinstance(platform, str) else ""
        return found

    def _metadata(self, artifact: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
        """Return the metadata of a stack's constructs, by path."""
        metadata = artifact.get("metadata")
        file = artifact.get("additionalMetadataFile")
        if metadata is None and isinstance(file, str):
            try:
                metadata = self._reader.read(folder / file, root=self._root).data
            except TemplateError as error:
                # The templates can be read without it, but it holds the acknowledgements.
                self.unusable.append(error)
                return {}
        return metadata if isinstance(metadata, Mapping) else {}


def _is_empty(document: Document) -> bool:
    """Return whether a template has no resources, and no misspelt section either."""
    return _SECTIONS.issuperset(document.data)


def _stack(name: str, artifact: Mapping[str, Any], file: Path) -> _StackArtifact:
    display = artifact.get("displayName")
    environment = artifact.get("environment")
    match = _ENVIRONMENT.fullmatch(environment) if isinstance(environment, str) else None
    account, region = (
        None if match is None or match[member].startswith(_UNKNOWN) else match[member]
        for member in ("account", "region")
    )
    properties = artifact.get("properties")
    given = properties.get("stackName") if isinstance(properties, Mapping) else None
    return _StackArtifact(
        display if isinstance(display, str) else name,
        given if isinstance(given, str) else name,
        file,
        account,
        region,
    )


def _note_constructs(metadata: Mapping[str, Any], template: str, found: AssemblyMetadata) -> None:
    files: dict[str, str] = {}
    logical_ids: dict[str, str] = {}
    for key, entries in metadata.items():
        path = key.strip("/")
        for entry in entries if isinstance(entries, list) else ():
            match entry:
                case {"type": "aws:cdk:acknowledged-rules", "data": data}:
                    found.acknowledged.setdefault(path, {}).update(_reasons(data))
                case {"type": "aws:cdk:logicalId", "data": str(logical_id)}:
                    logical_ids[path] = logical_id
                case {"type": "aws:cdk:templateFile", "data": str(file)}:
                    files[path] = file
    found.nested.update({path: file for path, file in files.items() if file != template})
    for path, logical_id in logical_ids.items():
        found.paths[_enclosing_template(path, files) or template, logical_id] = path


def _enclosing_template(path: str, files: Mapping[str, str]) -> str | None:
    """Return the template of the nearest stack that contains a construct."""
    found, parent = None, ""
    for part in path.split("/", MAX_CONSTRUCT_DEPTH)[:-1][:MAX_CONSTRUCT_DEPTH]:
        parent = f"{parent}/{part}" if parent else part
        found = files.get(parent, found)
    return found


def _reasons(data: object) -> dict[str, str]:
    if not isinstance(data, Mapping):
        return {}
    return {
        str(rule_id).rpartition("::")[2]: reason
        for rule_id, reason in data.items()
        if isinstance(reason, str)
    }
