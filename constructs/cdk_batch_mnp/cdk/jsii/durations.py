"""Convert durations to the unit of the API."""

from __future__ import annotations

from aws_cdk import Duration

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import once


def seconds_of(name: str, duration: Duration) -> int:
    """Return a duration in seconds, or a token for it.

    Raises:
        ArgumentError: The duration is not a whole number of seconds, or is known only at
            deployment and in another unit.
    """
    return _whole(name, duration, "seconds")


def minutes_of(name: str, duration: Duration) -> int:
    """Return a duration in minutes, or a token for it.

    Raises:
        ArgumentError: The duration is not a whole number of minutes, or is known only at
            deployment and in another unit.
    """
    return _whole(name, duration, "minutes")


def _whole(name: str, duration: Duration, unit: str) -> int:
    try:
        amount = _seconds_of(duration) if unit == "seconds" else duration.to_minutes()
    except RuntimeError:
        actual = "known only at deployment" if duration.is_unresolved() else duration.to_string()
        raise ArgumentError(
            f"{name} is {actual}, but must be a whole number of {unit}; use Duration.{unit}(...)"
        ) from None
    # The CDK's tokens for numbers are floats.
    return amount if is_token(amount) else int(amount)  # type: ignore[return-value]


@once
def _seconds_of(duration: Duration) -> int | float:
    return duration.to_seconds()
