"""Convert sizes to the unit of the API."""

from __future__ import annotations

from aws_cdk import Size

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import once


def mebibytes_of(name: str, size: Size) -> int:
    """Return a size in MiB, or a token for it.

    Raises:
        ArgumentError: The size is not a whole number of MiB, or is known only at deployment and in
            another unit.
    """
    return _whole(name, size, "mebibytes")


def gibibytes_of(name: str, size: Size) -> int:
    """Return a size in GiB, or a token for it.

    Raises:
        ArgumentError: The size is not a whole number of GiB, or is known only at deployment and in
            another unit.
    """
    return _whole(name, size, "gibibytes")


def _whole(name: str, size: Size, unit: str) -> int:
    try:
        amount = _mebibytes_of(size) if unit == "mebibytes" else size.to_gibibytes()
    except RuntimeError:
        if size.is_unresolved():
            problem = f"{name} is known only at deployment, and its unit cannot be converted then"
        else:
            problem = f"{name} is not a whole number of {unit}"
        raise ArgumentError(f"{problem}; use Size.{unit}(...)") from None
    # The CDK's tokens for numbers are floats.
    return amount if is_token(amount) else int(amount)  # type: ignore[return-value]


@once
def _mebibytes_of(size: Size) -> int | float:
    return size.to_mebibytes()
