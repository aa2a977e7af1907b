"""The assets of an app: files to upload, and images that it builds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from cdk_batch_mnp_emulator.account import PARTITION
from cdk_batch_mnp_emulator.run.manifest import Loose, SourceError, read_file

_DOMAIN = "amazonaws.com"


@dataclass(frozen=True, slots=True)
class FileAsset:
    """A file or a zipped folder in a bucket.

    Attributes:
        source: A file, or a folder.
        is_zipped: Whether the folder is uploaded as one archive.
        region: Of the bucket.
        bucket: Its name.
        key: Of the object.
    """

    source: Path
    is_zipped: bool
    region: str
    bucket: str
    key: str

    def content(self) -> bytes:
        """Return what is uploaded.

        Raises:
            SourceError: The source cannot be read.
        """
        try:
            if self.is_zipped:
                return _zipped(self.source)
            if not self.source.is_file():
                raise SourceError(f"{self.source}: no such file")
            return self.source.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a time before 1980
            raise SourceError(f"{self.source}: {error}") from None


@dataclass(frozen=True, slots=True)
class ImageAsset:
    """A container image that the app builds.

    Attributes:
        image: As job definitions name it.
        folder: That it is built from, with its Dockerfile.
    """

    image: str
    folder: Path


class _FileSource(Loose):
    path: str | None = None
    packaging: Literal["file", "zip"] = "file"


class _FileDestination(Loose):
    bucket_name: str
    object_key: str
    region: str | None = None


class _File(Loose):
    source: _FileSource
    destinations: Mapping[str, _FileDestination]


class _ImageSource(Loose):
    directory: str | None = None


class _ImageDestination(Loose):
    repository_name: str
    image_tag: str
    region: str | None = None


class _Image(Loose):
    source: _ImageSource
    destinations: Mapping[str, _ImageDestination]


class _Assets(Loose):
    files: Mapping[str, _File] = Field(default_factory=dict)
    docker_images: Mapping[str, _Image] = Field(default_factory=dict)


def read_assets(
    manifest: Path, account: str, region: str
) -> tuple[list[FileAsset], list[ImageAsset]]:
    """Return the assets of an asset manifest.

    Args:
        manifest: Such as ``cdk.out/App.assets.json``.
        account: That stands for the current one.
        region: That stands for the current one.

    Raises:
        SourceError: It cannot be read, or has another form.
    """
    assets = read_file(manifest, _Assets)
    folder = manifest.parent

    def filled(text: str, own_region: str) -> str:
        values = {"Partition": PARTITION, "AccountId": account, "Region": own_region}
        for name, value in values.items():
            text = text.replace(f"${{AWS::{name}}}", value)
        return text

    files: list[FileAsset] = []
    for asset_id, file in assets.files.items():
        if file.source.path is None:
            raise SourceError(
                f"{manifest}: files.{asset_id} is made by a program (source.executable); only "
                "assets that are files or folders can be uploaded here"
            )
        for at in file.destinations.values():
            where = filled(at.region or region, region)
            files.append(
                FileAsset(
                    folder / file.source.path,
                    file.source.packaging == "zip",
                    where,
                    filled(at.bucket_name, where),
                    filled(at.object_key, where),
                )
            )
    images: list[ImageAsset] = []
    for image in assets.docker_images.values():
        if image.source.directory is None:
            continue  # made by a program, and not run here
        for to in image.destinations.values():
            where = filled(to.region or region, region)
            repository = filled(to.repository_name, where)
            name = f"{account}.dkr.ecr.{where}.{_DOMAIN}/{repository}:{to.image_tag}"
            images.append(ImageAsset(name, folder / image.source.directory))
    return files, images


def _zipped(folder: Path) -> bytes:
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
