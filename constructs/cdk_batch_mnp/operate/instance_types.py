"""Describe instance types with EC2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from cdk_batch_mnp.instances.described import Described
from cdk_batch_mnp.operate.errors import OperateError, check_extra, explained

if TYPE_CHECKING:
    import boto3

_ACTION = "ec2:DescribeInstanceTypes"
_ATTEMPTS = 5
_SECONDS_TO_CONNECT = 10


def open_session(profile: str | None = None) -> boto3.Session:
    """Open a session with the credentials that boto3 finds.

    Args:
        profile: Profile of the AWS configuration. Default: the default profile.

    Raises:
        MissingExtraError: boto3 is not installed.
        OperateError: The profile does not exist.
    """
    check_extra()
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session(profile_name=profile)
    except BotoCoreError as error:
        raise explained(error, action=_ACTION, region="") from None


def regions_to_ask(session: boto3.Session, given: Sequence[str]) -> tuple[str, ...]:
    """Return the Regions to query: those passed, without duplicates, or that of the session.

    Raises:
        OperateError: No Region is given, and the session has none.
    """
    regions = tuple(dict.fromkeys(given)) or ((session.region_name,) if session.region_name else ())
    if not regions:
        raise OperateError("no Region is set: use --region, or set AWS_DEFAULT_REGION")
    return regions


def describe_instance_types(session: boto3.Session, region: str) -> tuple[Described, ...]:
    """Return EC2's description of every instance type, also of those not offered in the Region.

    Throttled and failed requests are retried in botocore's standard mode.

    Raises:
        OperateError: EC2 did not respond, or rejected the request. The message is one line.

    Source: EC2 API, DescribeInstanceTypes; needs the permission ec2:DescribeInstanceTypes.
    """
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    settings = Config(
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        connect_timeout=_SECONDS_TO_CONNECT,
    )
    found: list[dict[str, Any]] = []
    try:
        client = session.client("ec2", region_name=region, config=settings)
        pages = client.get_paginator("describe_instance_types")
        for page in pages.paginate(IncludeUnsupportedInRegion=True):
            found += cast("list[dict[str, Any]]", page["InstanceTypes"])
    except (BotoCoreError, ClientError) as error:
        raise explained(error, action=_ACTION, region=region) from None
    return tuple(found)
