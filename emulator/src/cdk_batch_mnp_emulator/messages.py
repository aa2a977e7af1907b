"""What the command writes: its output, and one line each about itself on standard error."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import NoReturn

import typer

from cdk_batch_mnp_emulator.printable import printable

NAME = "cdk-batch-mnp-emulator"


class OutputError(Exception):
    """Standard output cannot be written."""


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Write to standard output in this block.

    Raises:
        OutputError: It has no reader, the disk is full, or the like.
    """
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        sys.stdout = None  # the interpreter would fail on what is buffered
        raise OutputError(f"standard output cannot be written: {error.strerror}") from None


def write(line: str) -> None:
    """Write a line to standard output, with escapes for what its encoding lacks.

    Raises:
        OutputError: It cannot be written.
    """
    with writing():
        try:
            typer.echo(line)
        except UnicodeEncodeError as error:
            typer.echo(line.encode(error.encoding, "backslashreplace").decode(error.encoding))


def report(message: str) -> None:
    """Write a line, if standard error has a reader."""
    with contextlib.suppress(OSError):
        typer.echo(f"{NAME}: {printable(message)}", err=True)


def fail(message: str, status: int) -> NoReturn:
    """Write a message, and end the command.

    Raises:
        typer.Exit: Always, with the status.
    """
    report(message)
    raise typer.Exit(status)


def fail_with_list(message: str, status: int) -> NoReturn:
    """Write a message that has further lines, such as what can be chosen, and end the command.

    Raises:
        typer.Exit: Always, with the status.
    """
    for line in message.splitlines():
        report(line)
    raise typer.Exit(status)
