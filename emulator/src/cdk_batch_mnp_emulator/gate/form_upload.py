"""Form uploads to S3, whose policy is signed instead of the request.

Source: S3 API reference, "POST Object" and "Authenticating requests in browser-based uploads".
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from io import BytesIO
from typing import Self

from werkzeug import Request

from cdk_batch_mnp_emulator.gate.refusal import Refused
from cdk_batch_mnp_emulator.gate.request import WireRequest
from cdk_batch_mnp_emulator.gate.signature_v4 import SignatureV4


@dataclass(frozen=True, slots=True)
class FormUpload:
    """The signed fields of a form.

    Attributes:
        policy: The signed text, in Base64.
        key_id: ID of the signing key.
        token: The session token of the form.
        value: The signature, in Base64 for version 2.
        signature: The signature of version 4, if it is one.
    """

    policy: str
    key_id: str
    token: str
    value: str
    signature: SignatureV4 | None

    @classmethod
    def of(cls, request: WireRequest) -> Self:
        """Return the fields of a form.

        Raises:
            Refused: The form is not signed.
        """
        environ = dict(request.environ)
        environ |= {
            "wsgi.input": BytesIO(request.body),
            "CONTENT_LENGTH": str(len(request.body)),
        }
        given = {name.lower(): value for name, value in Request(environ).form.items()}
        credential = given.get("x-amz-credential", "")
        key_id, *scope = credential.split("/")
        signature = None
        if len(scope) == 4:
            date, region, service, end = scope
            signature = SignatureV4(
                key_id=key_id,
                scope=(date, region, service, end),
                moment=given.get("x-amz-date", ""),
                signed_headers=(),
                value=given.get("x-amz-signature", ""),
                token=given.get("x-amz-security-token", ""),
            )
        key_id = key_id or given.get("awsaccesskeyid", "")
        if not (given.get("policy") and key_id):
            raise Refused(
                403,
                "MissingAuthenticationToken",
                "the embedded AWS only accepts signed requests, and this form is not signed",
            )
        return cls(
            policy=given["policy"],
            key_id=key_id,
            token=given.get("x-amz-security-token", ""),
            value=given.get("signature", ""),
            signature=signature,
        )

    def is_signed_with(self, secret: str) -> bool:
        """Whether the policy was signed with a secret."""
        if self.signature is not None:
            own = self.signature.sign(secret, self.policy)
            return hmac.compare_digest(own, self.signature.value)
        own = base64.b64encode(hmac.digest(secret.encode(), self.policy.encode(), "sha1")).decode()
        return hmac.compare_digest(own, self.value)
