"""Runs the handler of one invocation of a function with a Python runtime.

A script, run in a process of its own. It imports nothing of the emulator, and the function imports
nothing of this folder.

The first line of its input is the invocation. The input ends with the server, and then this ends.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def main() -> None:
    """Run the handler, and write what it returns or raises into the file of the response."""
    pipe = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with os.fdopen(os.dup(pipe), "rb") as reader:
        request = json.loads(reader.readline())
    threading.Thread(target=_end_with_server, args=(pipe,), daemon=True).start()
    sys.path[:1] = [request["task"], f"{request['layers']}/python"]
    _find_programs_in(request["layers"])
    _log_to_output(request["context"]["aws_request_id"])
    response = _response(request)
    Path(request["response"]).write_text(json.dumps(response))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that the handler left behind do not delay the answer


def _end_with_server(pipe: int) -> None:
    os.read(pipe, 1)  # nothing follows the first line
    os.killpg(0, signal.SIGKILL)


def _log_to_output(request_id: str) -> None:
    # As on AWS, where the root logger has a handler before the function is loaded.
    handler = logging.StreamHandler(sys.stdout)
    form = f"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{request_id}\t%(message)s"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    logging.getLogger().addHandler(handler)


def _find_programs_in(layers: str) -> None:
    """Start programs of ``/opt`` from the folder of the layers, with the Python that is here."""

    def found(arguments: Any) -> Any:
        first = str(arguments[0]) if isinstance(arguments, list | tuple) and arguments else ""
        own = Path(layers, first.removeprefix("/opt/"))
        if not first.startswith("/opt/") or Path(first).exists() or not own.is_file():
            return arguments
        with own.open("rb") as file:
            is_python = file.readline().startswith(b"#!/var/lang/bin/python")
        return [*([sys.executable] if is_python else []), str(own), *arguments[1:]]

    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, args: Any, *rest: Any, **more: Any) -> None:
            super().__init__(found(args), *rest, **more)

    subprocess.Popen = Popen  # type: ignore[misc]


def _response(request: dict[str, Any]) -> dict[str, Any]:
    module_name, _, name = str(request["handler"]).rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
        handler = getattr(module, name)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        return _refused("Runtime.ImportModuleError", message)
    except AttributeError:
        message = f"Handler '{name}' missing on module '{module_name}'"
        return _refused("Runtime.HandlerNotFound", message)
    except SystemExit as error:
        return _refused("Runtime.ExitError", f"Runtime exited with status {error.code}")
    except BaseException as error:
        return _raised(error, request)
    with contextlib.suppress(OSError):
        os.write(request["ready"], b"\n")
    deadline = time.monotonic() + request["timeout"]
    context = SimpleNamespace(
        **request["context"],
        identity=None,
        client_context=None,
        get_remaining_time_in_millis=lambda: max(int((deadline - time.monotonic()) * 1000), 0),
    )
    try:
        result = handler(request["event"], context)
    except SystemExit as error:
        return _refused("Runtime.ExitError", f"Runtime exited with status {error.code}")
    except BaseException as error:
        return _raised(error, request)
    try:
        return {"result": json.dumps(result)}
    except (TypeError, ValueError) as error:
        return _refused("Runtime.MarshalError", f"Unable to marshal response: {error}")


def _raised(error: BaseException, request: dict[str, Any]) -> dict[str, Any]:
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    failure = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request["context"]["aws_request_id"],
        "stackTrace": frames,
    }
    sys.stdout.write(f"[ERROR] {type(error).__name__}: {error}\n{''.join(frames)}")
    return {"error": failure}


def _refused(type: str, message: str) -> dict[str, Any]:
    sys.stdout.write(f"[ERROR] {type}: {message}\n")
    return {"error": {"errorMessage": message, "errorType": type, "stackTrace": []}}


if __name__ == "__main__":
    main()
