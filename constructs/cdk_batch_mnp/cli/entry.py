"""Entry point of the command, before anything slow is imported."""

from __future__ import annotations

import gc
import signal


def main() -> None:
    """Run the command with the arguments of this process.

    Ctrl-C ends it immediately and silently, like other programs, with the exit status of a process
    that was killed by SIGINT. A subcommand that has to clean up handles the signal itself.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise it is ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cdk_batch_mnp.cli.main import main as run  # slow, and Ctrl-C may come meanwhile

    try:
        run()
    finally:
        # All memory is freed with the process. Without this, the interpreter searches every object
        # for garbage first, which takes an eighth of the time of a short check.
        gc.freeze()
