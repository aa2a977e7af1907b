"""Signature Version 4: in a header, in the query string of a presigned URL, in an S3 form.

Source: IAM user guide, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import quote, unquote

from cdk_batch_mnp_emulator.gate.refusal import Refused, denied
from cdk_batch_mnp_emulator.gate.request import WireRequest

ALGORITHM = "AWS4-HMAC-SHA256"

_UNRESERVED = "-_.~"
_NOT_HASHED = ("UNSIGNED-PAYLOAD", "STREAMING-")
_NOTHING = hashlib.sha256(b"").hexdigest()
_SKEW = timedelta(minutes=15)
_LONGEST_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SignatureV4:
    """The signature of a request, with its scope and time.

    Attributes:
        key_id: ID of the signing key.
        scope: Date, Region, service and ``aws4_request``.
        moment: Time of the signature, such as ``20260101T000000Z``.
        signed_headers: Names of the signed headers, in lower case.
        value: The signature, in hexadecimal.
        token: The session token of the request.
        valid_for: Validity of a presigned URL, in seconds.
    """

    key_id: str
    scope: tuple[str, str, str, str]
    moment: str
    signed_headers: tuple[str, ...]
    value: str
    token: str
    valid_for: str = ""

    @classmethod
    def in_header(cls, request: WireRequest) -> Self:
        """Return the signature of an ``Authorization`` header.

        Raises:
            Refused: The header is incomplete.
        """
        _, _, rest = request.header("authorization").partition(" ")
        parts = dict(each.strip().partition("=")[::2] for each in rest.split(","))
        return cls._read(
            parts.get("Credential", ""),
            request.header("x-amz-date"),
            parts.get("SignedHeaders", ""),
            parts.get("Signature", ""),
            request.header("x-amz-security-token"),
        )

    @classmethod
    def in_query(cls, request: WireRequest) -> Self:
        """Return the signature of a presigned URL.

        Raises:
            Refused: It is incomplete.
        """
        given = request.parameters
        return cls._read(
            given.get("X-Amz-Credential", ""),
            given.get("X-Amz-Date", ""),
            given.get("X-Amz-SignedHeaders", ""),
            given.get("X-Amz-Signature", ""),
            given.get("X-Amz-Security-Token", "") or request.header("x-amz-security-token"),
            given.get("X-Amz-Expires", "0"),
        )

    @classmethod
    def _read(
        cls,
        credential: str,
        moment: str,
        headers: str,
        value: str,
        token: str,
        valid_for: str = "",
    ) -> Self:
        key_id, *scope = credential.split("/")
        signed = tuple(headers.split(";"))
        if len(scope) != 4 or scope[3] != "aws4_request" or "host" not in signed or not value:
            raise Refused(400, "IncompleteSignature", "the signature of the request is incomplete")
        date, region, service, end = scope
        return cls(key_id, (date, region, service, end), moment, signed, value, token, valid_for)

    def check_time(self, now: datetime) -> None:
        """Check that the signature is neither expired nor from the future.

        Raises:
            Refused: It has expired, is from the future, or has no time.
        """
        try:
            made = datetime.strptime(self.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            seconds = int(self.valid_for or 0)
        except ValueError:
            raise Refused(
                400, "IncompleteSignature", "the time of the signature cannot be read"
            ) from None
        if not self.moment.startswith(self.scope[0]):
            raise denied("SignatureDoesNotMatch", "the scope of the signature has another date")
        if not self.valid_for:
            if abs(now - made) > _SKEW:
                raise denied("RequestTimeTooSkewed", f"the request was signed at {self.moment}")
        elif not 0 < seconds <= _LONGEST_SECONDS:
            raise denied("AuthorizationQueryParametersError", f"X-Amz-Expires is {seconds}")
        elif now > made + timedelta(seconds=seconds):
            raise denied("AccessDenied", "Request has expired")
        elif made > now + _SKEW:
            raise denied("AccessDenied", "Request is not valid yet")

    def is_made_with(self, secret: str, request: WireRequest) -> bool:
        """Whether the request was signed with a secret.

        SDKs differ in how often they encode a path or a query string, so each way is tried. Each
        covers the whole request.
        """
        if request.header("x-amz-target") and "x-amz-target" not in self.signed_headers:
            return False  # it names the operation
        return any(
            hmac.compare_digest(self._signature_of(secret, candidate), self.value)
            for candidate in self._canonical_requests(request)
        )

    def sign(self, secret: str, text: str) -> str:
        """Return the signature of a text in this scope."""
        key = f"AWS4{secret}".encode()
        for part in self.scope:
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()

    def _signature_of(self, secret: str, canonical: str) -> str:
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        return self.sign(secret, "\n".join([ALGORITHM, self.moment, "/".join(self.scope), hashed]))

    def _canonical_requests(self, request: WireRequest) -> Iterator[str]:
        headers = "".join(f"{name}:{request.header(name)}\n" for name in self.signed_headers)
        names = ";".join(self.signed_headers)
        for path in _paths(request.path):
            for query in _queries(request.query):
                for payload in self._payloads(request):
                    yield "\n".join([request.method, path, query, headers, names, payload])

    def _payloads(self, request: WireRequest) -> Sequence[str]:
        given = request.header("x-amz-content-sha256") or request.parameters.get(
            "X-Amz-Content-Sha256", ""
        )
        if given.startswith(_NOT_HASHED):
            return [given]
        hashed = hashlib.sha256(request.body).hexdigest()
        if given and given != hashed:
            raise Refused(
                400,
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            )
        if self.valid_for:  # S3 leaves the body of a presigned request unsigned
            return [hashed, "UNSIGNED-PAYLOAD", *([] if request.body else [_NOTHING])]
        return [hashed]


def _paths(path: str) -> list[str]:
    # S3 encodes the path once; all other services normalize it and encode it again.
    once = quote(unquote(path), safe=f"/{_UNRESERVED}")
    normal = posixpath.normpath(path)
    normal = f"/{normal.strip('/')}" + ("/" if path.endswith("/") and normal != "/" else "")
    normal = normal if normal != "//" else "/"
    again = [quote(each, safe=f"/{_UNRESERVED}") for each in (path, normal)]
    return list(dict.fromkeys([path, once, *again]))


def _queries(query: str) -> list[str]:
    pairs = [each.partition("=")[::2] for each in query.split("&") if each]
    kept = [(name, value) for name, value in pairs if name != "X-Amz-Signature"]
    encoded = [
        (quote(unquote(name), safe=_UNRESERVED), quote(unquote(value), safe=_UNRESERVED))
        for name, value in kept
    ]
    ways = [
        "&".join(f"{name}={value}" for name, value in sorted(parts)) for parts in (kept, encoded)
    ]
    return list(dict.fromkeys(ways))
