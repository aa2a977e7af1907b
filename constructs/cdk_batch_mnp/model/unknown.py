"""The third state of a value: neither given nor left out, but not to be known before deployment."""

from __future__ import annotations

from enum import Enum
from typing import Literal, NoReturn, TypeAlias, TypeGuard, TypeVar


class Unknown(Enum):
    """A value that exists but cannot be known here.

    Unresolved CDK tokens, CloudFormation parameters and imports are unknown. A rule that needs such
    a value stays silent. There is one member, :data:`UNKNOWN`.
    """

    UNKNOWN = "unknown"

    def __bool__(self) -> NoReturn:
        """Refuse to be taken for true or false: ask :func:`is_known` first."""
        raise TypeError("UNKNOWN is neither true nor false; ask is_known(value) first")

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Literal[Unknown.UNKNOWN] = Unknown.UNKNOWN

T = TypeVar("T")

Maybe: TypeAlias = T | Unknown
"""``Maybe[int]`` is a value that may be unknown; ``Maybe[int] | None`` may also be left out."""


def is_known(value: T | Unknown) -> TypeGuard[T]:
    """Tell whether a value can be reasoned about; ``None`` (left out) is known."""
    return value is not UNKNOWN


def has_value(value: T | Unknown | None) -> TypeGuard[T]:
    """Tell whether a value was given and is known."""
    return value is not None and value is not UNKNOWN
