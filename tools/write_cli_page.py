"""Write docs/cli.md, the reference of the command line, from the help texts of the commands.

python -m tools.write_cli_page [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import typer

from cdk_batch_mnp.cli.main import app
from cdk_batch_mnp_emulator.command import app as emulator
from cdk_batch_mnp_launch.settings import parser
from tools.generated_page import ROOT, main

PAGE = ROOT / "docs" / "cli.md"
_WIDTH = 80

INTRODUCTION = """\
# Command line

Written by `tools/write_cli_page.py` from the help texts: do not edit.

| Command | Installed by | Pages |
|---|---|---|
| [`cdk-batch-mnp`](#cdk-batch-mnp) | the library | [check](check.md), [instances](instances.md) |
| [`cdk-batch-mnp-emulator`](#cdk-batch-mnp-emulator) | the extra `local` | [local](local.md) |
| [`mnp-launch`](#mnp-launch) | `cdk-batch-mnp-launch`, in images | [launcher](launcher.md) |

`cdk-batch-mnp local` passes all of its arguments to `cdk-batch-mnp-emulator`: the commands
`cdk-batch-mnp local run cdk.out` and `cdk-batch-mnp-emulator run cdk.out` are the same.
"""


def page() -> str:
    """Return the text of docs/cli.md."""
    parts = [INTRODUCTION]
    # Both libraries measure the terminal, unless the environment has its size.
    with patch.dict("os.environ", {"COLUMNS": str(_WIDTH), "NO_COLOR": "1"}):
        for command in (app, typer.main.get_command(emulator)):
            parts += _sections(command, None)
        parts.append(_section("mnp-launch", parser().format_help(), level=2))
    return "\n".join(parts)


def _sections(command: Any, parent: Any) -> Iterator[str]:
    """Yield the section of a command, and those of its subcommands.

    The commands of Typer are not those of click, which Typer contains a copy of, but alike.
    """
    context = command.make_context(
        command.name, [], parent=parent, resilient_parsing=True, max_content_width=_WIDTH
    )
    if command.name != "local":  # It has no help of its own: all arguments are the emulator's.
        level = 2 if parent is None else 3
        yield _section(context.command_path, command.get_help(context), level=level)
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from _sections(command.get_command(context, name), context)


def _section(title: str, text: str, *, level: int) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"{'#' * level} `{title}`\n\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    sys.exit(main(PAGE, page, program="tools.write_cli_page"))
