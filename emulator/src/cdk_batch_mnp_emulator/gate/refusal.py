"""How a request is refused before any service sees it, in a form that its client can read."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from werkzeug import Response

_XML_SERVICES = frozenset({"cloudfront", "ec2", "route53", "s3", "s3express", "sdb"})


class Refused(Exception):  # noqa: N818 - an answer, as services give it
    """A request is refused.

    Args:
        status: Of the HTTP answer.
        code: The error's code, as clients compare it.
        message: What is wrong, for people.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self, service: str, content_type: str) -> Response:
        """Return the answer, in the form that the service's clients expect.

        Args:
            service: That the request was signed for; empty if it was not.
            content_type: Of the request.
        """
        is_query = content_type.startswith("application/x-www-form-urlencoded")
        if service and not is_query and service not in _XML_SERVICES:
            return Response(
                json.dumps({"__type": self.code, "message": self.message}),
                status=self.status,
                headers={"X-Amzn-ErrorType": self.code},
                content_type="application/json",
            )
        error = f"<Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message>"
        if service == "ec2":
            body = f"<Response><Errors><Error>{error}</Error></Errors></Response>"
        elif is_query:
            body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"
        else:
            body = f"<Error>{error}</Error>"
        return Response(body, status=self.status, content_type="text/xml")


def denied(code: str, message: str) -> Refused:
    """Return the refusal of a request that is not allowed."""
    return Refused(403, code, message)
