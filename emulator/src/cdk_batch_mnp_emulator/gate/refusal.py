"""Refusals of requests that do not reach a service, in the form that the client reads."""

from __future__ import annotations

from werkzeug import Response

from cdk_batch_mnp_emulator.error_bodies import ErrorForm, error_response

_XML_SERVICES = frozenset({"cloudfront", "ec2", "route53", "s3", "s3express", "sdb"})


class Refused(Exception):  # noqa: N818 - an answer, not a failure
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
        form: ErrorForm = "xml"
        if service == "ec2":
            form = "ec2"
        elif content_type.startswith("application/x-www-form-urlencoded"):
            form = "query"
        elif service and service not in _XML_SERVICES:
            form = "json"
        return error_response(form, self.code, self.message, self.status)


def denied(code: str, message: str) -> Refused:
    """Return the refusal of a request that is not allowed."""
    return Refused(403, code, message)
