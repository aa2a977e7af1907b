"""The reference of the command line says what --help says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.docs.pages import anchors
from tools import generated_page
from tools.write_cli_page import PAGE, page


def test_the_committed_page_is_what_the_generator_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_command_has_a_section() -> None:
    assert anchors(PAGE) >= {
        "cdk-batch-mnp",
        "cdk-batch-mnp-check",
        "cdk-batch-mnp-instances-refresh",
        "cdk-batch-mnp-emulator-exec",
        "cdk-batch-mnp-emulator-up",
        "cdk-batch-mnp-emulator-run",
        "mnp-launch",
    }


def test_the_width_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = page()
    monkeypatch.setenv("COLUMNS", "200")
    assert page() == expected


def status_of(page: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["page", *arguments])
    return generated_page.main(page, lambda: "new\n", program="tools.page")


def test_a_stale_page_is_reported_and_then_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("old\n")
    assert status_of(page, monkeypatch, "--check") == 1
    assert capsys.readouterr().out == "page.md is stale: run python -m tools.page\n"
    assert page.read_text() == "old\n"
    assert status_of(page, monkeypatch) == 0
    assert page.read_text() == "new\n"
    assert status_of(page, monkeypatch, "--check") == 0
