"""The embedded AWS as a WSGI application: the services implemented here, and moto."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable
from io import BytesIO
from typing import Protocol

from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug import Request, Response

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.batch.events import JobEvents
from cdk_batch_mnp_emulator.batch.execution import Execution
from cdk_batch_mnp_emulator.batch.service import batch_service
from cdk_batch_mnp_emulator.batch.state import BatchState
from cdk_batch_mnp_emulator.cloudformation.service import CloudFormation
from cdk_batch_mnp_emulator.ec2.placement_groups import (
    PlacementGroups,
    placement_group_service,
)
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.error_bodies import ErrorForm, error_response
from cdk_batch_mnp_emulator.events.bridge import EventBridge
from cdk_batch_mnp_emulator.functions.service import Functions
from cdk_batch_mnp_emulator.gate.keys import Keys
from cdk_batch_mnp_emulator.state.parts import Parts
from cdk_batch_mnp_emulator.step_functions.service import StepFunctions
from cdk_batch_mnp_emulator.wsgi import Environ, StartResponse

_log = logging.getLogger("cdk_batch_mnp_emulator")
_LONGEST_LINE = 500
_IN_XML = ("cloudfront", "route53", "s3")
"""Services with paths whose errors are in XML."""


class Service(Protocol):
    """What answers the requests to one service of AWS."""

    @property
    def name(self) -> str:
        """Return the name for which requests are signed."""

    def answer(self, request: Request, region: str) -> Response | None:
        """Answer a request; ``None`` if it is for moto."""


class EmbeddedAws:
    """Handles the requests that have passed the gate.

    Args:
        endpoint: Where the application will listen, as its parts call each other.
        keys: The credentials that open it, to which STS adds.
        execution: How jobs run.

    Attributes:
        parts: What it consists of, besides moto.
    """

    def __init__(self, endpoint: Endpoint, keys: Keys, execution: Execution) -> None:
        bridge = EventBridge(endpoint)
        functions = Functions(endpoint, execution.access, execution.folder)
        bridge.attach()
        functions.attach()
        self.parts = Parts(BatchState(), CloudFormation(endpoint), PlacementGroups(), keys)
        services: tuple[Service, ...] = (
            batch_service(self.parts.batch, endpoint, execution, JobEvents(bridge)),
            self.parts.cloudformation.service(),
            placement_group_service(self.parts.placement_groups),
            keys.service(),
            functions,
            StepFunctions(execution.access),
        )
        self._services = {each.name: each for each in services}
        self._moto = DomainDispatcherApplication(moto_settings.create_app)
        self._reported: set[str] = set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Handle a request with the service that it was signed for."""
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        if authorization.startswith("AWS "):
            # A signature of Version 2 is in Base64. One in a thousand has four slashes, and looks
            # like the scope of Version 4. The gate has checked it.
            environ["HTTP_AUTHORIZATION"] = authorization.replace("/", "-")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        response = _unreadable(environ, body) or self._answer(environ)
        if response is not None:
            response.headers.setdefault("X-Amzn-RequestId", str(uuid.uuid4()))
            return response(environ, start_response)
        environ["wsgi.input"] = BytesIO(body)
        try:
            with moto_settings.alone():
                answer: Iterable[bytes] = self._moto(environ, start_response)
        except Exception as error:  # moto raises for unknown requests, and for its own bugs
            environ["wsgi.input"] = BytesIO(body)
            return self._refuse(environ, error)(environ, start_response)
        return answer

    def _refuse(self, environ: Environ, error: Exception) -> Response:
        request = Request(environ)
        _, service = _signed_for(environ.get("HTTP_AUTHORIZATION", ""))
        target = request.headers.get("X-Amz-Target", "")
        operation = target.rsplit(".", 1)[-1] or request.values.get("Action") or request.path
        if isinstance(error, NotImplementedError):
            message = f"the embedded AWS does not support {service} {operation}"
        else:
            message = f"the embedded AWS failed at {service} {operation}: {_named(error)}"
        if message not in self._reported:  # the SDKs retry
            self._reported.add(message)
            _log.warning("%s", message)
        is_rest = request.path != "/" and service not in _IN_XML
        form: ErrorForm = "json" if target or is_rest else "query"
        return error_response(form, "UnknownOperationException", message)

    def _answer(self, environ: Environ) -> Response | None:
        region, name = _signed_for(environ.get("HTTP_AUTHORIZATION", ""))
        if not name:
            return self.parts.cloudformation.responses.take(Request(environ))
        service = self._services.get(name)
        return None if service is None else service.answer(Request(environ), region)


def _unreadable(environ: Environ, body: bytes) -> Response | None:
    """Return the error response for a body that is not the JSON object of its operation."""
    if "HTTP_X_AMZ_TARGET" not in environ or not body:
        return None
    try:
        if isinstance(json.loads(body), dict):
            return None
        message = "the body of the request is not a JSON object"
    except (ValueError, RecursionError) as error:
        message = f"the body of the request is not valid JSON: {error}"
    return error_response("json", "SerializationException", message)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_LONGEST_LINE]


def _signed_for(authorization: str) -> tuple[str, str]:
    # AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/batch/aws4_request, ...
    try:
        scope = authorization.split(",")[0].split()[1]
        _, _, region, service, _ = scope.split("/")
    except (IndexError, ValueError):
        return "", ""
    return region, service
