"""How the embedded AWS runs jobs: from pyproject.toml and from the options of the command."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

SECTION = "tool.cdk-batch-mnp-emulator"

_FILE = "pyproject.toml"
_DEFAULT_MAX_NODES = 128
_MOST_NODES = 100_000


class SettingsError(Exception):
    """Settings that cannot be used; the message names the file or option, and the reason."""


class Settings(BaseModel):
    """How jobs run.

    Attributes:
        images: Folders that stand for images, by image.
        host_paths: Files and folders of this machine that are paths of the instances, by path.
        max_nodes: How many nodes run at a time.
        network: How nodes are kept apart: in network namespaces, by loopback addresses, or the
            first of these that works.
        seed: Makes the order in which child nodes start repeatable.
        engine: ``docker`` or ``podman`` to run the images themselves.
        state: A folder that keeps what exists over a restart.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.replace("_", "-"),
        populate_by_name=True,
    )

    images: Mapping[str, Path] = Field(default_factory=dict)
    host_paths: Mapping[Annotated[str, Field(pattern="^/")], Path] = Field(default_factory=dict)
    max_nodes: Annotated[int, Field(ge=1, le=_MOST_NODES)] = _DEFAULT_MAX_NODES
    network: Literal["auto", "namespaces", "loopback"] = "auto"
    seed: int | None = None
    engine: Literal["docker", "podman"] | None = None
    state: Path | None = None

    @classmethod
    def of_project(cls, folder: Path) -> Self:
        """Read the settings of the nearest pyproject.toml that has any, from a folder upwards.

        Raises:
            SettingsError: The file cannot be read, is not TOML, or has an invalid key or value.
        """
        for parent in (folder, *folder.parents):
            path = parent / _FILE
            if path.is_file() and (section := _section(path)) is not None:
                settings = cls._checked(section, f"{path}: [{SECTION}] ")
                return settings.model_copy(
                    update={
                        "images": {
                            image: parent / target.expanduser()
                            for image, target in settings.images.items()
                        },
                        "host_paths": {
                            place: parent / target.expanduser()
                            for place, target in settings.host_paths.items()
                        },
                        "state": settings.state and parent / settings.state,
                    }
                )
        return cls()

    def with_options(
        self, images: Mapping[str, Path], host_paths: Mapping[str, Path], **options: Any
    ) -> Self:
        """Return the settings with options of the command, which take precedence.

        Args:
            images: Added to those of the project.
            host_paths: Added to those of the project.
            options: By name; ``None`` where an option is not set.

        Raises:
            SettingsError: An option has an invalid value.
        """
        changed = {name: value for name, value in options.items() if value is not None}
        merged = self.model_dump() | changed
        merged |= {
            "images": {**self.images, **images},
            "host_paths": {**self.host_paths, **host_paths},
        }
        return self._checked(merged, "--")

    @classmethod
    def _checked(cls, values: Any, where: str) -> Self:
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(
                "; ".join(f"{where}{_problem(item)}" for item in error.errors())
            ) from None


def parse_image(text: str) -> tuple[str, Path]:
    """Return the image and the folder of an option ``IMAGE=DIR``.

    Raises:
        SettingsError: It has another form, or the folder does not exist.
    """
    # A tag may follow the image, and has no equals sign; a folder may have one.
    image, equals, folder = text.partition("=")
    if not equals or not image or not folder:
        raise SettingsError(f"--image {text!r}: must be IMAGE=DIR, such as trainer:1=./trainer")
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise SettingsError(f"--image {text!r}: {folder} is not a folder")
    return image, path.absolute()


def parse_host_path(text: str) -> tuple[str, Path]:
    """Return the path of the instances and the file or folder of an option ``PATH=HERE``.

    Raises:
        SettingsError: It has another form, or the file or folder does not exist.
    """
    place, equals, here = text.partition("=")
    if not equals or not place.startswith("/") or not here:
        raise SettingsError(
            f"--host-path {text!r}: must be PATH=HERE with an absolute PATH, such as /data=./data"
        )
    path = Path(here).expanduser()
    if not path.exists():
        raise SettingsError(f"--host-path {text!r}: {here} does not exist")
    return place, path.absolute()


def _problem(error: ErrorDetails) -> str:
    key = ".".join(map(str, error["loc"])) or "the section"
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key"
    return f"{key}: {error['msg'][:1].lower()}{error['msg'][1:]}, not {error['input']!r}"


def _section(path: Path) -> Any:
    try:
        data = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    tool = data.get("tool")
    return tool.get(SECTION.removeprefix("tool.")) if isinstance(tool, dict) else None
