"""Write to the standard streams: harmless to terminals and CI logs, quiet when nothing reads.

A stream may be closed, a pipe whose reader has exited, a full disk, or a terminal without Unicode.
Only a report that cannot be written where it was meant to go is an error.
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

    A closed output or a reader that has exited is not an error: the rest is not wanted.

    Raises:
        SystemExit: With status 2. The text could not be written; the reason is on standard error.
    """
    stream = sys.stdout
    if stream is None:
        return
    try:
        # A terminal or a log with another encoding is not a reason to fail.
        stream.buffer.write(text.encode(stream.encoding or "utf-8", errors="replace"))
        stream.buffer.flush()
    except OSError as error:
        _abandon(stream)
        if error.errno != errno.EPIPE:
            fail_to_write(error)


def say(line: str) -> None:
    """Write a line to standard error, without anything that a terminal or a CI system obeys."""
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
    """Flush the streams, so that the interpreter does not have to at exit.

    Raises:
        SystemExit: With status 2. Standard output could not be written; the reason is on standard
            error.
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
    """Report why the command cannot go on, and exit.

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
    """Discard what is still written to a stream: the interpreter would fail on its buffer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except OSError:
        pass
    finally:
        os.close(nowhere)
