"""Where the handlers of custom resources put their responses.

On AWS that is a bucket of CloudFormation's own. The handlers get a presigned URL to it.
"""

from __future__ import annotations

import json
import queue
import uuid
from collections.abc import Mapping
from typing import Any

from werkzeug import Request, Response

_BUCKET = "cloudformation-custom-resource-response"
_LARGEST = 4096
"""In bytes.

Source: CloudFormation user guide, "Custom resource response objects".
"""


class Responses:
    """The responses that handlers have been asked for."""

    def __init__(self) -> None:
        self._asked: dict[str, queue.SimpleQueue[Mapping[str, Any]]] = {}

    def ask(self) -> str:
        """Return a path, of a URL still to be signed, that takes one response."""
        path = f"/{_BUCKET}/{uuid.uuid4()}"
        self._asked[path] = queue.SimpleQueue()
        return path

    def wait(self, path: str, seconds: float) -> Mapping[str, Any] | None:
        """Return the response, ``None`` if there is none in time. Later ones are not taken."""
        try:
            return self._asked[path].get(timeout=seconds)
        except queue.Empty:
            return None
        finally:
            del self._asked[path]

    def take(self, request: Request) -> Response | None:
        """Take a response, if the request is one."""
        if not request.path.startswith(f"/{_BUCKET}/"):
            return None
        asked = self._asked.get(request.path)
        if asked is None or request.method != "PUT":
            return Response("this URL takes one response of a custom resource", 403)
        body = request.get_data()
        asked.put(_read(body))
        return Response()


def _read(body: bytes) -> Mapping[str, Any]:
    wrong = "Invalid Json"
    if len(body) > _LARGEST:
        wrong = "Response object is too long."
    else:
        try:
            content = json.loads(body)
            if isinstance(content, dict) and isinstance(content.get("Data") or {}, dict):
                return content
        except ValueError:
            pass
    return {"Status": "FAILED", "Reason": f"Response is not valid: {wrong}"}
