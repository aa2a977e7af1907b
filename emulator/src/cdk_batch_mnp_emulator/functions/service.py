"""AWS Lambda's Invoke; all other operations are moto's."""

from __future__ import annotations

import base64
import json
import logging
import queue
import re
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import LambdaFunction
from moto.logs.exceptions import ResourceAlreadyExistsException
from moto.logs.models import logs_backends
from werkzeug import Request, Response

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.error_bodies import error_response
from cdk_batch_mnp_emulator.errors import ServiceError
from cdk_batch_mnp_emulator.functions.function import Function, find_function, function_of_moto
from cdk_batch_mnp_emulator.functions.process import (
    Answer,
    Invocation,
    check_runnable,
    new_invocation,
    run,
)
from cdk_batch_mnp_emulator.functions.sdk_calls import SdkCalls

_log = logging.getLogger("cdk_batch_mnp_emulator")

_INVOKE = re.compile(r"/2015-03-31/functions/(?P<name>.+)/invocations/?")
_INVOKE_ASYNC = re.compile(r"/2014-11-13/functions/(?P<name>.+)/invoke-async/?")
_LONGEST_TAIL = 4096
_LONGEST_LINE = 500

_Waiting = tuple[Function, str]


class Functions:
    """Runs functions.

    Asynchronous invocations of one function wait for each other, so that events arrive in order.
    One that fails is not repeated.

    Args:
        endpoint: The embedded AWS, for the calls that are made for functions.
        access: The embedded AWS that the functions use.
        folder: Under which each invocation gets a folder.
    """

    name = "lambda"

    def __init__(self, endpoint: Endpoint, access: Access, folder: Path) -> None:
        self._access = access
        self._folder = folder
        self._sdk = SdkCalls(endpoint)
        self._queues: dict[str, queue.SimpleQueue[_Waiting]] = {}
        self._lock = threading.Lock()

    def attach(self) -> None:
        """Run functions for moto too: for topics, queues and log groups that invoke them."""
        functions = self

        def invoke(function: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
            # moto waits for the answer, and the function may wait for moto.
            functions.run_later(function_of_moto(function), json.dumps(event))
            return "null", False, ""

        setattr(LambdaFunction, "_invoke_lambda", invoke)  # noqa: B010 - a method of moto's

    def answer(self, request: Request, region: str) -> Response | None:
        """Answer an invocation; ``None`` if the request is another, which is for moto."""
        path = unquote(request.path)
        invoke, invoke_async = _INVOKE.fullmatch(path), _INVOKE_ASYNC.fullmatch(path)
        if request.method != "POST" or not (found := invoke or invoke_async):
            return None
        try:
            function = find_function(region, found["name"], request.args.get("Qualifier"))
            event = _checked_event(request.get_data())
            kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
            if invoke_async:
                kind = "Event"
            if kind == "DryRun":
                return Response(status=204)
            check_runnable(function)
            if kind == "Event":
                self.run_later(function, event)
                return Response(status=202)
            is_tail = request.headers.get("X-Amz-Log-Type") == "Tail"
            return self._respond(function, event, is_tail=is_tail)
        except ServiceError as error:
            status = 404 if error.code == "ResourceNotFoundException" else 400
            return error_response("json", error.code, error.message, status)

    def run_later(self, function: Function, event: str) -> None:
        """Run a function once all its earlier events have been handled."""
        with self._lock:
            waiting = self._queues.get(function.arn)
            if waiting is None:
                waiting = self._queues[function.arn] = queue.SimpleQueue()
                threading.Thread(
                    target=self._work, args=(waiting,), name=function.name, daemon=True
                ).start()
        waiting.put((function, event))

    def _work(self, waiting: queue.SimpleQueue[_Waiting]) -> None:
        while True:
            function, event = waiting.get()
            try:
                answer, _ = self._run(function, event)
                failure = answer.payload if answer.is_error else ""
            except ServiceError as error:
                failure = error.message
            except Exception as error:
                failure = f"{type(error).__name__}: {error}"
            if failure:
                _log.warning(
                    "%s", f"the Lambda function {function.name} failed: {failure}"[:_LONGEST_LINE]
                )

    def _respond(self, function: Function, event: str, *, is_tail: bool) -> Response:
        answer, invocation = self._run(function, event)
        response = Response(answer.payload, content_type="application/json")
        response.headers["X-Amz-Executed-Version"] = function.version
        response.headers["X-Amzn-RequestId"] = invocation.id
        if answer.is_error:
            response.headers["X-Amz-Function-Error"] = "Unhandled"
        if is_tail:
            tail = "\n".join(_log_lines(function, invocation, answer)).encode()[-_LONGEST_TAIL:]
            response.headers["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
        return response

    def _run(self, function: Function, event: str) -> tuple[Answer, Invocation]:
        invocation = new_invocation(function)
        answer = run(function, invocation, event, self._access, self._folder, self._sdk)
        _write_log(function, invocation, answer)
        return answer, invocation


def _checked_event(body: bytes) -> str:
    try:
        event = body.decode() or "{}"
        json.loads(event)
    except (ValueError, RecursionError) as error:
        raise ServiceError(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from None
    return event


def _log_lines(function: Function, invocation: Invocation, answer: Answer) -> list[str]:
    milliseconds = answer.seconds * 1000
    return [
        f"START RequestId: {invocation.id} Version: {function.version}",
        *answer.output,
        f"END RequestId: {invocation.id}",
        f"REPORT RequestId: {invocation.id}\tDuration: {milliseconds:.2f} ms\t"
        f"Memory Size: {function.memory_mib} MB",
    ]


def _write_log(function: Function, invocation: Invocation, answer: Answer) -> None:
    with moto_settings.alone():
        backend = logs_backends[ACCOUNT][function.region]
        if invocation.log_group not in backend.groups:
            backend.create_log_group(invocation.log_group, {})
        try:
            backend.create_log_stream(invocation.log_group, invocation.log_stream)
        except ResourceAlreadyExistsException:
            return
        now = int(time.time() * 1000)
        backend.groups[invocation.log_group].put_log_events(
            invocation.log_stream,
            [
                {"timestamp": now, "message": line or " "}
                for line in _log_lines(function, invocation, answer)
            ],
        )
