"""Cloud assemblies of the CDK (``cdk.out``): their stacks, nested stacks and stages.

Source: the CDK's cloud assembly schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdk_batch_mnp.template.document import TemplateError, read_file
from cdk_batch_mnp.template.files import MANIFEST, Group
from cdk_batch_mnp.template.nesting import STACK_NAME, add_stack
from cdk_batch_mnp.template.stack import Beside, Options, Stacks

MAX_LEVELS = 10

_ENVIRONMENT = re.compile(r"aws://(?P<account>[^/]+)/(?P<region>.+)")
_UNKNOWN = "unknown-"


@dataclass(frozen=True, slots=True)
class _StackArtifact:
    """A stack of an assembly.

    Attributes:
        display: What people know it by.
        name: What CloudFormation knows it by.
    """

    display: str
    name: str
    file: Path
    account: str | None
    region: str | None

    @property
    def environment(self) -> tuple[str, str] | None:
        """Where it is deployed to, ``None`` if that is not known."""
        if self.account is None or self.region is None:
            return None
        return self.account, self.region

    @property
    def pseudo(self) -> dict[str, str]:
        """The pseudo parameters that this tells."""
        known = {
            STACK_NAME: self.name,
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(slots=True)
class _Assembly:
    """One manifest's own stacks; those of a stage are in an assembly of their own."""

    folder: Path
    stacks: list[_StackArtifact] = field(default_factory=list)
    beside: Beside = field(default_factory=Beside)

    def groups(self, options: Options) -> Iterator[Group]:
        """Stacks that can work together: those of one account and Region, if these are known."""
        environments = {each.environment for each in self.stacks}
        if None in environments or len(environments) <= 1:
            yield self._group(self.stacks, options)
            return
        for environment in sorted(each for each in environments if each is not None):
            yield self._group(
                [each for each in self.stacks if each.environment == environment], options
            )

    def _group(self, artifacts: list[_StackArtifact], options: Options) -> Group:
        def read() -> Stacks:
            stacks = Stacks(options, self.beside)
            for each in artifacts:
                with stacks.reading(str(each.file)):
                    add_stack(
                        read_file(each.file),
                        stacks,
                        folder=self.folder,
                        prefix=each.display,
                        pseudo=each.pseudo,
                    )
            return stacks

        return read


def groups_of(folder: Path, options: Options) -> tuple[list[Group], list[TemplateError]]:
    """Give the stacks of an assembly and of its stages, in groups that belong together."""
    groups: list[Group] = []
    unusable: list[TemplateError] = []
    for assembly in _assemblies(folder, unusable, 0):
        if assembly.stacks:
            groups += assembly.groups(options)
    return groups, unusable


def _assemblies(folder: Path, unusable: list[TemplateError], level: int) -> Iterator[_Assembly]:
    try:
        manifest = read_file(folder / MANIFEST)
    except TemplateError as error:
        unusable.append(error)
        return
    assembly = _Assembly(folder)
    stages: list[Path] = []
    artifacts = manifest.data.get("artifacts")
    for name, artifact in artifacts.items() if isinstance(artifacts, Mapping) else ():
        if not isinstance(artifact, Mapping):
            continue
        properties = artifact.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        match artifact.get("type"), properties:
            case "aws:cloudformation:stack", {"templateFile": str(file)}:
                assembly.stacks.append(_stack(name, artifact, folder / file))
                _note_constructs(_metadata(artifact, folder), file, assembly.beside)
            case "cdk:cloud-assembly", {"directoryName": str(directory)}:
                stages.append(folder / directory)
    yield assembly
    for stage in stages if level < MAX_LEVELS else ():
        yield from _assemblies(stage, unusable, level + 1)


def _stack(name: str, artifact: Mapping[str, Any], file: Path) -> _StackArtifact:
    display = artifact.get("displayName")
    environment = artifact.get("environment")
    match = _ENVIRONMENT.fullmatch(environment) if isinstance(environment, str) else None
    account, region = (
        None if match is None or match[each].startswith(_UNKNOWN) else match[each]
        for each in ("account", "region")
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


def _metadata(artifact: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The metadata of a stack's constructs, by their paths."""
    metadata = artifact.get("metadata")
    if metadata is None and isinstance(file := artifact.get("additionalMetadataFile"), str):
        try:
            metadata = read_file(folder / file).data
        except TemplateError:
            return {}  # The templates can be read without it.
    return metadata if isinstance(metadata, Mapping) else {}


def _note_constructs(metadata: Mapping[str, Any], template: str, beside: Beside) -> None:
    files: dict[str, str] = {}
    logical_ids: dict[str, str] = {}
    for key, entries in metadata.items():
        path = key.strip("/")
        for entry in entries if isinstance(entries, list) else ():
            match entry:
                case {"type": "aws:cdk:acknowledged-rules", "data": data}:
                    beside.acknowledged.setdefault(path, {}).update(_reasons(data))
                case {"type": "aws:cdk:logicalId", "data": str(logical_id)}:
                    logical_ids[path] = logical_id
                case {"type": "aws:cdk:templateFile", "data": str(file)}:
                    files[path] = file
    beside.nested.update({path: file for path, file in files.items() if file != template})
    for path, logical_id in logical_ids.items():
        beside.paths[_template_around(path, files) or template, logical_id] = path


def _template_around(path: str, files: Mapping[str, str]) -> str | None:
    """The template of the nearest stack around a construct."""
    while path:
        path = path.rpartition("/")[0]
        if path in files:
            return files[path]
    return None


def _reasons(data: object) -> dict[str, str]:
    if not isinstance(data, Mapping):
        return {}
    return {
        str(id).rpartition("::")[2]: reason
        for id, reason in data.items()
        if isinstance(reason, str)
    }
