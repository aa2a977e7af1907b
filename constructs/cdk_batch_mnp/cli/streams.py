"""Writing to the standard streams: harmless to terminals and CI logs, quiet when nobody reads.

A stream may be closed, a pipe whose reader has left, a full disk, or a terminal that takes no
Unicode. Only a report that could not be written to where it was meant to go is an error.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import IO, NoReturn

UNUSABLE = 2


def write(text: str) -> None:
    """Write a report to standard output.

    A closed output or a reader that has left is no error: it was said that nobody wants the rest.

    Raises:
        SystemExit: With status 2. The text could not be written; why, was told in one line.
    """
    stream = sys.stdout
    if stream is None:
        return
    try:
        # A terminal or a log of another encoding is no reason to fail.
        stream.buffer.write(text.encode(stream.encoding or "utf-8", errors="replace"))
        stream.buffer.flush()
    except OSError as error:
        _abandon(stream)
        if error.errno != errno.EPIPE:
            fail_to_write(error)


def say(line: str) -> None:
    """Write a line to standard error, without anything that a terminal or a CI system obeys."""
    # Loaded here: most runs have nothing to say.
    from cdk_batch_mnp.template.reports.printable import harmless

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
    """Write what is still in the buffers, so that the interpreter need not at its end.

    Raises:
        SystemExit: With status 2. Standard output could not be written; why, was told in one line.
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


def fail_to_write(error: OSError) -> NoReturn:
    """End because standard output cannot be written, and say why.

    Raises:
        SystemExit: With status 2.
    """
    if sys.stdout is not None:
        _abandon(sys.stdout)
    say(f"cdk-batch-mnp: standard output cannot be written: {error.strerror}")
    raise SystemExit(UNUSABLE)


def _abandon(stream: IO[str]) -> None:
    """Have nothing more written to a stream; the interpreter would fail on what is buffered."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except OSError:
        pass
    finally:
        os.close(nowhere)
