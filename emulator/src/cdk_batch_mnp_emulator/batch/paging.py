"""Pagination of lists."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import itertools
import json
import secrets
from collections.abc import Iterable
from typing import Any

from cdk_batch_mnp_emulator.batch.state import refused
from cdk_batch_mnp_emulator.batch.validation.bounds import shown
from cdk_batch_mnp_emulator.protocol import Call

Place = tuple[int, ...]
"""The position of an item in its list; it stays the same when others are added or deleted."""

_SECRET = secrets.token_bytes(32)
_NOT_OF_THE_QUERY = ("nextToken", "maxResults")


def page(
    call: Call,
    operation: str,
    items: Iterable[tuple[Place, Any]],
    *,
    most: int = 100,
    is_sorted: bool = False,
) -> tuple[list[Any], dict[str, str]]:
    """Return the requested page of a list, with ``nextToken`` if there are more items.

    Args:
        call: Request with ``maxResults`` and ``nextToken``, if they are set.
        operation: Operation, for which tokens are valid.
        items: The whole list, each item with its place; no two places are the same.
        most: Maximum page size, regardless of ``maxResults``.
        is_sorted: Whether the list is in the order of its places; then no more is read of it than
            the page needs.

    Raises:
        ServiceError: ``nextToken`` was not returned by this operation for this query.
    """
    size = min(call.get("maxResults") or most, most)
    query = [
        operation,
        call.region,
        {name: value for name, value in call.parameters.items() if name not in _NOT_OF_THE_QUERY},
    ]
    after = _place(call.get("nextToken"), query)
    left = (item for item in items if after is None or item[0] > after)
    rest = list(itertools.islice(left, size + 1)) if is_sorted else sorted(left, key=_first)
    found = [item for _, item in rest[:size]]
    if len(rest) <= size:
        return found, {}
    return found, {"nextToken": _token(rest[size - 1][0], query)}


def _first(item: tuple[Place, Any]) -> Place:
    return item[0]


def _token(place: Place, query: Any) -> str:
    text = json.dumps(place).encode()
    return base64.urlsafe_b64encode(_signature(text, query) + text).decode()


def _place(token: str | None, query: Any) -> Place | None:
    if token is None:
        return None
    try:
        content = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    size = hashlib.sha256().digest_size
    signature, text = content[:size], content[size:]
    if not text or not hmac.compare_digest(signature, _signature(text, query)):
        raise refused(f"nextToken {shown(token)} is not valid for this request")
    return tuple(json.loads(text))


def _signature(text: bytes, query: Any) -> bytes:
    asked = json.dumps(query, sort_keys=True).encode()
    return hmac.digest(_SECRET, len(text).to_bytes(4, "big") + text + asked, "sha256")
