"""Calls of the AWS SDK for JavaScript in functions, made with boto3.

The runtimes of Lambda have the SDK, and this machine need not. ``aws_sdk.cjs`` has the other side.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, UnknownServiceError
from botocore.response import StreamingBody
from botocore.utils import CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES

from cdk_batch_mnp_emulator.endpoint import Endpoint

_PREFIX = "@aws-sdk/client-"
_WAITER_SECONDS = 300
_SERVICES = {
    service_id: name for name, service_id in CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES.items()
}
"""Names of services in boto3 by those of the packages, where they differ."""

Message = Mapping[str, Any]


class SdkCalls:
    """Answers the calls of functions.

    Args:
        endpoint: The embedded AWS that is called.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @contextlib.contextmanager
    def channel(self) -> Iterator[int]:
        """Answer what a process asks on a file descriptor, which it inherits."""
        ours, theirs = socket.socketpair()
        thread = threading.Thread(target=self._serve, args=(ours,), daemon=True)
        thread.start()
        with ours, theirs:
            yield theirs.fileno()

    def _serve(self, own: socket.socket) -> None:
        with contextlib.suppress(OSError), own.makefile("rwb") as lines:
            for line in lines:
                lines.write(json.dumps(self.answer(line), default=_encoded).encode() + b"\n")
                lines.flush()

    def answer(self, line: bytes) -> Message:
        """Return the answer to one message: its result, or the error that the function gets."""
        try:
            message = json.loads(line, object_hook=_decoded)
            return {"result": self._result(message)}
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            return {"error": {**_error(error.response["Error"]), "status": status}}
        except (BotoCoreError, TypeError, ValueError) as error:
            own = {"code": type(error).__name__, "message": str(error), "status": 400}
            return {"error": own}

    def _result(self, message: Message) -> Any:
        if message["verb"] == "describe":
            return self._described(str(message["package"]).removeprefix(_PREFIX))
        client = self._endpoint.client(message["service"], message["region"])
        operation, parameters = xform_name(message["operation"]), message.get("input", {})
        if message["verb"] == "pages":
            pages = client.get_paginator(operation).paginate(**parameters)
            return [_with_metadata(page) for page in pages]
        if message["verb"] == "wait":
            attempts = int(message.get("seconds") or _WAITER_SECONDS)
            setting = {"Delay": 1, "MaxAttempts": attempts}
            return client.get_waiter(operation).wait(**parameters, WaiterConfig=setting)
        return _with_metadata(getattr(client, operation)(**parameters))

    def _described(self, package: str) -> Message | None:
        for name in (_SERVICES.get(package, package), package.replace("-", "")):
            try:
                client = self._endpoint.client(name, "us-east-1")
            except UnknownServiceError:
                continue
            model = client.meta.service_model
            operations = [str(each) for each in model.operation_names]
            return {
                "service": name,
                "prefix": str(model.service_id).replace(" ", "").replace("-", ""),
                "operations": operations,
                "paginators": [
                    operation
                    for operation in operations
                    if client.can_paginate(xform_name(operation))
                ],
                "waiters": _waiters(client),
                "errors": sorted(shape.name for shape in model.error_shapes),
            }
        return None


def _waiters(client: Any) -> list[str]:
    names = client.waiter_names
    return [client.get_waiter(name).name for name in names]


def _with_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    metadata = answer.pop("ResponseMetadata", {})
    return {
        **answer,
        "$metadata": {
            "httpStatusCode": metadata.get("HTTPStatusCode"),
            "requestId": metadata.get("RequestId"),
            "attempts": 1,
        },
    }


def _error(error: Mapping[str, Any]) -> Message:
    return {"code": error.get("Code", "UnknownError"), "message": error.get("Message", "")}


def _decoded(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if set(value) == {"$bytes"} else value


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, StreamingBody):
        return _encoded(value.read())
    if isinstance(value, datetime):
        return {"$date": value.isoformat()}
    return str(value)
