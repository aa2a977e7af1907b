"""Reading pages, and running what they show."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aws_cdk
import pytest

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
PAGES = [
    README,
    *sorted(ROOT.glob("C*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("README.md")),
]


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The names by which a page's headings are linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def run(program: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run an app in a process of its own, its cloud assembly going to a folder."""
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=directory,
        env={**os.environ, "CDK_OUTDIR": str(directory)},
    )


def synthesize(program: str, directory: Path) -> None:
    """Run an app that succeeds in this process, its cloud assembly going to a folder."""
    create = aws_cdk.App.__init__

    def create_there(app: aws_cdk.App, **options: Any) -> None:
        create(app, outdir=str(directory), **options)

    with contextlib.chdir(directory), patch.object(aws_cdk.App, "__init__", create_there):
        exec(compile(program, "app.py", "exec"), {"__name__": "__main__"})


def failure(program: str, directory: Path) -> str:
    """The exception of an app that fails: under pytest, the CDK writes its whole report into it."""
    with pytest.raises(RuntimeError) as raised:
        synthesize(program, directory)
    return str(raised.value)


def resources(directory: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The resources of a type in the templates of a cloud assembly."""
    for template in directory.glob("*.template.json"):
        for resource in json.loads(template.read_text())["Resources"].values():
            if resource["Type"] == kind:
                yield resource


def reports(directory: Path) -> list[dict[str, Any]]:
    """What the CDK's report of a synthesis has of each plugin that found something."""
    report: dict[str, list[dict[str, Any]]]
    report = json.loads((directory / "validation-report.json").read_text())
    return report["pluginReports"]
