"""Folders that stand for images, which are not run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from cdk_batch_mnp_emulator.nodes.dockerfile import copied_files

_TAG = re.compile(r"(?::[\w][\w.-]{0,127})?(?:@[\w+.-]+:[0-9a-fA-F]+)?$", re.ASCII)


class Images:
    """Which folder stands for which image.

    Args:
        folders: By image: its whole name, its name without tag and digest, or the last part of
            that, such as ``trainer`` for
            ``111122223333.dkr.ecr.us-east-1.amazonaws.com/trainer:2``. The first of these that
            matches is taken.

    Raises:
        ValueError: A folder does not exist.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        for image, folder in folders.items():
            if not folder.is_dir():
                raise ValueError(
                    f"the folder {folder} that stands for image {image} does not exist"
                )
        self._folders = {image: folder.resolve() for image, folder in folders.items()}

    def folder(self, image: str) -> Path | None:
        """Return the folder that stands for an image, or ``None``."""
        untagged = _TAG.sub("", image)
        for name in (image, untagged, untagged.rpartition("/")[2]):
            if name in self._folders:
                return self._folders[name]
        return None

    def command(self, image: str, command: Sequence[str]) -> list[str]:
        """Return a command in which arguments name files of this machine instead of the image's.

        Args:
            image: Of the container.
            command: An argument that is the place of a file in the image, by the Dockerfile in the
                folder that stands for it, is the path of that file.
        """
        files = self._copied(image, command)
        return [str(files.get(each, each)) for each in command]

    def notices(self, image: str, command: Sequence[str]) -> list[str]:
        """Return what the log of a job says about its image and its command first."""
        return [
            self._notice(image),
            *(
                f"The argument {place} is {file}, which the Dockerfile of the image copies there."
                for place, file in self._copied(image, command).items()
            ),
        ]

    def _copied(self, image: str, command: Sequence[str]) -> dict[str, Path]:
        folder = self.folder(image)
        if folder is None or not any(each.startswith("/") for each in command):
            return {}
        return {
            place: file for place, file in copied_files(folder).items() if place in set(command)
        }

    def _notice(self, image: str) -> str:
        folder = self.folder(image)
        if folder is None:
            return (
                f"The image {image} is not run: programs come from this machine, by the PATH of"
                " the embedded AWS."
            )
        if (folder / "bin").is_dir():
            return (
                f"The image {image} is not run: programs come from {folder / 'bin'}, and then from"
                " this machine."
            )
        return (
            f"The image {image} is not run: {folder} stands for it, and programs come from this"
            " machine."
        )
