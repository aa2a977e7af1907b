"""The catalogue of instance types that a command works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cdk_batch_mnp.cli.streams import UNUSABLE, say

if TYPE_CHECKING:
    from cdk_batch_mnp.instances import Catalogue


def chosen_catalogue(path: Path | None) -> Catalogue:
    """Give the catalogue of a file, else that of the environment or the package.

    Raises:
        typer.Exit: It cannot be used; why, was told in one line.
    """
    from cdk_batch_mnp.instances import Catalogue, CatalogueError, default_catalogue

    try:
        return default_catalogue() if path is None else Catalogue.load(path)
    except CatalogueError as error:
        say(f"cdk-batch-mnp: {error}")
        raise typer.Exit(UNUSABLE) from None
