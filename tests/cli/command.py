"""``cdk-batch-mnp`` as the tests of the command line run it.

Most call its main function: a process for each of them takes longer than the check itself. The
tests of streams and signals run the program.
"""

from __future__ import annotations

import contextlib
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from cdk_batch_mnp.cli.main import main

PROGRAM = str(Path(sys.executable).with_name("cdk-batch-mnp"))


def stream(content: str = "", encoding: str = "utf-8") -> TextIOWrapper[BytesIO]:
    return TextIOWrapper(BytesIO(content.encode()), encoding=encoding, write_through=True)


def call(
    folder: Path, *arguments: str, stdin: str = "", encoding: str = "utf-8"
) -> CompletedProcess[str]:
    """Call the main function in a folder, with streams of its own."""
    out, errors = stream(encoding=encoding), stream(encoding=encoding)
    with (
        contextlib.chdir(folder),
        patch.object(sys, "argv", ["cdk-batch-mnp", *arguments]),
        patch.object(sys, "stdin", stream(stdin)),
        patch.object(sys, "stdout", out),
        patch.object(sys, "stderr", errors),
    ):
        try:
            main()
        except SystemExit as exited:
            status = exited.code
    assert isinstance(status, int)
    written = [each.buffer.getvalue().decode(encoding) for each in (out, errors)]
    return CompletedProcess(arguments, status, *written)
