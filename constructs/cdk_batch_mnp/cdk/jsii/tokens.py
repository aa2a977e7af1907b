"""Recognize tokens without a call to Node."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from cdk_batch_mnp.model.unknown import UNKNOWN

_IN_STRING = "${Token["
_IN_LIST = "#{Token["
# The CDK encodes numeric tokens in the upper bits of a negative double.
_NUMBER_TOKEN = b"\xfb\xff"


def is_token(value: object) -> bool:
    """Whether a value is or contains a token."""
    if isinstance(value, str):
        return _IN_STRING in value or _IN_LIST in value
    if isinstance(value, float):
        return struct.pack(">d", value).startswith(_NUMBER_TOKEN)
    return not isinstance(value, (int, Mapping, Sequence)) and value is not None


def is_list_token(value: str) -> bool:
    """Whether a text is an element of a list token."""
    return _IN_LIST in value


def mask_tokens(value: object) -> Any:
    """Return a copy of a structure, with ``UNKNOWN`` in place of tokens and intrinsics."""
    if isinstance(value, Mapping):
        if len(value) == 1 and _is_intrinsic(next(iter(value))):
            return UNKNOWN
        return {key: mask_tokens(each) for key, each in value.items()}
    if is_token(value):
        return UNKNOWN
    if isinstance(value, Sequence) and not isinstance(value, str):
        if any(isinstance(each, str) and _IN_LIST in each for each in value):
            return UNKNOWN
        return [mask_tokens(each) for each in value]
    return value


def _is_intrinsic(key: object) -> bool:
    return isinstance(key, str) and (key == "Ref" or key.startswith("Fn::"))
