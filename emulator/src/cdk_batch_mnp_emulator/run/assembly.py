"""What a template, or a cloud assembly (``cdk.out``), asks to be deployed.

Source: https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.run.assets import FileAsset, ImageAsset, read_assets
from cdk_batch_mnp_emulator.run.manifest import (
    MANIFEST,
    Artifact,
    SourceError,
    read_manifest,
)

_MOST_BYTES = 1_000_000
"""Of a template. Source: CloudFormation user guide, "Quotas"."""

_ENVIRONMENT = re.compile(r"aws://(?P<account>[^/]+)/(?P<region>[^/]+)")
_UNKNOWN_REGION = "unknown-region"
_UNKNOWN_ACCOUNT = "unknown-account"


@dataclass(frozen=True, slots=True)
class StackToDeploy:
    """A stack.

    Attributes:
        name: Its name.
        region: Where it is deployed.
        template: Its template, a file that exists.
        parameters: Values of parameters.
    """

    name: str
    region: str
    template: Path
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class App:
    """Stacks and what they need.

    Attributes:
        stacks: In an order in which each comes after those that it depends on.
        files: Assets to upload before.
        images: Container images that the app builds.
    """

    stacks: tuple[StackToDeploy, ...]
    files: tuple[FileAsset, ...] = ()
    images: tuple[ImageAsset, ...] = ()


def read(path: Path, region: str) -> App:
    """Return what a template or a cloud assembly asks to be deployed.

    Args:
        path: A template, or the folder of a cloud assembly. Of a template in such a folder, the
            assembly says what else its stack needs.
        region: Of stacks that name none.

    Raises:
        SourceError: It does not exist, cannot be read, or is something else.
    """
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):  # ValueError: a name that no file can have
        raise SourceError(f"{path}: no such file or folder") from None
    if stat.S_ISDIR(kind):
        return _read_assembly(path, region, only=None)
    if not stat.S_ISREG(kind):
        raise SourceError(f"{path}: not a regular file")
    if (path.parent / MANIFEST).is_file():
        app = _read_assembly(path.parent, region, only=path.name)
        if app.stacks:
            return app
    return App((StackToDeploy(_name_of(path), region, _checked(path), {}),))


def _read_assembly(
    folder: Path, region: str, *, only: str | None, around: frozenset[Path] = frozenset()
) -> App:
    artifacts = read_manifest(folder)
    around |= {folder.resolve()}
    stacks: list[StackToDeploy] = []
    files: list[FileAsset] = []
    images: list[ImageAsset] = []
    for artifact_id in _ordered(folder, artifacts, only):
        artifact = artifacts[artifact_id]
        account, own_region = _environment(artifact, region)
        if artifact.stack is not None:
            template = _checked(folder / artifact.stack.template_file)
            name = artifact.stack.stack_name or artifact_id
            stacks.append(StackToDeploy(name, own_region, template, artifact.stack.parameters))
        elif artifact.assets is not None:
            more_files, more_images = read_assets(
                folder / artifact.assets.file, account, own_region
            )
            files += more_files
            images += more_images
        elif artifact.nested is not None and only is None:
            inner = _folder(folder, artifact.nested.directory_name)
            if inner.resolve() in around:
                raise SourceError(
                    f"{folder / MANIFEST}: artifact {artifact_id} is an assembly around it"
                )
            nested = _read_assembly(inner, region, only=None, around=around)
            stacks += nested.stacks
            files += nested.files
            images += nested.images
    if not stacks and only is None:
        raise SourceError(f"{folder}: the cloud assembly has no stack")
    return App(tuple(stacks), tuple(files), tuple(images))


def _folder(outer: Path, name: str) -> Path:
    inner = outer / name
    try:
        if inner.is_dir():
            return inner
    except ValueError:  # a name that no folder can have
        pass
    raise SourceError(f"{inner}: no such folder")


def _ordered(folder: Path, artifacts: Mapping[str, Artifact], only: str | None) -> Iterator[str]:
    """Yield the ids of artifacts, those that others depend on first."""
    chosen = set(artifacts)
    if only is not None:
        pending = [
            artifact_id
            for artifact_id, artifact in artifacts.items()
            if artifact.stack is not None and artifact.stack.template_file == only
        ]
        chosen = set()
        while pending:
            id = pending.pop()
            if id in artifacts and id not in chosen:
                chosen.add(id)
                pending += artifacts[id].dependencies
    graph = {
        artifact_id: [other for other in artifact.dependencies if other in chosen]
        for artifact_id, artifact in artifacts.items()
        if artifact_id in chosen
    }
    try:
        yield from TopologicalSorter(graph).static_order()
    except CycleError as error:
        circle = " -> ".join(map(str, error.args[1]))
        raise SourceError(
            f"{folder / MANIFEST}: artifacts depend on each other: {circle}"
        ) from None


def _environment(artifact: Artifact, region: str) -> tuple[str, str]:
    match = _ENVIRONMENT.fullmatch(artifact.environment)
    if match is None:
        return ACCOUNT, region
    account = ACCOUNT if match["account"] == _UNKNOWN_ACCOUNT else match["account"]
    return account, region if match["region"] == _UNKNOWN_REGION else match["region"]


def _checked(template: Path) -> Path:
    try:
        if not template.is_file():
            raise SourceError(f"{template}: no such template")
        size = template.stat().st_size
        with template.open("rb"):
            pass
    except OSError as error:
        raise SourceError(f"{template}: {error.strerror}") from None
    if size > _MOST_BYTES:
        raise SourceError(
            f"{template}: has {size} bytes; CloudFormation takes templates of at most {_MOST_BYTES}"
        )
    return template


def _name_of(template: Path) -> str:
    name = re.sub("[^A-Za-z0-9]+", "-", template.name.split(".")[0]).strip("-")
    return name[:100] if name[:1].isalpha() else f"Template-{name}"[:100].strip("-")
