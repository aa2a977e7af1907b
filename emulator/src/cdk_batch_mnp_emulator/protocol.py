"""Parse requests and serialize responses of the services that are implemented here."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import get_serializer_class
from werkzeug import Request, Response

from cdk_batch_mnp_emulator import api_model
from cdk_batch_mnp_emulator.error_bodies import ErrorForm, error_response
from cdk_batch_mnp_emulator.errors import ServiceError

_log = logging.getLogger("cdk_batch_mnp_emulator")
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Call:
    """A parsed and validated request to a service.

    Attributes:
        region: The Region that it was signed for.
        parameters: Parameters by the API's names.
    """

    region: str
    parameters: Mapping[str, Any]

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Return a parameter, or a default if the request does not set it."""
        return self.parameters.get(name, otherwise)


Handler = Callable[[Call], Mapping[str, Any] | None]


@cache
def rest_paths(service: str) -> Sequence[tuple[str, re.Pattern[str], str]]:
    """Return method, pattern of the path, and name of each operation of a REST service."""
    found = []
    model = api_model.service_model(service)
    for name in model.operation_names:
        http = model.operation_model(name).http
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(http["requestUri"]))
        found.append((http["method"], re.compile(pattern), name))
    return found


class ApiService:
    """A service that is implemented here.

    Args:
        name: Service name in botocore.
        handlers: Handlers by operation name.
        refusal: Error code for requests that do not match the API model.
        is_whole: Whether operations without a handler are unsupported, instead of handled by moto.
        is_one_at_a_time: Whether requests are handled one after the other, so that nothing changes
            while a response is serialized.
    """

    def __init__(
        self,
        name: str,
        handlers: Mapping[str, Handler],
        *,
        refusal: str,
        is_whole: bool,
        is_one_at_a_time: bool = False,
    ) -> None:
        self.name = name
        self._lock: contextlib.AbstractContextManager[Any] = (
            threading.RLock() if is_one_at_a_time else contextlib.nullcontext()
        )
        self._handlers = handlers
        self._refusal = refusal
        self._is_whole = is_whole

    def answer(self, request: Request, region: str) -> Response | None:
        """Handle a request; return ``None`` if it is for moto."""
        operation, url_params = self._operation(request)
        handler = self._handlers.get(operation)
        if handler is None and not self._is_whole:
            return None
        try:
            if handler is None:
                raise ServiceError(
                    "NotImplemented",
                    f"the embedded AWS does not support {self.name} {operation or request.path}",
                )
            parameters = self._read(request, operation, url_params)
            with self._lock:
                result = handler(Call(region, parameters)) or {}
                return self._write(operation, result)
        except ServiceError as error:
            return self._write_error(error)
        except Exception as error:
            message = f"{type(error).__name__}: {error}"[:_LONGEST_LINE]
            _log.error("%s %s: %s", self.name, operation, message)
            return self._write_error(ServiceError("InternalFailure", message))

    # The models are large, and most commands use some services only.
    @cached_property
    def _model(self) -> ServiceModel:
        return api_model.service_model(self.name)

    @cached_property
    def _protocol(self) -> str:
        return str(self._model.metadata["protocol"])

    def _operation(self, request: Request) -> tuple[str, dict[str, str]]:
        paths = rest_paths(self.name) if self._protocol.startswith("rest") else ()
        for method, pattern, name in paths:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return name, match.groupdict()
        return request.values.get("Action", ""), {}

    def _read(self, request: Request, operation: str, url_params: dict[str, str]) -> dict[str, Any]:
        parser = PROTOCOL_PARSERS[self._protocol](self._operation_model(operation))
        try:
            body = request.get_data()
            # The parser treats invalid JSON as an empty request.
            if self._protocol == "rest-json" and body and not isinstance(json.loads(body), dict):
                raise ServiceError(self._refusal, "the body of the request is not a JSON object")
            parameters = dict(
                parser.parse(
                    {
                        "body": body,
                        "headers": request.headers,
                        "method": request.method,
                        "url_params": url_params,
                        "url_path": request.path,
                        "values": request.values,
                    }
                )
            )
            api_model.check(self.name, operation, parameters, self._refusal)
        except ServiceError:
            raise
        except Exception as error:  # the parser assumes that a request matches its operation
            raise ServiceError(
                self._refusal,
                f"the request cannot be read as {operation}: {type(error).__name__}: {error}"[
                    :_LONGEST_LINE
                ],
            ) from None
        return parameters

    def _write(self, operation: str, result: Mapping[str, Any]) -> Response:
        serializer = get_serializer_class(self.name, self._protocol)
        written = serializer(operation_model=self._operation_model(operation)).serialize(result)
        return Response(
            written["body"], status=written["status_code"], headers=dict(written["headers"])
        )

    def _write_error(self, error: ServiceError) -> Response:
        form: ErrorForm = "query"
        if self._protocol == "ec2":
            form = "ec2"
        elif self._protocol == "rest-json":
            form = "json"
        return error_response(form, error.code, error.message)

    def _operation_model(self, operation: str) -> OperationModel:
        model: OperationModel = self._model.operation_model(operation)
        return model
