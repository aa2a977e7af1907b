"""The command line of the programs that write a page of docs/."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(page: Path, text: Callable[[], str], *, program: str) -> int:
    """Write a page or, with --check, report whether it is stale; return the exit status.

    Args:
        page: File of the page.
        text: Returns what the page must contain.
        program: Module that writes it, for the message.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=f"Write {page.name}.")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if stale")
    check = parser.parse_args().check
    wanted = text()
    if page.exists() and page.read_text(encoding="utf-8") == wanted:
        return 0
    if check:
        print(f"{page.name} is stale: run python -m {program}")
        return 1
    page.write_text(wanted, encoding="utf-8")
    print(f"wrote {page.name}")
    return 0
