"""Errors of the embedded AWS."""

from __future__ import annotations


class ServiceError(Exception):
    """An error response of an AWS service.

    Args:
        code: Error code of the service's API, such as ``ClientException``.
        message: What is wrong, for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnknownRegionError(Exception):
    """The Region does not exist."""
