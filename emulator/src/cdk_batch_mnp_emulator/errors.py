"""Errors of the embedded AWS."""

from __future__ import annotations


class ServiceError(Exception):
    """A request is refused, as an AWS service refuses it.

    Args:
        code: The error's code as the service's API names it, such as ``ClientException``.
        message: What is wrong, for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnknownRegionError(Exception):
    """AWS has no such Region."""
