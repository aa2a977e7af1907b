"""Refresh a catalogue of instance types from EC2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cdk_batch_mnp.instances.catalogue import (
    Catalogue,
    CatalogueError,
    check_place,
    default_catalogue,
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
    note: Callable[[str], None] = lambda _: None,
) -> Merged:
    """Get all instance types from EC2, and write the catalogue.

    Types that EC2 does not describe keep the facts of the file or, if it cannot be read, of the
    built-in catalogue. The file is replaced as a whole, and only if everything succeeded.

    Args:
        path: The catalogue's file.
        regions: Regions to query. Default: the Region of the session.
        profile: Profile of the AWS configuration. Default: the default profile.
        note: Called with the reason if the old file cannot be used.

    Raises:
        MissingExtraError: boto3 is not installed.
        OperateError: The request to EC2 failed.
        CatalogueError: The file cannot be written.
    """
    check_place(path)
    session = open_session(profile)
    described = {
        region: describe_instance_types(session, region)
        for region in regions_to_ask(session, regions)
    }
    merged = merge(described, old=_old(path, note), date=datetime.now(UTC).date().isoformat())
    merged.catalogue.save(path)
    return merged


def _old(path: Path, note: Callable[[str], None]) -> Catalogue:
    if not path.exists():
        return default_catalogue()
    try:
        return Catalogue.load(path)
    except CatalogueError as error:
        note(f"the old file is ignored: {error}")
        return default_catalogue()
