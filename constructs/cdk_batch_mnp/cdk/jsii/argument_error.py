"""The error for invalid arguments, with the path of the construct."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ArgumentError(ValueError):
    """An invalid argument of a construct or of an object that is passed to one.

    The message begins with the path: ``Platform/Cluster: max_nodes is 0, ...``.

    Args:
        problem: What is wrong, without the path.
        path: Where. Default: nowhere yet; the construct that is given the argument adds its path.

    Attributes:
        path: Path of the construct, such as ``Platform/Cluster``, and the part of it that has the
            argument. For other objects, a description: ``NodeContainer``, ``node group 'workers'``.
            Empty until the construct is known.
        problem: What is wrong, without the path.
        is_in_construct: Whether the path begins with that of a construct.
    """

    def __init__(self, problem: str, *, path: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path
        self.is_in_construct = False

    def __str__(self) -> str:
        """Return the path and the problem."""
        return f"{self.path}: {self.problem}" if self.path else self.problem


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument of the wrong type, an unknown argument, or a missing required argument."""


@contextmanager
def at_path(path: str, *, is_construct: bool = False) -> Iterator[None]:
    """Prefix the path of every :class:`ArgumentError` that is raised within.

    The path of a construct begins at the root of the tree and is not prefixed.
    """
    try:
        yield
    except ArgumentError as error:
        if not error.is_in_construct:
            error.path = f"{path}: {error.path}" if error.path else path
            error.is_in_construct = is_construct
        raise
