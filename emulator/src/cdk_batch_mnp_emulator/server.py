"""The server process of the embedded AWS: ``python -m cdk_batch_mnp_emulator.server``.

It takes whichever port is free, writes its address and credentials as the first line of its output,
and ends when its input ends, as it does when the process that holds the other end is gone, however
it went.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.application import EmbeddedAws
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.gate.gate import Gate
from cdk_batch_mnp_emulator.gate.keys import Keys
from cdk_batch_mnp_emulator.log import finish, start_logging
from cdk_batch_mnp_emulator.wsgi import Environ, StartResponse

HOST = "127.0.0.1"


class _Handler(MotoRequestHandler):
    """Writes no line for a request, and refuses a target that is no address."""

    def log(self, type: str, message: str, *arguments: Any) -> None:
        """Say nothing."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Say nothing."""

    def run_wsgi(self) -> None:
        """Answer a request, if there is anything to read in it."""
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(400, "the target of the request is no address")
            return
        super().run_wsgi()


def main() -> None:
    """Serve until the input ends."""
    start_logging()
    warnings.simplefilter("ignore")
    moto_settings.apply()
    server = make_server(HOST, 0, _not_yet, threaded=True, request_handler=_Handler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    access = Access.drawn(f"http://{HOST}:{server.server_port}")
    keys = Keys(access)
    server.app = Gate(EmbeddedAws(Endpoint(access), keys), access.url, keys)
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        sys.stdout.write(f"{access.to_line()}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # whoever wanted the address was interrupted before he had it
        os._exit(0)
    server.serve_forever()


def _not_yet(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    # The gate needs the port, which is known only now. No request is served before that.
    raise RuntimeError("the server has not started")


def _end_with_input() -> None:
    # Each line names the process group of the command that runs beside us, or no group any more.
    # If the input ends while there is one, nobody else is left to end it.
    group = ""
    for line in sys.stdin:
        group = line.strip()
    if group:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(int(group), signal.SIGKILL)
    finish()
    os._exit(0)


if __name__ == "__main__":
    main()
