"""Paths of templates in reports for other programs."""

from __future__ import annotations

from pathlib import Path


def relative_to_cwd(file: str) -> str:
    """Return a path relative to the current folder, or as it is if it is outside."""
    path = Path(file)
    if path.is_absolute():
        try:
            here = Path.cwd()
        except OSError:  # it was deleted meanwhile
            return path.as_posix()
        path = path.relative_to(here) if path.is_relative_to(here) else path
    return path.as_posix()
