"""Telling what the CDK knows now from what it will know at deployment, without asking Node."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from cdk_batch_mnp.model.shape import Value
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

_STRING_TOKEN = "${Token["
_LIST_TOKEN = "#{Token["
# The CDK encodes a number that is not known yet in the upper bits of a negative double.
_NUMBER_TOKEN = b"\xfb\xff"


def is_token(value: object) -> bool:
    """Whether a value stands for, or contains, something that only deployment can tell."""
    if isinstance(value, str):
        return _STRING_TOKEN in value or _LIST_TOKEN in value
    if isinstance(value, float):
        return struct.pack(">d", value).startswith(_NUMBER_TOKEN)
    return not isinstance(value, (int, Mapping, Sequence)) and value is not None


def known(value: object) -> Value:
    """Copy a structure, with ``UNKNOWN`` in the place of tokens and of CloudFormation intrinsics."""
    if isinstance(value, Mapping):
        if len(value) == 1 and _is_intrinsic(next(iter(value))):
            return UNKNOWN
        return {key: known(each) for key, each in value.items()}
    if is_token(value):
        return UNKNOWN
    if isinstance(value, Sequence) and not isinstance(value, str):
        if any(isinstance(each, str) and _LIST_TOKEN in each for each in value):
            return UNKNOWN
        return [known(each) for each in value]
    return value


def known_text(value: str | None) -> Maybe[str] | None:
    """Give a string, or ``UNKNOWN`` if it contains a token."""
    return UNKNOWN if is_token(value) else value


def _is_intrinsic(key: object) -> bool:
    return isinstance(key, str) and (key == "Ref" or key.startswith("Fn::"))
