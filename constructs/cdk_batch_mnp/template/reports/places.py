"""How other programs are told where a template is."""

from __future__ import annotations

from pathlib import Path


def relative_to_cwd(file: str) -> str:
    """Give a file's path from the current folder on, unless it lies elsewhere."""
    path = Path(file)
    if path.is_absolute():
        try:
            here = Path.cwd()
        except OSError:  # it was deleted meanwhile
            return path.as_posix()
        path = path.relative_to(here) if path.is_relative_to(here) else path
    return path.as_posix()
