"""Entry point of the command, before anything slow is imported."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run the command with the arguments of this process.

    Ctrl-C while the command is loading ends it silently, with the exit status of a process that was
    killed by SIGINT. The subcommands handle the signal themselves.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise it is ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _open_missing()
    from cdk_batch_mnp_emulator.command import app  # slow, and by now Ctrl-C may come
    from cdk_batch_mnp_emulator.messages import NAME

    app(prog_name=NAME)


def _open_missing() -> None:
    # Where one of the three is closed, the next file or socket would take its place.
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


if __name__ == "__main__":
    main()
