"""Reading durations in the unit of the API that takes them."""

from __future__ import annotations

from aws_cdk import Duration

from cdk_batch_mnp.cdk.jsii.tokens import is_token


def seconds_of(place: str, name: str, duration: Duration) -> int:
    """Give a duration in seconds, or a token for them.

    Raises:
        ValueError: It is no whole number of seconds, or only known at deployment in another unit.
    """
    return _whole(place, name, duration, "seconds")


def minutes_of(place: str, name: str, duration: Duration) -> int:
    """Give a duration in minutes, or a token for them.

    Raises:
        ValueError: It is no whole number of minutes, or only known at deployment in another unit.
    """
    return _whole(place, name, duration, "minutes")


def _whole(place: str, name: str, duration: Duration, unit: str) -> int:
    try:
        amount = duration.to_seconds() if unit == "seconds" else duration.to_minutes()
    except RuntimeError:
        told = "only known at deployment" if duration.is_unresolved() else duration.to_string()
        raise ValueError(
            f"{place}: {name} is {told}, but whole {unit} are needed: say it as "
            f"Duration.{unit}(...)"
        ) from None
    # The CDK's tokens for numbers are floats.
    return amount if is_token(amount) else int(amount)  # type: ignore[return-value]
