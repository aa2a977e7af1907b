"""Error responses in the formats of AWS services."""

from __future__ import annotations

import json
import re
import uuid
from typing import Literal
from xml.sax.saxutils import escape

from werkzeug import Response

ErrorForm = Literal["ec2", "json", "query", "xml"]
"""``query`` is the format of services with an ``Action``, ``xml`` that of S3 and similar services.
"""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def error_response(form: ErrorForm, code: str, message: str, status: int = 400) -> Response:
    """Return an error response in the format of a service.

    Args:
        form: Error format of the service.
        code: Error code for clients.
        message: What is wrong, for people.
        status: Status of the HTTP response.
    """
    text = _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", message)
    if form == "json":
        return Response(
            json.dumps({"__type": code, "message": text}),
            status=status,
            headers={"X-Amzn-ErrorType": code},
            content_type="application/json",
        )
    error = f"<Code>{escape(code)}</Code><Message>{escape(text)}</Message>"
    id = uuid.uuid4()
    if form == "ec2":
        errors = f"<Errors><Error>{error}</Error></Errors>"
        body = f"<Response>{errors}<RequestID>{id}</RequestID></Response>"
    elif form == "query":
        error = f"<Error><Type>Sender</Type>{error}</Error>"
        body = f"<ErrorResponse>{error}<RequestId>{id}</RequestId></ErrorResponse>"
    else:
        body = f"<Error>{error}</Error>"
    return Response(body, status=status, content_type="text/xml")
