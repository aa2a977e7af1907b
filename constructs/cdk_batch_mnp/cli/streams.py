"""Write to the standard streams: safe for terminals and CI logs, silent without a reader.

A stream may be closed, a pipe whose reader has exited, a full disk, or a terminal without Unicode.
It is only an error if a report cannot be written.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import IO, NoReturn

from click.exceptions import Exit

from cdk_batch_mnp.template.reports.printable import harmless

UNUSABLE = 2
"""Exit status for input, options or streams that cannot be used."""


def write(text: str) -> None:
    """Write a report to standard output.

    A closed output or a reader that has exited is not an error.

    Raises:
        SystemExit: With status 2, after printing the reason. The text could not be written.
    """
    stream = sys.stdout
    if stream is None:
        return
    try:
        # Do not fail on a terminal or a log with another encoding.
        stream.buffer.write(text.encode(stream.encoding or "utf-8", errors="replace"))
        stream.buffer.flush()
    except OSError as error:
        _abandon(stream)
        if error.errno != errno.EPIPE:
            fail_to_write(error)


def say(line: str) -> None:
    """Write a line to standard error, without control sequences and CI commands."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        text = f"{harmless(line)}\n"
        stream.write(text.encode(stream.encoding or "utf-8", "replace").decode(stream.encoding))
        stream.flush()
    except OSError:
        _abandon(stream)


def finish() -> None:
    """Flush the streams before the interpreter does at exit.

    Raises:
        SystemExit: With status 2, after printing the reason. Standard output could not be written.
    """
    for stream in (sys.stderr, sys.stdout):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError as error:
            _abandon(stream)
            if stream is sys.stdout and error.errno != errno.EPIPE:
                fail_to_write(error)


def fail(message: str) -> NoReturn:
    """Report why the command cannot continue, and exit.

    Raises:
        Exit: With status 2.
    """
    say(f"cdk-batch-mnp: {message}")
    raise Exit(UNUSABLE)


def fail_to_write(error: OSError) -> NoReturn:
    """Report that standard output cannot be written, and exit.

    Raises:
        SystemExit: With status 2.
    """
    if sys.stdout is not None:
        _abandon(sys.stdout)
    say(f"cdk-batch-mnp: standard output cannot be written: {error.strerror}")
    raise SystemExit(UNUSABLE)


def _abandon(stream: IO[str]) -> None:
    """Discard further output to a stream, because the interpreter would fail to flush it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except OSError:
        pass
    finally:
        os.close(nowhere)
