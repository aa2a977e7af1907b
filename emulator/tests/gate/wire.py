"""Requests as they go over the wire, with every header as a test wants it."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cdk_batch_mnp_emulator.access import Access
from embedded import REGION

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def send(
    access: Access, method: str, target: str, headers: dict[str, str], body: bytes = b""
) -> Answer:
    """Send a request with these headers and no others."""
    parts = urlsplit(access.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in ({"Host": parts.netloc} | headers).items():
            connection.putheader(name, value)
        if body and "Content-Length" not in headers:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        if body:
            connection.send(body)
        answer = connection.getresponse()
        given = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, given, answer.read().decode("utf-8", "replace"))
    finally:
        connection.close()


def signed(
    access: Access,
    service: str,
    method: str,
    target: str,
    body: bytes = b"",
    *,
    key: str = "",
    secret: str = "",
    token: str | None = None,
    host: str = "",
    **headers: str,
) -> dict[str, str]:
    """Return headers for a request, with a signature over them."""
    credentials = Credentials(
        key or access.access_key_id, secret or access.secret_access_key, token
    )
    named: dict[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
    host = host or urlsplit(access.url).netloc
    request: Any = AWSRequest(
        method=method, url=f"http://{host}{target}", data=body, headers={"Host": host, **named}
    )
    SigV4Auth(credentials, service, REGION).add_auth(request)
    return dict(request.headers.items())
