"""The gate, which only lets requests with a valid signature through to a service.

A web page can send requests to every port of the machine that displays it, so the port does not
protect the server. But a page cannot omit ``Origin`` where it matters, set another host name than
its own, or sign a request.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from cdk_batch_mnp_emulator.gate import form_upload, signature_v2
from cdk_batch_mnp_emulator.gate.host import is_own
from cdk_batch_mnp_emulator.gate.keys import Key, Keys
from cdk_batch_mnp_emulator.gate.refusal import Refused, denied
from cdk_batch_mnp_emulator.gate.request import WireRequest
from cdk_batch_mnp_emulator.gate.signature_v4 import ALGORITHM, SignatureV4
from cdk_batch_mnp_emulator.wsgi import Environ, StartResponse, WebApplication

_NOT_SERVED = ("/moto-api", "/latest/meta-data", "/latest/api", "/favicon.ico")
"""Paths that moto serves without authentication: its own state, and instance metadata."""

_MIB = 1024 * 1024
_LONGEST_BODY = 128 * _MIB
_LONGEST_OBJECT = 5 * 1024 * _MIB


class Gate:
    """Passes requests on to an application, or rejects them.

    Args:
        application: The application behind the gate.
        url: Address of the server.
        keys: The valid credentials.
        other_hosts: Further names and addresses of the server, such as those for containers.
    """

    def __init__(
        self,
        application: WebApplication,
        url: str,
        keys: Keys,
        other_hosts: Collection[str] = (),
    ) -> None:
        self._application = application
        self._port = urlsplit(url).port or 80
        self._url = url
        self._keys = keys
        self._other_hosts = other_hosts

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on to the application, or reject it."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            # moto and the CORS rules of a bucket would allow web pages to read the response.
            kept = [each for each in headers if not each[0].lower().startswith("access-control-")]
            return start_response(status, kept, *rest)

        try:
            service, body = self._passed(environ)
        except Refused as refused:
            request = WireRequest.of(environ)
            response = refused.response(_service(request), request.header("content-type"))
            return response(environ, start)
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if service not in {"", "s3"} and "HTTP_AUTHORIZATION" not in environ:
            # The services only read this header.
            credential = WireRequest.of(environ).parameters["X-Amz-Credential"]
            environ["HTTP_AUTHORIZATION"] = f"{ALGORITHM} Credential={credential}, "
        return self._application(environ, start)

    def _passed(self, environ: Environ) -> tuple[str, bytes]:
        """Return the service and the body of an accepted request."""
        try:
            self._check_sender(environ)
            request = WireRequest.of(environ)
            service = _service(request)
            self._check_key_is_named(request)
            body = _read(environ, service)
            self._check_signature(WireRequest.of(environ, body))
        except Refused:
            raise
        except Exception as error:  # an unreadable request is rejected
            raise Refused(
                400, "InvalidRequest", f"the request cannot be read: {type(error).__name__}"
            ) from None
        return service, body

    def _check_sender(self, environ: Environ) -> None:
        host = str(environ.get("HTTP_HOST", ""))
        if "HTTP_ORIGIN" in environ:
            raise denied(
                "AccessDenied",
                "the embedded AWS does not serve web pages, and this request comes from one "
                f"(Origin: {environ['HTTP_ORIGIN']})",
            )
        if environ.get("HTTP_SEC_FETCH_SITE", "none") != "none":
            raise denied("AccessDenied", "the embedded AWS does not serve web pages")
        if not is_own(host, self._port, self._other_hosts):
            raise denied(
                "AccessDenied",
                f"the embedded AWS listens on {self._url} and does not accept requests for "
                f"{host!r}",
            )
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith(_NOT_SERVED):
            raise denied("AccessDenied", f"the embedded AWS does not serve {path}")

    def _check_key_is_named(self, request: WireRequest) -> None:
        # Before the body is read.
        given = request.header("authorization")
        if given.startswith(f"{ALGORITHM} "):
            self._key(SignatureV4.in_header(request).key_id, request)
        elif given.startswith("AWS "):
            self._key(given.removeprefix("AWS ").partition(":")[0], request)
        elif given:
            raise denied(
                "AccessDenied",
                "the embedded AWS accepts Signature Version 4, and Version 2 for S3, not "
                f"{given.split()[0]}",
            )
        elif "X-Amz-Credential" in request.parameters:
            self._key(SignatureV4.in_query(request).key_id, request)
        elif "AWSAccessKeyId" in request.parameters:
            self._key(request.parameters["AWSAccessKeyId"], request)
        elif not request.header("content-type").startswith(
            ("application/x-www-form-urlencoded", "multipart/form-data")
        ):
            raise _unsigned()

    def _check_signature(self, request: WireRequest) -> None:
        given = request.header("authorization")
        if given.startswith("AWS "):
            id, _, value = given.removeprefix("AWS ").partition(":")
            key = self._key(id, request)
            _check_token(key, request.header("x-amz-security-token"))
            is_right = signature_v2.is_made_for_s3(key, request, value, "")
        elif given or "X-Amz-Credential" in request.parameters:
            signature = SignatureV4.in_header(request) if given else SignatureV4.in_query(request)
            key = self._key(signature.key_id, request)
            _check_token(key, signature.token)
            signature.check_time(datetime.now(UTC))
            is_right = signature.is_made_with(key.secret, request)
        elif request.header("content-type").startswith("multipart/form-data"):
            upload = form_upload.FormUpload.of(request)
            key = self._key(upload.key_id, request)
            _check_token(key, upload.token)
            is_right = upload.is_signed_with(key.secret)
        else:
            is_right = self._is_signed_by_parameters(request)
        if not is_right:
            raise denied(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your secret access key and signing method.",
            )

    def _is_signed_by_parameters(self, request: WireRequest) -> bool:
        given = dict(request.parameters) | request.form()
        if "AWSAccessKeyId" not in given:
            raise _unsigned()
        key = self._key(given["AWSAccessKeyId"], request)
        if "Expires" in given and "SignatureVersion" not in given:
            _check_token(
                key,
                given.get("x-amz-security-token", "") or request.header("x-amz-security-token"),
            )
            return signature_v2.is_made_for_s3(
                key, request, given.get("Signature", ""), given["Expires"]
            )
        _check_token(key, given.get("SecurityToken", ""))
        return signature_v2.is_made_for_query(key, request, given)

    def _key(self, id: str, request: WireRequest) -> Key:
        key = self._keys.find(id)
        if key is None:
            raise denied(
                _unknown_key_code(request),
                "The security token included in the request is invalid: the access key id is not "
                f"one of the embedded AWS on {self._url}",
            )
        if key.has_expired:
            code = "ExpiredToken" if _service(request) == "s3" else "ExpiredTokenException"
            raise denied(code, "The security token included in the request is expired")
        return key


def _check_token(key: Key, token: str) -> None:
    if not hmac.compare_digest(key.token.encode(), token.encode()):
        raise denied(
            "InvalidToken", "The session token of the request is not that of its access key"
        )


def _unsigned() -> Refused:
    return denied(
        "MissingAuthenticationToken",
        "Request is missing Authentication Token: the embedded AWS only accepts signed requests",
    )


def _unknown_key_code(request: WireRequest) -> str:
    if _service(request) in {"", "s3"}:
        return "InvalidAccessKeyId"
    if request.header("content-type").startswith("application/x-www-form-urlencoded"):
        return "InvalidClientTokenId"
    return "UnrecognizedClientException"


def _service(request: WireRequest) -> str:
    """Return the service that a request says it is signed for."""
    _, _, credential = request.header("authorization").partition("Credential=")
    credential = credential or request.parameters.get("X-Amz-Credential", "")
    scope = credential.partition(",")[0].split("/")
    return scope[3].lower() if len(scope) == 5 else ""


def _read(environ: Environ, service: str) -> bytes:
    most = _LONGEST_OBJECT if service in {"", "s3"} else _LONGEST_BODY
    announced = str(environ.get("CONTENT_LENGTH") or "0")
    if not (announced.isascii() and announced.isdigit()):
        raise Refused(400, "InvalidRequest", f"Content-Length is not a number: {announced!r}")
    if environ.get("wsgi.input_terminated"):  # a chunked body
        body = _read_up_to(environ, most + 1)
    else:
        # A number with more digits than the limit is above it.
        length = int(announced) if len(announced) <= len(str(most)) else most + 1
        body = _read_up_to(environ, length) if length <= most else bytes(0)
        if length <= most and len(body) < length:
            missing = length - len(body)
            raise Refused(400, "IncompleteBody", f"the body ends {missing} bytes too early")
        if length > most:
            raise _too_large(most)
    if len(body) > most:
        raise _too_large(most)
    return body


def _read_up_to(environ: Environ, length: int) -> bytes:
    parts: list[bytes] = []
    try:
        while length > 0 and (part := environ["wsgi.input"].read(min(length, _MIB))):
            parts.append(part)
            length -= len(part)
    except OSError as error:
        raise Refused(400, "IncompleteBody", f"the body cannot be read: {error}") from None
    return b"".join(parts)


def _too_large(most: int) -> Refused:
    return Refused(413, "EntityTooLarge", f"the body is longer than {most} bytes")
