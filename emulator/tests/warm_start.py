"""Forks itself for each process of the emulator that a test asks for: see :mod:`warm`.

Its standard input is a socket. A message is the length of an object of JSON, with the descriptors
of the three standard streams and of a pipe, and the object. The number of the process is written
into the pipe, and at its end its exit status.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from cdk_batch_mnp_emulator import __main__ as command
from cdk_batch_mnp_emulator import command as _command  # noqa: F401 - loads it
from cdk_batch_mnp_emulator import server
from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import ACCOUNT, DEFAULT_REGION
from cdk_batch_mnp_emulator.api_model import service_model
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.running import Server, server_environment

SERVER = "server"
NUMBER = struct.Struct("i")
_SERVICES = ("batch", "cloudformation", "ec2", "iam", "logs", "s3", "ssm", "sts")
_MODULES = (
    *("cdk_batch_mnp_emulator.serving", "moto.moto_api._internal"),
    *(f"moto.{name}.{part}" for name in ("ecr", "kms", *_SERVICES) for part in ("models", "urls")),
    *("boto3.s3.inject", "boto3.s3.transfer", "flask.debughelpers", "_strptime"),
)
_AS_AT_THE_START: dict[signal.Signals, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGPIPE: signal.SIG_IGN,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
    signal.SIGCHLD: signal.SIG_DFL,
    signal.SIGALRM: signal.SIG_DFL,
}


def main() -> None:
    """Fork for each message, until there is no sender."""
    warnings.simplefilter("ignore", DeprecationWarning)  # of moto
    server.prepare()
    _load()
    server.keep()
    running: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _reap(running))
    asking = socket.socket(fileno=0)
    while True:
        length, descriptors, _, _ = socket.recv_fds(asking, NUMBER.size, 4)
        if not length:
            return
        (size,) = NUMBER.unpack(length)
        asked = asking.recv(size, socket.MSG_WAITALL)
        *streams, pipe = descriptors
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        if (number := os.fork()) == 0:
            for each in running.values():
                os.close(each)
            os.close(pipe)
            _run(json.loads(asked), streams)
        running[number] = pipe
        os.write(pipe, NUMBER.pack(number))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        for each in streams:
            os.close(each)


def _load() -> None:
    """Load what the server and the command load when they first need it."""
    from moto.ec2.models import ec2_backends  # after the server has prepared
    from moto.iam.models import iam_backends

    from cdk_batch_mnp_emulator import moto_settings

    for name in _MODULES:
        importlib.import_module(name)
    moto_settings.apply()  # clients share the models that have been read
    endpoint = Endpoint(Access.drawn("http://127.0.0.1:9"))
    for name in _SERVICES:
        service_model(name)
        endpoint.client(name, DEFAULT_REGION)
    # A thousand images and policies of AWS, which an account has from its first request on.
    ec2_backends[ACCOUNT][DEFAULT_REGION]
    iam_backends[ACCOUNT]["aws"]


def _reap(running: dict[int, int]) -> None:
    while running:
        number, status = os.waitpid(-1, os.WNOHANG)
        if number == 0:
            return
        pipe = running.pop(number)
        os.write(pipe, NUMBER.pack(os.waitstatus_to_exitcode(status)))
        os.close(pipe)


def _run(asked: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["folder"])
    if asked["what"] == SERVER:
        os.setpgid(0, 0)
        _begin(server.main, asked["arguments"], asked["environment"])
    # Its server is a fork as well.
    Server._start = _fork_server  # type: ignore[method-assign]
    _begin(command.main, asked["arguments"], asked["environment"])


def _fork_server(self: Server, arguments: Sequence[str]) -> subprocess.Popen[str]:
    environment = server_environment()

    def serve() -> NoReturn:
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        _begin(server.main, arguments, environment)

    return subprocess.Popen(
        ["never", "executed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
        preexec_fn=serve,
    )


def _begin(
    start: Callable[[], None], arguments: Sequence[str], environment: dict[str, str]
) -> NoReturn:
    """Run a main function as if Python had just started."""
    from moto.moto_api._internal import mock_random

    status: object = 1
    try:
        for number, handler in _AS_AT_THE_START.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[1:] = arguments
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
        mock_random.seed()
        start()
        status = 0
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(status if isinstance(status, int) else 1)


if __name__ == "__main__":
    main()
