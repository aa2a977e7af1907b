"""The catalogue of instance types that a command uses."""

from __future__ import annotations

from pathlib import Path

from cdk_batch_mnp.cli.streams import fail
from cdk_batch_mnp.instances import Catalogue, CatalogueError, default_catalogue


def chosen_catalogue(path: Path | None) -> Catalogue:
    """Return the catalogue of a file, or the default one.

    Raises:
        SystemExit: With status 2, after printing the reason. The catalogue cannot be used.
    """
    try:
        return default_catalogue() if path is None else Catalogue.load(path)
    except CatalogueError as error:
        fail(str(error))
