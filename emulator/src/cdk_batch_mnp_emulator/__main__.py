"""Where the command starts, before anything slow is loaded."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command with the arguments of this process.

    Ctrl-C while the command is loading ends it in silence, with the status of a process that SIGINT
    has ended. The verbs handle the signal themselves.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is to be ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cdk_batch_mnp_emulator.command import app  # slow, and by now Ctrl-C may come
    from cdk_batch_mnp_emulator.messages import NAME

    app(prog_name=NAME)


if __name__ == "__main__":
    main()
