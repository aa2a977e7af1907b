"""Serves the embedded AWS on a free port until the input ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.application import EmbeddedAws
from cdk_batch_mnp_emulator.batch.execution import Execution
from cdk_batch_mnp_emulator.batch.life_cycle.host_paths import LAUNCHER, HostPaths
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.gate.gate import Gate
from cdk_batch_mnp_emulator.gate.keys import Keys
from cdk_batch_mnp_emulator.log import finish, start_logging
from cdk_batch_mnp_emulator.nodes.docker_runner import DockerError, DockerRunner
from cdk_batch_mnp_emulator.nodes.host_process import HostError
from cdk_batch_mnp_emulator.nodes.images import Images
from cdk_batch_mnp_emulator.nodes.local_runner import LocalRunner
from cdk_batch_mnp_emulator.nodes.runner import NodeRunner
from cdk_batch_mnp_emulator.own_requests import OwnRequests
from cdk_batch_mnp_emulator.printable import printable
from cdk_batch_mnp_emulator.running import FOLDER_PREFIX, REFUSAL
from cdk_batch_mnp_emulator.settings import Settings
from cdk_batch_mnp_emulator.state.folder import StateError, StateFolder
from cdk_batch_mnp_emulator.wsgi import Environ, StartResponse, WebApplication

if TYPE_CHECKING:
    from cdk_batch_mnp_emulator.state.saving import SavedState

HOST = "127.0.0.1"


class _Handler(MotoRequestHandler):
    """Does not log requests, and rejects a malformed target."""

    def log(self, type: str, message: str, *arguments: Any) -> None:
        """Log nothing."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Log nothing."""

    def run_wsgi(self) -> None:
        """Handle a request, unless its target is malformed."""
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(400, "the target of the request is malformed")
            return
        super().run_wsgi()


def main() -> None:
    """Serve until the input ends; the settings and the folder are the arguments."""
    start_logging()
    warnings.simplefilter("ignore")
    moto_settings.apply()
    settings = Settings.model_validate_json(sys.argv[1]) if sys.argv[1:] else Settings()
    try:
        _serve(settings)
    except (DockerError, HostError, StateError, ValueError) as error:
        sys.stdout.write(f"{REFUSAL}{printable(str(error))}\n")
        sys.stdout.flush()
        finish()
        os._exit(0)  # threads may have been started


def _serve(settings: Settings) -> None:
    saved = _saved(settings.state) if settings.state else None
    port = _free(saved.port) if saved else 0
    server = make_server(HOST, port, _not_yet, threaded=True, request_handler=_Handler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    access = Access.drawn(f"http://{HOST}:{server.server_port}")
    if saved:
        access = saved.access(access)
    keys = Keys(access)
    runner, images, hosts = _runner(settings, server)
    # The parent removes it even if this process is killed.
    folder = Path(sys.argv[2] if sys.argv[2:] else tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    execution = Execution(
        runner,
        access,
        folder,
        images.notices if images else None,
        HostPaths(settings.host_paths, _launcher() if images else None),
        settings.max_nodes,
        settings.seed,
    )
    endpoint = Endpoint(access)
    application = EmbeddedAws(endpoint, keys, execution)
    behind_gate: WebApplication = application
    save: Callable[[], None] = _save_nothing
    if saved:
        from cdk_batch_mnp_emulator.state.saving import Saver

        saver = Saver(saved, application.parts, access, server.server_port)
        saved.restore(application.parts)
        saver.start()
        behind_gate, save = saver.watched(application), saver.close
    endpoint.answer_with(OwnRequests(behind_gate).answer)
    server.app = Gate(behind_gate, access.url, keys, hosts)

    def end() -> None:
        save()  # while jobs still run, so that their end is the server's doing
        runner.close()
        shutil.rmtree(folder, ignore_errors=True)

    threading.Thread(target=_end_with_input, args=(end,), daemon=True).start()
    try:
        sys.stdout.write(f"{access.to_line()}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the parent was interrupted before reading the address
        os._exit(0)
    server.serve_forever()


def _saved(path: Path) -> SavedState:
    from cdk_batch_mnp_emulator.state.saving import SavedState  # most servers save nothing

    return SavedState(StateFolder(path))


def _save_nothing() -> None:
    pass


def _free(port: int) -> int:
    """Return a port if it is free, and zero otherwise.

    URLs of queues have the port in them, so the earlier one is preferred.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return 0
    return port


def _runner(settings: Settings, server: Any) -> tuple[NodeRunner, Images | None, tuple[str, ...]]:
    """Return the runner, the folders for images that are not run, and more names of this server."""
    port, process = server.server_port, server.process_request
    if settings.engine is None:
        images = Images(settings.images)
        local = LocalRunner(network=settings.network, port=port, process=process, images=images)
        return local, images, ()
    containers = DockerRunner(settings.engine, port=port, process=process)
    return containers, None, (containers.endpoint_host,)


def _launcher() -> Path | None:
    """Return the launcher of nodes that share the files of this machine, if there is one."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(LAUNCHER) or shutil.which(LAUNCHER, path=beside)
    return Path(found).absolute() if found else None


def _not_yet(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    # The gate needs the port, which is only known now. No request is served before that.
    raise RuntimeError("the server has not started")


def _end_with_input(end: Callable[[], None]) -> None:
    # Each line names the process group of the command, or is empty once that has ended. If the
    # input ends while there is a group, the parent was killed and cannot end it.
    group = ""
    for line in sys.stdin:
        group = line.strip()
    if group:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(int(group), signal.SIGKILL)
    end()
    finish()
    os._exit(0)
