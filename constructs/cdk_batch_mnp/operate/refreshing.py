"""Writing a catalogue of instance types from what an account's EC2 tells today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cdk_batch_mnp.instances.catalogue import (
    Catalogue,
    CatalogueError,
    check_place,
    package_catalogue,
)
from cdk_batch_mnp.instances.merging import Merged, merge
from cdk_batch_mnp.operate.instance_types import (
    describe_instance_types,
    open_session,
    regions_to_ask,
)


def refresh(
    path: Path,
    *,
    regions: Sequence[str] = (),
    profile: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Merged:
    """Ask EC2 for its instance types, and write the catalogue anew.

    Types that EC2 does not tell of stay as the file at the path has them or, if there is none that
    can be read, the package. The file is replaced as a whole, and only if all went well.

    Args:
        path: The catalogue's file.
        regions: Where to ask; in the Region of the session if left out.
        profile: Of the AWS configuration; the usual one if left out.
        tell: Is told why the old file is not used, if it cannot be.

    Raises:
        MissingExtraError: boto3 is not installed.
        OperateError: EC2 could not be asked.
        CatalogueError: The file cannot be written.
    """
    check_place(path)
    session = open_session(profile)
    described = {
        region: describe_instance_types(session, region)
        for region in regions_to_ask(session, regions)
    }
    merged = merge(described, old=_old(path, tell), date=datetime.now(UTC).date().isoformat())
    merged.catalogue.save(path)
    return merged


def _old(path: Path, tell: Callable[[str], None]) -> Catalogue:
    if not path.exists():
        return package_catalogue()
    try:
        return Catalogue.load(path)
    except CatalogueError as error:
        tell(f"nothing is kept of the old file: {error}")
        return package_catalogue()
