"""The valid host names of requests: that of the server, with prefixes that clients add."""

from __future__ import annotations

import re
from collections.abc import Collection

_PREFIXES = (
    "analytics",
    "control-storage",
    "data",
    "query",
    "runtime",
    "storage",
    "stream",
    "sync",
    "tags",
    "workflows",
)
"""Host prefixes of the SDKs that end in a hyphen. Source: hostPrefix in botocore's models."""

_PREFIX = rf"(?:(?:{'|'.join(_PREFIXES)})-)?"
_LABELS = r"(?:[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?\.)?"
"""Prefixes of localhost, such as a bucket. No public domain ends in localhost."""

_ACCOUNT = r"(?:[0-9]{12}\.)?"
_HOST = re.compile(
    rf"(?:{_LABELS}{_PREFIX}localhost|{_ACCOUNT}{_PREFIX}127\.0\.0\.1):(?P<port>[0-9]{{1,5}})"
)


def is_own(host: str, port: int, others: Collection[str] = ()) -> bool:
    """Whether a ``Host`` header is valid for a client of this server.

    A page whose domain resolves to this machine still sends its own domain.

    Args:
        host: The header's value.
        port: Port of the server.
        others: Further names and addresses of the server, such as the one for containers.
    """
    name, _, sent_port = host.lower().rpartition(":")
    if name in others and sent_port == str(port):
        return True
    match = _HOST.fullmatch(host.lower())
    return match is not None and match["port"] == str(port)
