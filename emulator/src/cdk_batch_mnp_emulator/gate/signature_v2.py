"""Signature Version 2, which some presigned S3 URLs and old clients still use.

Source: S3 user guide, "Signing and authenticating REST requests (AWS signature version 2)".
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import HmacV1Auth, SigV2Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from cdk_batch_mnp_emulator.gate.keys import Key
from cdk_batch_mnp_emulator.gate.refusal import Refused, denied
from cdk_batch_mnp_emulator.gate.request import WireRequest


class _Given(HmacV1Auth):
    """Signs with the date of the request instead of the current one."""

    def __init__(self, credentials: Credentials, date: str) -> None:
        super().__init__(credentials)
        self._date = date

    def _get_date(self) -> str:
        return self._date


def is_made_for_s3(key: Key, request: WireRequest, value: str, expires: str) -> bool:
    """Whether an S3 Signature Version 2 of a request is valid for a key.

    Args:
        key: The signing key.
        request: Request with the signature in a header or in the query string.
        value: The signature, in Base64.
        expires: Expiration of the presigned URL, in seconds since 1970; empty for a header.

    Raises:
        Refused: The presigned URL has expired.
    """
    if expires:
        try:
            is_over = int(expires) < time.time()
        except ValueError:
            raise Refused(400, "InvalidArgument", f"Expires is {expires!r}") from None
        if is_over:
            raise denied("AccessDenied", "Request has expired")
    headers = HTTPHeaders()
    for name in ("content-md5", "content-type"):
        if given := request.header(name):
            headers[name] = given
    for variable in request.environ:
        if variable.startswith("HTTP_X_AMZ_"):
            name = variable.removeprefix("HTTP_").replace("_", "-").lower()
            headers[name] = request.header(name)
    token = request.parameters.get("x-amz-security-token", "")
    if token and "x-amz-security-token" not in headers:
        headers["x-amz-security-token"] = token
    # With x-amz-date, the date line stays empty.
    date = expires or ("" if "x-amz-date" in headers else request.header("date"))
    signer: Any = _Given(Credentials(key.id, key.secret), date)
    split = urlsplit(f"http://{request.header('host')}{request.path}?{request.query}")
    return any(
        hmac.compare_digest(
            signer.get_signature(request.method, split, _copy(headers), auth_path=path), value
        )
        for path in _paths(request)
    )


def is_made_for_query(key: Key, request: WireRequest, given: dict[str, str]) -> bool:
    """Whether the Signature Version 2 of a query API request is valid for a key.

    Args:
        key: The signing key.
        request: Request with the signature in its query string or form.
        given: The parameters of the query string or form.
    """
    signer: Any = SigV2Auth(Credentials(key.id, key.secret))
    signed: Any = AWSRequest(
        method=request.method, url=f"http://{request.header('host')}{request.path}"
    )
    if given.get("SignatureMethod") != "HmacSHA256":
        return False
    _, value = signer.calc_signature(signed, given)
    return hmac.compare_digest(value, given.get("Signature", ""))


def _copy(headers: HTTPHeaders) -> HTTPHeaders:
    copied = HTTPHeaders()
    for name, value in headers.items():
        copied[name] = value
    return copied


def _paths(request: WireRequest) -> Iterator[str]:
    # The bucket of a virtual host is part of what is signed.
    yield request.path
    host = request.header("host").partition(":")[0]
    if host.endswith(".localhost"):
        yield f"/{host.removesuffix('.localhost')}{request.path}"
