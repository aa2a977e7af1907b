"""What the embedded AWS needs before it can start."""

from __future__ import annotations

from importlib.util import find_spec

from cdk_batch_mnp.local.errors import MissingExtraError, UnknownRegionError

_PACKAGES = ("boto3", "moto", "flask", "flask_cors")


def check_extra() -> None:
    """Make sure that the embedded AWS can start.

    Raises:
        MissingExtraError: Packages are missing; the message says how to install them.
    """
    if missing := [each for each in _PACKAGES if find_spec(each) is None]:
        raise MissingExtraError(
            f"the embedded AWS needs {', '.join(missing)}: pip install 'cdk-batch-mnp[local]'"
        )


def check_region(region: str) -> None:
    """Make sure that AWS has a Region.

    Raises:
        UnknownRegionError: It has none of this name.
    """
    from botocore.loaders import Loader  # a session would ask for the user's profile

    partitions = Loader().load_data("endpoints")["partitions"]
    known = {name for partition in partitions for name in partition["regions"]}
    if region not in known:
        raise UnknownRegionError(f"there is no Region {region!r}")
