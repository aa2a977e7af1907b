"""The catalogue of instance types that a command works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from cdk_batch_mnp.instances import Catalogue

UNUSABLE = 2


def chosen_catalogue(path: Path | None) -> Catalogue:
    """Give the catalogue of a file, else that of the environment or the package.

    Raises:
        typer.Exit: It cannot be used; why, was told in one line.
    """
    from cdk_batch_mnp.instances import Catalogue, CatalogueError, default_catalogue

    try:
        return default_catalogue() if path is None else Catalogue.load(path)
    except CatalogueError as error:
        typer.echo(f"cdk-batch-mnp: {error}", err=True)
        raise typer.Exit(UNUSABLE) from None
