"""Error responses for requests that do not reach a service."""

from __future__ import annotations

from werkzeug import Response

from cdk_batch_mnp_emulator.error_bodies import ErrorForm, error_response

_XML_SERVICES = frozenset({"cloudfront", "ec2", "route53", "s3", "s3express", "sdb"})


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """A request is rejected.

    Args:
        status: Status of the HTTP response.
        code: Error code for clients.
        message: What is wrong, for people.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self, service: str, content_type: str) -> Response:
        """Return the response, in the format of the service.

        Args:
            service: Service that the request was signed for; empty if it was not signed.
            content_type: Content type of the request.
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
    """Return the rejection of a request that is not allowed."""
    return Refused(403, code, message)
