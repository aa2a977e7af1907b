"""The one error for wrong arguments, which knows the construct that they were passed to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ArgumentError(ValueError):
    """An argument of a construct, or of a part of a construct, that cannot be used.

    The text begins with the path: ``Platform/Cluster: max_nodes is 0, ...``.

    Args:
        problem: What is wrong, without the path.
        path: Where. Default: nowhere yet; the construct that is given the argument adds its path.

    Attributes:
        path: Path of the construct in the construct tree, such as ``Platform/Cluster``, and what
            within it the argument belongs to. For objects that are not constructs, what they are:
            ``NodeContainer``, ``node group 'workers'``. Empty until the construct is known.
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
    """An argument of the wrong type, an unknown argument, or a required one that is missing."""


@contextmanager
def at_path(path: str, *, is_construct: bool = False) -> Iterator[None]:
    """Put a path before that of every :class:`ArgumentError` that is raised within.

    The path of a construct begins at the root of the tree, so nothing is put before it.
    """
    try:
        yield
    except ArgumentError as error:
        if not error.is_in_construct:
            error.path = f"{path}: {error.path}" if error.path else path
            error.is_in_construct = is_construct
        raise
