"""Validate names, ARNs and tags."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from cdk_batch_mnp_emulator.account import ACCOUNT, PARTITION
from cdk_batch_mnp_emulator.batch.state import refused
from cdk_batch_mnp_emulator.batch.validation.bounds import Check, matches, shown

NAME = matches(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}",
    "1 to 128 letters, digits, hyphens or underscores, and a letter or digit first",
)
"""Names of environments, queues, policies, definitions and jobs."""

SHARE_IDENTIFIER = matches(
    r"[A-Za-z0-9]{1,255}\*?", "up to 255 letters and digits, which an asterisk may follow"
)

_TAG_PUNCTUATION = frozenset("_.:/=+-@")
_PARTS_OF_AN_ARN = 6


def own_resource(kind: str, region: str, name_or_arn: str) -> str:
    """Return the name of a Batch resource from its name or ARN.

    Args:
        kind: Resource type in Batch ARNs, such as ``job-queue``.
        region: Region of the request.
        name_or_arn: Name or ARN in the request.

    Raises:
        ServiceError: The ARN is of another account, Region, service or kind of resource.
    """
    if not name_or_arn.startswith("arn:"):
        return name_or_arn
    start = f"arn:{PARTITION}:batch:{region}:{ACCOUNT}:{kind}/"
    if not name_or_arn.startswith(start):
        raise refused(f"{shown(name_or_arn)} is not an ARN of this account and Region: {start}NAME")
    return name_or_arn.removeprefix(start)


def iam(kind: str) -> Check:
    """Return a check that an ARN is one of IAM's in this account; names without an ARN pass.

    Args:
        kind: ``role`` or ``instance-profile``.
    """
    start = f"arn:{PARTITION}:iam::{ACCOUNT}:{kind}/"

    def check(value: str) -> str:
        if not value.startswith("arn:") or re.fullmatch(re.escape(start) + r"[\w+=,.@/-]+", value):
            return ""
        return f"must be an ARN of this account, {start}NAME, not {shown(value)}"

    return check


def arn_of_services(*services: str) -> Check:
    """Return a check that an ARN is one of some services; a value that is not an ARN passes."""

    def check(value: str) -> str:
        parts = value.split(":", _PARTS_OF_AN_ARN - 1)
        if parts[0] != "arn" or (
            len(parts) == _PARTS_OF_AN_ARN and parts[2] in services and parts[5]
        ):
            return ""
        return f"must be an ARN of {' or '.join(services)}, not {shown(value)}"

    return check


def tags(value: Mapping[str, str]) -> str:
    """Return what is wrong with tags, apart from their number and lengths.

    Source: AWS General Reference, tagging: ``aws:`` is reserved; letters, digits, spaces and
    ``_ . : / = + - @`` are allowed.
    """
    for key, text in value.items():
        if key.lower().startswith("aws:"):
            return f"must not have the key {shown(key)}: the prefix aws: is reserved"
        for part in (key, text):
            if not all(_is_allowed(character) for character in part):
                return (
                    f"must have letters, digits, spaces and _.:/=+-@ only, not {shown(part)} "
                    f"in tag {shown(key)}"
                )
    return ""


def _is_allowed(character: str) -> bool:
    return character in _TAG_PUNCTUATION or unicodedata.category(character)[0] in "LZN"
