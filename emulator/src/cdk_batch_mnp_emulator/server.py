"""The server process of the embedded AWS: ``python -m cdk_batch_mnp_emulator.server``.

It loads moto and the API models of AWS, which are large data that stay until its end.
"""

from __future__ import annotations

import gc
from functools import cache

import botocore.session

_GARBAGE_THRESHOLDS = 20_000, 20, 50
"""As for :func:`gc.set_threshold`, for what requests create."""


def main() -> None:
    """Load the server, and serve until the input ends."""
    prepare()
    from cdk_batch_mnp_emulator.serving import serve  # loads moto

    keep()
    serve()


def prepare() -> None:
    """Have what is loaded from now on read once, and not searched for garbage.

    It takes half of the time to load moto.
    """
    gc.disable()
    # moto creates many sessions, and each would parse the endpoints and the API of EC2 again. Some
    # are created when it is imported.
    botocore.session.create_loader = cache(botocore.session.create_loader)


def keep() -> None:
    """Leave what has been loaded out of the search for garbage, and search the rest."""
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    gc.enable()


if __name__ == "__main__":
    main()
