"""Files that a Dockerfile copies from its folder to places in the image.

Source: https://docs.docker.com/reference/dockerfile/ (COPY, ADD, WORKDIR, FROM).
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

_NAME = "Dockerfile"
_CONTINUED = re.compile(r"\\[ \t]*\n")
_MOST_BYTES = 1 << 20


def copied_files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder that its Dockerfile copies, by their absolute path in the image.

    Folders, patterns and variables are left out, and so is what other stages of the build make.

    Args:
        folder: What the image is built from. Without a Dockerfile that can be read, nothing is
            copied.
    """
    files: dict[str, Path] = {}
    working_folder = "/"
    for instruction, arguments in _instructions(folder / _NAME):
        if instruction == "FROM":
            files, working_folder = {}, "/"  # only the last stage is the image
        elif instruction == "WORKDIR" and arguments:
            working_folder = posixpath.join(working_folder, arguments[0])
        elif instruction in {"COPY", "ADD"} and not any(
            argument.startswith("--from") for argument in arguments
        ):
            paths = [each for each in arguments if not each.startswith("--")]
            files |= _copied(folder, paths, working_folder)
    return files


def _copied(folder: Path, paths: Sequence[str], working_folder: str) -> dict[str, Path]:
    if len(paths) < 2 or any("$" in each for each in paths):
        return {}
    *sources, target = paths
    found = {}
    for source in sources:
        file = folder / source.lstrip("/")
        if not _is_file_in(folder, file):
            continue
        place = posixpath.join(working_folder, target)
        if target.endswith(("/", "/.")) or target == "." or len(sources) > 1:
            place = posixpath.join(place, file.name)
        found[posixpath.normpath(place)] = file
    return found


def _is_file_in(folder: Path, file: Path) -> bool:
    try:
        return file.is_file() and file.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # a name that no file can have
        return False


def _instructions(file: Path) -> Iterator[tuple[str, list[str]]]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in _CONTINUED.sub(" ", "\n".join(lines)).splitlines():
        instruction, _, rest = line.strip().partition(" ")
        yield instruction.upper(), _words(rest.strip())


def _words(text: str) -> list[str]:
    flags = []
    while text.startswith("--"):
        flag, _, text = text.partition(" ")
        flags.append(flag)
        text = text.lstrip()
    try:
        words = json.loads(text) if text.startswith("[") else shlex.split(text)
    except ValueError:
        return []
    return [*flags, *(each for each in words if isinstance(each, str))]
