"""Answers what the server asks itself, without a connection.

A deployment asks for every resource, and a connection to the own process takes longer than most
answers.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from werkzeug.exceptions import InternalServerError

from cdk_batch_mnp_emulator.wsgi import Environ, WebApplication

_DEEPEST = 3
_CHUNK = 1024 * 1024
_WITHOUT_PREFIX = {"CONTENT_TYPE", "CONTENT_LENGTH"}


class OwnRequests:
    """Passes the requests of boto3 clients to an application.

    Args:
        application: What answers them, behind the gate.
    """

    def __init__(self, application: WebApplication) -> None:
        self._application = application
        self._thread = _Thread()

    def answer(self, request: AWSPreparedRequest) -> AWSResponse | None:
        """Answer a request of a client.

        Returns:
            The response; ``None`` if the request needs a connection. Requests that lead to
            requests, as of nested stacks, are answered in one thread up to some depth only, as
            they would otherwise use up its stack.
        """
        names = [str(name) for name in request.headers]
        if self._thread.depth >= _DEEPEST or any("_" in name for name in names):
            return None
        self._thread.depth += 1
        try:
            return self._answer(request)
        finally:
            self._thread.depth -= 1

    def _answer(self, request: AWSPreparedRequest) -> AWSResponse:
        status, headers = 0, HTTPHeaders()

        def start(line: str, given: list[tuple[str, str]], *_: Any) -> Any:
            nonlocal status
            status = int(line.split(" ", 1)[0])
            for name, value in given:
                headers[name] = value

        environ = _environ(request)
        try:
            body = _whole(self._application(environ, start))
        except Exception:  # as of a request from outside
            headers = HTTPHeaders()
            body = _whole(InternalServerError()(environ, start))
        return AWSResponse(request.url, status, headers, _Raw(body))


def _whole(parts: Iterable[bytes]) -> bytes:
    try:
        return b"".join(parts)
    finally:
        getattr(parts, "close", _nothing)()


def _nothing() -> None:
    pass


class _Thread(threading.local):
    depth = 0


class _Raw(BytesIO):
    """A body, with what botocore uses of urllib3's responses."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        while part := self.read(_CHUNK):
            yield part


def _environ(request: AWSPreparedRequest) -> Environ:
    url = urlsplit(request.url)
    target = request.url.partition(url.netloc)[2] or "/"
    path, _, query = target.partition("?")
    body = _body(request.body)
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path).encode().decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "REMOTE_ADDR": url.hostname,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
        **dict(_headers(request.headers)),
        "CONTENT_LENGTH": str(len(body)),
    }


def _headers(headers: HTTPHeaders) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        given: str | bytes = value
        text = given.decode("latin-1") if isinstance(given, bytes) else given
        yield key if key in _WITHOUT_PREFIX else f"HTTP_{key}", text


def _body(body: Any) -> bytes:
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body or b"")
