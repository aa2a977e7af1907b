"""Where the command starts, before anything slow is loaded."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command with the arguments of this process.

    Ctrl-C ends it at once and in silence, as it ends other programs, with the status of a process
    that SIGINT has ended. A verb that has something to clean up handles the signal itself.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is to be ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cdk_batch_mnp.cli.main import main as run  # slow, and by now Ctrl-C may come

    run()
