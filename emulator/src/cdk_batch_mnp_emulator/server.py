"""The server process of the embedded AWS: ``python -m cdk_batch_mnp_emulator.server``.

It listens on a free port, writes its address and credentials as the first line of its output, and
ends when its input ends. Its input also ends when the process at the other end is killed.
"""

from __future__ import annotations

import gc
import sys
from functools import cache
from typing import Any

import botocore.session
from botocore.loaders import create_loader

_GARBAGE_THRESHOLDS = 20_000, 20, 50
"""The arguments of :func:`gc.set_threshold`.

moto loads large, long-lived data when it is first asked for a service. With Python's own thresholds
they are searched for garbage again and again while they are loaded.
"""


def load() -> None:
    """Load the modules of the server, which takes twice as long without what is set before."""
    gc.disable()
    # moto and its parts create many sessions, the first while moto is imported. Each would parse
    # the endpoints and the API of EC2 again.
    botocore.session.create_loader = cache(create_loader)
    from cdk_batch_mnp_emulator import serving  # noqa: F401 - loads it

    # moto creates a loader for every service, and each would list all services.
    utils: Any = sys.modules["moto.core.utils"]
    utils.create_loader = cache(utils.create_loader)
    gc.freeze()  # nothing that has been loaded becomes garbage
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    gc.enable()


def main() -> None:
    """Serve until the input ends."""
    load()
    from cdk_batch_mnp_emulator.serving import main as serve

    serve()


if __name__ == "__main__":
    main()
