"""Forks itself for each process of the emulator that a test asks for: see :mod:`warm`.

Its standard input is a socket that listens, in the folder that its argument names. Each worker of
the tests has a connection, and it ends after the last one. A message is the length of an object of
JSON, with the descriptors of the three standard streams and of a pipe, and the object. The number
of the process is written into the pipe, and at its end its exit status.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import typer.main

import quick_clients
from cdk_batch_mnp_emulator import __main__ as command
from cdk_batch_mnp_emulator import server
from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import ACCOUNT, DEFAULT_REGION
from warm_folder import locked, remove

SERVER = "server"
NUMBER = struct.Struct("i")
_SERVICES = ("batch", "cloudformation", "ec2", "iam", "logs", "s3", "ssm", "sts")
_OF_MOTO = ("ec2", "iam", "logs", "s3", "ssm", "sts")
_GLOBAL = ("iam", "s3", "sts")
_JOB_OPERATIONS = (
    *("CreateComputeEnvironment", "CreateJobQueue", "RegisterJobDefinition", "SubmitJob"),
    *("DescribeComputeEnvironments", "DescribeJobQueues", "DescribeJobDefinitions", "DescribeJobs"),
)
_MODULES = (
    *(f"moto.{name}.{part}" for name in ("ecr", "kms", *_SERVICES) for part in ("models", "urls")),
    *("boto3.s3.inject", "boto3.s3.transfer", "flask.debughelpers", "_strptime"),
    *("rich.console", "rich.table", "cdk_batch_mnp_emulator.run.job"),
    *("cdk_batch_mnp_emulator.run.table", "cdk_batch_mnp_emulator.state.saving"),
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
    _load()
    gc.collect()
    gc.freeze()
    running: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _reap(running))
    listening = socket.socket(fileno=0)
    connections: list[socket.socket] = []
    while True:
        for ready in select.select([listening, *connections], [], [])[0]:
            if ready is listening:
                connections.append(listening.accept()[0])
            elif not _fork(ready, connections, running):
                connections.remove(ready)
                ready.close()
        if not connections and _ends(listening, Path(sys.argv[1])):
            return


def _ends(listening: socket.socket, folder: Path) -> bool:
    """Remove the folder, unless another worker has just come."""
    with locked(folder):
        if select.select([listening], [], [], 0)[0]:
            return False
        remove(folder)
        return True


def _fork(asking: socket.socket, connections: list[socket.socket], running: dict[int, int]) -> bool:
    """Fork for one message; return whether there was one."""
    length, descriptors, _, _ = socket.recv_fds(asking, NUMBER.size, 4)
    if not length:
        return False
    (size,) = NUMBER.unpack(length)
    asked = asking.recv(size, socket.MSG_WAITALL)
    *streams, pipe = descriptors
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    if (number := os.fork()) == 0:
        for connection in connections:
            connection.close()
        for descriptor in running.values():
            os.close(descriptor)
        os.close(pipe)
        _run(json.loads(asked), streams)
    running[number] = pipe
    os.write(pipe, NUMBER.pack(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for stream in streams:
        os.close(stream)
    return True


def _load() -> None:
    """Load what the server and the command load when they first need it."""
    server.load()
    from cdk_batch_mnp_emulator import command as command_line
    from cdk_batch_mnp_emulator import moto_settings
    from cdk_batch_mnp_emulator.api_model import service_model
    from cdk_batch_mnp_emulator.batch.life_cycle import capacity
    from cdk_batch_mnp_emulator.batch.validation import instance_types
    from cdk_batch_mnp_emulator.endpoint import Endpoint
    from cdk_batch_mnp_emulator.json_body import json_body
    from cdk_batch_mnp_emulator.protocol import rest_paths
    from cdk_batch_mnp_emulator.state import pickling

    for name in _MODULES:
        importlib.import_module(name)
    moto_settings.apply()
    endpoint = Endpoint(Access.drawn("http://127.0.0.1:9"))
    quick_clients.apply()
    patched: Any = moto_settings
    create_app = patched.create_app = cache(patched.create_app)
    for name in _SERVICES:
        service_model(name)
        endpoint.client(name, DEFAULT_REGION)
    for name in _OF_MOTO:
        create_app(name)
        # In EC2 and IAM, an account has a thousand images and policies of AWS.
        _backends(name)[ACCOUNT]["aws" if name in _GLOBAL else DEFAULT_REGION]
    for name in _JOB_OPERATIONS:
        json_body("batch", name, {})
    rest_paths("batch")
    instance_types.unknown(["optimal"])
    capacity._families()
    pickling._names_of_managed_policies()
    # The command makes its parser at each start, from functions that stay the same.
    typer.main.get_command = cache(typer.main.get_command)
    typer.main.get_command(command_line.app)


def _backends(service: str) -> Any:
    from moto import backends

    find: Any = backends.get_backend  # its types know services by literal names only
    return find(service)


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
    from cdk_batch_mnp_emulator.running import Server

    # Its server is a fork as well.
    Server._start = _fork_server  # type: ignore[method-assign]
    _begin(command.main, asked["arguments"], asked["environment"])


def _fork_server(self: object, arguments: Sequence[str]) -> subprocess.Popen[str]:
    from cdk_batch_mnp_emulator.running import server_environment

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
        if start is server.main and json.loads(arguments[0])["state"]:
            # It saves what is loaded, and a thousand policies of AWS take their time.
            for name in _OF_MOTO:
                _backends(name).pop(ACCOUNT)
        form: Any = {"encoding": environment.get("PYTHONIOENCODING"), "closefd": False}
        sys.stdin = os.fdopen(0, **form)
        sys.stdout = os.fdopen(1, "w", **form)
        sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", **form)
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
