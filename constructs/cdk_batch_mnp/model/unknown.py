"""Values that are unknown until deployment."""

from __future__ import annotations

from enum import Enum
from typing import Literal, NoReturn, TypeAlias, TypeGuard, TypeVar


class Unknown(Enum):
    """The type of :data:`UNKNOWN`, a value that is known only at deployment.

    Unresolved CDK tokens, CloudFormation parameters and imports are unknown. A rule that needs such
    a value stays silent, but may use that it is set: see :mod:`cdk_batch_mnp.model.presence`.
    """

    UNKNOWN = "unknown"

    def __bool__(self) -> NoReturn:
        """Raise TypeError: call :func:`is_known` first."""
        raise TypeError("UNKNOWN is neither true nor false; call is_known(value) first")

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Literal[Unknown.UNKNOWN] = Unknown.UNKNOWN


class Perhaps(Enum):
    """The type of :data:`PERHAPS`."""

    PERHAPS = "unknown, and perhaps not there"


PERHAPS: Literal[Perhaps.PERHAPS] = Perhaps.PERHAPS
"""In a structure or a list: a member that a condition or a parameter may leave out."""

T = TypeVar("T")

Maybe: TypeAlias = T | Unknown
"""``Maybe[int]`` may be unknown; ``Maybe[int] | None`` may also be not set."""


def is_known(value: T | Unknown) -> TypeGuard[T]:
    """Return whether a value is known; ``None`` (not set) is known."""
    return value is not UNKNOWN


def has_value(value: T | Unknown | None) -> TypeGuard[T]:
    """Return whether a value is set and known."""
    return value is not None and value is not UNKNOWN
