"""The Regions that AWS has."""

from __future__ import annotations

from cdk_batch_mnp_emulator.account import DEFAULT_REGION
from cdk_batch_mnp_emulator.errors import UnknownRegionError


def check_region(region: str) -> None:
    """Check that a Region exists.

    Raises:
        UnknownRegionError: AWS has no Region of this name.
    """
    if region == DEFAULT_REGION:
        return  # the list is slow to load
    from botocore.loaders import Loader  # a session would use the user's profile

    partitions = Loader().load_data("endpoints")["partitions"]
    known = {name for partition in partitions for name in partition["regions"]}
    if region not in known:
        raise UnknownRegionError(f"unknown Region {region!r}")
