"""The server process of the embedded AWS: ``python -m cdk_batch_mnp.local.server``.

It takes whichever port is free, writes its address as the first line of its output, and ends when
its input ends, as it does when the process that holds the other end is gone, however it went.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import warnings
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from cdk_batch_mnp.local import moto_settings
from cdk_batch_mnp.local.application import EmbeddedAws
from cdk_batch_mnp.local.endpoint import Endpoint

HOST = "127.0.0.1"


class _Quiet(MotoRequestHandler):
    """Writes no line for every request."""

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Say nothing."""


def main() -> None:
    """Serve until the input ends."""
    logging.basicConfig(level=logging.ERROR, format="embedded AWS: %(message)s")
    logging.getLogger("cdk_batch_mnp.local").setLevel(logging.WARNING)
    warnings.simplefilter("ignore")
    moto_settings.apply()
    endpoint = Endpoint()
    server = make_server(HOST, 0, EmbeddedAws(endpoint), threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    endpoint.url = f"http://{HOST}:{server.server_port}"
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        sys.stdout.write(f"{endpoint.url}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # whoever wanted the address was interrupted before he had it
        os._exit(0)
    server.serve_forever()


def _end_with_input() -> None:
    # Each line names the process group of the command that runs beside us, or no group any more.
    # If the input ends while there is one, nobody else is left to end it.
    group = ""
    for line in sys.stdin:
        group = line.strip()
    if group:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(int(group), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()
