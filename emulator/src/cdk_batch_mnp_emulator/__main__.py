"""Entry point of the command, before anything slow is imported."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command with the arguments of this process.

    Ctrl-C while the command is loading ends it silently, with the exit status of a process that was
    killed by SIGINT. The subcommands handle the signal themselves.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise it is ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cdk_batch_mnp_emulator.command import app  # slow, and by now Ctrl-C may come
    from cdk_batch_mnp_emulator.messages import NAME

    app(prog_name=NAME)


if __name__ == "__main__":
    main()
