"""The manifest of a cloud assembly, as far as a deployment needs it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

MANIFEST = "manifest.json"

_STACK = "aws:cloudformation:stack"
_ASSETS = "cdk:asset-manifest"
_NESTED = "cdk:cloud-assembly"


class SourceError(Exception):
    """A template or a cloud assembly that cannot be used; the message names the file."""


class Loose(BaseModel):
    """A part of a file of the CDK, whose other members do not matter."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class StackProperties(Loose):
    """Properties of a stack."""

    template_file: str
    stack_name: str | None = None
    parameters: Mapping[str, str] = Field(default_factory=dict)


class AssetProperties(Loose):
    """Properties of an asset manifest: its file."""

    file: str


class NestedProperties(Loose):
    """Properties of a nested assembly, such as that of a stage: its folder."""

    directory_name: str


class _Artifact(Loose):
    type: str
    environment: str = ""
    dependencies: tuple[str, ...] = ()
    properties: Mapping[str, object] = Field(default_factory=dict)


class _Manifest(Loose):
    artifacts: Mapping[str, _Artifact] = Field(default_factory=dict)


class Artifact(Loose):
    """An artifact of an assembly; what it is says which properties it has.

    Attributes:
        environment: Such as ``aws://123456789012/us-east-1``.
        dependencies: Ids of artifacts.
        stack: If it is a stack.
        assets: If it is an asset manifest.
        nested: If it is a nested assembly.
    """

    environment: str = ""
    dependencies: tuple[str, ...] = ()
    stack: StackProperties | None = None
    assets: AssetProperties | None = None
    nested: NestedProperties | None = None


Model = TypeVar("Model", bound=BaseModel)


def read_manifest(folder: Path) -> dict[str, Artifact]:
    """Return the artifacts of an assembly by id.

    Raises:
        SourceError: There is no manifest, or it has another form.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise SourceError(
            f"{folder}: has no {MANIFEST}, so it is not a cloud assembly, such as cdk.out after "
            "`cdk synth`"
        )
    return {
        artifact_id: _typed(path, artifact_id, artifact)
        for artifact_id, artifact in _read(path, _Manifest).artifacts.items()
    }


def read_file(path: Path, model: type[Model]) -> Model:
    """Return what a JSON file of an assembly holds.

    Raises:
        SourceError: The file cannot be read, or has another form.
    """
    return _read(path, model)


def _typed(path: Path, id: str, raw: _Artifact) -> Artifact:
    kinds: Mapping[str, tuple[str, type[Loose]]] = {
        _STACK: ("stack", StackProperties),
        _ASSETS: ("assets", AssetProperties),
        _NESTED: ("nested", NestedProperties),
    }
    found: dict[str, Loose] = {}
    if raw.type in kinds:
        member, model = kinds[raw.type]
        try:
            found[member] = model.model_validate(raw.properties)
        except ValidationError as error:
            raise _wrong(path, error, f"artifacts.{id}.properties.") from None
    return Artifact.model_validate(
        {"environment": raw.environment, "dependencies": raw.dependencies, **found}
    )


def _read(path: Path, model: type[Model]) -> Model:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise _wrong(path, error) from None


def _wrong(path: Path, error: ValidationError, where: str = "") -> SourceError:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    named = f"{where}{place}: " if where or place else ""
    return SourceError(f"{path}: {named}{first['msg'][:1].lower()}{first['msg'][1:]}")
