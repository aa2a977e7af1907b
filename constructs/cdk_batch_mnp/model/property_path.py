"""Where a property is within a resource."""

from __future__ import annotations


class PropertyPath(tuple[str | int, ...]):
    """The steps from a resource's properties to one of them, in the API's spelling.

    Names lead into structures, indexes from 0 into lists. Paths are built with ``/`` from
    :data:`PROPERTIES`::

        PROPERTIES / "retryStrategy" / "evaluateOnExit" / 0
    """

    __slots__ = ()

    def __truediv__(self, step: str | int) -> PropertyPath:
        """Return the path that goes one step further."""
        return PropertyPath((*self, step))

    def __str__(self) -> str:
        """Return the path as people write it, ``retryStrategy.evaluateOnExit[0]``."""
        text = ""
        for step in self:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        return text


PROPERTIES = PropertyPath()
"""The resource's properties as a whole."""
