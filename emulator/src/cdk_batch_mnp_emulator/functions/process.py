"""Runs one invocation of a function in a process of its own."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.errors import ServiceError
from cdk_batch_mnp_emulator.functions.function import Function
from cdk_batch_mnp_emulator.functions.sdk_calls import SdkCalls
from cdk_batch_mnp_emulator.variables import variables

LARGEST_ANSWER = 6_291_556
"""In bytes.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
"""

_LARGEST_OUTPUT = 1 << 20
_START_SECONDS = 10.0  # the phase before the handler is called has a limit of its own
_HERE = Path(__file__).parent
_unpacking = threading.Lock()
_OURS = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an invocation.

    Attributes:
        payload: What the handler returned, or what went wrong, as JSON.
        is_error: Whether it went wrong.
        output: Lines that the function wrote.
        seconds: That it took.
    """

    payload: str
    is_error: bool
    output: list[str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a function.

    Attributes:
        id: Of the request.
        log_group: That gets the output.
        log_stream: In the group.
    """

    id: str
    log_group: str
    log_stream: str


def check_runnable(function: Function) -> None:
    """Check that this machine can run a function.

    Raises:
        ServiceError: Its runtime is another, or there is no Node.js.
    """
    runtime = function.runtime or "an image"
    if not runtime.startswith(("python", "nodejs")):
        raise ServiceError(
            "InvalidRuntimeException",
            f"the embedded AWS runs functions with Python and Node.js runtimes only, and "
            f"{function.name} has {runtime}",
        )
    if runtime.startswith("nodejs") and shutil.which("node") is None:
        raise ServiceError(
            "InvalidRuntimeException",
            f"the function {function.name} has the runtime {runtime}, and there is no node on the "
            f"PATH of the embedded AWS; install Node.js",
        )


def run(
    function: Function,
    invocation: Invocation,
    event: str,
    access: Access,
    folder: Path,
    sdk: SdkCalls,
) -> Answer:
    """Run a function once, in a folder that is removed afterwards.

    Args:
        function: Which.
        invocation: Of the call.
        event: As JSON.
        access: The embedded AWS that the function uses.
        folder: Under which its folder is made.
        sdk: What answers the calls of the AWS SDK for JavaScript.

    Raises:
        ServiceError: The function has no code that could be run here.
    """
    check_runnable(function)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(
            prefix="function-", dir=folder, ignore_cleanup_errors=True
        ) as root,
        sdk.channel() as channel,
    ):
        layers = _layers(function, folder) if function.layers else Path(root, "opt")
        return _run(function, invocation, event, access, Path(root), layers, channel)


def _run(
    function: Function,
    invocation: Invocation,
    event: str,
    access: Access,
    root: Path,
    layers: Path,
    channel: int,
) -> Answer:
    task, scratch = root / "task", root / "tmp"
    for made in (task, scratch):
        made.mkdir()
    _unpack(function.code, task, f"the code of {function.name}")
    response, output = root / "response.json", root / "output"
    environment = _environment(function, invocation, access, task, layers, scratch)
    began = time.monotonic()
    readable, writable = os.pipe()
    with open(readable, "rb") as ready, output.open("wb") as written:  # noqa: PTH123 - a number
        try:
            process = subprocess.Popen(  # noqa: S603 - the function is its owner's
                _command(function),
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=subprocess.STDOUT,
                cwd=task,
                env=environment,
                pass_fds=[writable, channel],
                start_new_session=True,
            )
        finally:
            # The request names the number, which is the same in the process.
            ready_number = writable
            os.close(writable)
        request = {
            "task": str(task),
            "layers": str(layers),
            "handler": function.handler,
            "timeout": function.timeout,
            "response": str(response),
            "ready": ready_number,
            "sdk": channel,
            "context": _context(function, invocation),
            "event": json.loads(event or "{}"),
        }
        is_late = _finish(process, request, ready, function.timeout)
    lines = _lines(output)
    seconds = time.monotonic() - began
    payload, is_error = _payload(function, invocation, response, process.returncode, is_late)
    return Answer(payload, is_error, lines, seconds)


def _finish(
    process: subprocess.Popen[bytes], request: Mapping[str, Any], ready: IO[bytes], timeout: float
) -> bool:
    """Send the request to the process, end it, and return whether it took too long."""
    try:
        with contextlib.suppress(BrokenPipeError):
            assert process.stdin is not None  # noqa: S101 - for the type checker
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        select.select([ready], [], [], _START_SECONDS)
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        pass
    finally:
        is_late = process.poll() is None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with contextlib.suppress(BrokenPipeError):
            assert process.stdin is not None  # noqa: S101 - for the type checker
            process.stdin.close()
    return is_late


def _command(function: Function) -> list[str]:
    if function.runtime.startswith("nodejs"):
        return [shutil.which("node") or "node", str(_HERE / "bootstrap.mjs")]
    return [sys.executable, "-B", str(_HERE / "bootstrap.py")]


def _payload(
    function: Function, invocation: Invocation, response: Path, status: int, is_late: bool
) -> tuple[str, bool]:
    if is_late:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text = f"{moment} {invocation.id} Task timed out after {function.timeout:.2f} seconds"
        return _failure("Sandbox.Timedout", text), True
    try:
        answer = json.loads(response.read_text())
    except (OSError, ValueError):
        text = f"RequestId: {invocation.id} Error: Runtime exited with error: exit status {status}"
        return _failure("Runtime.ExitError", text), True
    if "error" in answer:
        return json.dumps(answer["error"]), True
    result = str(answer["result"])
    if len(result.encode()) > LARGEST_ANSWER:
        text = (
            f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
        )
        return _failure("Function.ResponseSizeTooLarge", text), True
    return result, False


def _failure(type: str, message: str) -> str:
    return json.dumps({"errorType": type, "errorMessage": message})


def _unpack(content: bytes, folder: Path, what: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(folder)
            for entry in archive.infolist():
                if (mode := entry.external_attr >> 16 & 0o777) and not entry.is_dir():
                    (folder / entry.filename).chmod(mode | 0o400)
    except (zipfile.BadZipFile, OSError) as error:
        raise ServiceError(
            "InvalidZipFileException", f"{what} is not a zip file that can be unpacked: {error}"
        ) from None


def _layers(function: Function, folder: Path) -> Path:
    """Return the folder of a function's layers, which is unpacked once for all invocations."""
    digest = hashlib.sha256()
    for layer in function.layers:
        digest.update(hashlib.sha256(layer).digest())
    layers = folder / "layers" / digest.hexdigest()
    with _unpacking:
        if not layers.is_dir():
            part = layers.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            for layer in function.layers:
                _unpack(layer, part, f"a layer of {function.name}")
            part.rename(layers)
    return layers


def _lines(output: Path) -> list[str]:
    with output.open("rb") as file:
        return file.read(_LARGEST_OUTPUT).decode(errors="replace").splitlines()


def _context(function: Function, invocation: Invocation) -> dict[str, Any]:
    return {
        "aws_request_id": invocation.id,
        "function_name": function.name,
        "function_version": function.version,
        "invoked_function_arn": function.arn,
        "log_group_name": invocation.log_group,
        "log_stream_name": invocation.log_stream,
        "memory_limit_in_mb": str(function.memory_mib),
    }


def _environment(
    function: Function,
    invocation: Invocation,
    access: Access,
    task: Path,
    layers: Path,
    scratch: Path,
) -> Mapping[str, str]:
    """Return the variables of a function.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html.
    """
    modules = [task / "node_modules", layers / "nodejs" / "node_modules"]
    return {
        **{name: os.environ[name] for name in _OURS if name in os.environ},
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "NODE_PATH": os.pathsep.join(map(str, modules)),
        "PYTHONUNBUFFERED": "1",
        "NPM_CONFIG_OFFLINE": "true",  # the handler of AwsCustomResource would install the SDK
        "TZ": ":UTC",
        **function.environment,
        **variables(access, function.region),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mib),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_LOG_GROUP_NAME": invocation.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": invocation.log_stream,
        "LAMBDA_TASK_ROOT": str(task),
        "_HANDLER": function.handler,
    }


def new_invocation(function: Function) -> Invocation:
    """Return a new call of a function."""
    date = time.strftime("%Y/%m/%d", time.gmtime())
    stream = f"{date}/[{function.version}]{uuid.uuid4().hex}"
    return Invocation(str(uuid.uuid4()), f"/aws/lambda/{function.name}", stream)
