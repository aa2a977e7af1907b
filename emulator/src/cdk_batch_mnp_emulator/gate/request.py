"""A raw request."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request before decoding, as it is signed.

    Attributes:
        method: HTTP method, such as ``GET``.
        path: Percent-encoded path, as sent.
        query: Query string, as sent.
        environ: WSGI environment, with the headers.
        body: The complete body.
    """

    method: str
    path: str
    query: str
    environ: Mapping[str, Any]
    body: bytes = b""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, environ: Mapping[str, Any], body: bytes = b"") -> Self:
        """Return the request of a WSGI environment."""
        target = str(environ.get("RAW_URI") or environ.get("PATH_INFO", "/"))
        if "://" in target.split("?", 1)[0]:  # a client that uses this server as a proxy
            _, _, rest = target.partition("://")
            target = "/" + rest.partition("/")[2]
        path, _, query = target.partition("?")
        return cls(
            method=str(environ["REQUEST_METHOD"]),
            path=path or "/",
            query=query,
            environ=environ,
            body=body,
            parameters=dict(parse_qsl(query, keep_blank_values=True)),
        )

    def header(self, name: str) -> str:
        """Return a header with white space as it is signed; empty if it is not set."""
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_LENGTH", "CONTENT_TYPE"}:
            key = f"HTTP_{key}"
        value = str(self.environ.get(key, ""))
        with contextlib.suppress(UnicodeError):  # WSGI decodes bytes as Latin-1
            value = value.encode("latin-1").decode()
        return " ".join(value.split())

    def form(self) -> dict[str, str]:
        """Return the form fields in the body, as the query APIs send them."""
        if not self.header("content-type").startswith("application/x-www-form-urlencoded"):
            return {}
        return dict(parse_qsl(self.body.decode("latin-1"), keep_blank_values=True))
