"""The pages of rules say what the code says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from cdk_batch_mnp.rules.discovery import all_rules
from tools import write_rules_page
from tools.write_rules_page import BEGIN, END, README, RULES_PAGE, severity, with_table


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of both pages, for the generator to work on."""
    monkeypatch.setattr(write_rules_page, "ROOT", tmp_path)
    for name, page in (("RULES_PAGE", RULES_PAGE), ("README", README)):
        copy = tmp_path / page.name
        copy.write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
        monkeypatch.setattr(write_rules_page, name, copy)
    return tmp_path


def status_of(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["write_rules_page.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        write_rules_page.main()
    return ended.value.code


def test_the_committed_pages_are_what_the_generator_writes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(monkeypatch, "--check") == 0, capsys.readouterr().out


def test_a_changed_page_is_stale_until_it_is_written_again(
    copies: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = copies / "rules.md"
    page.write_text(page.read_text().replace("### MNP105", "### MNP905"))
    assert status_of(monkeypatch, "--check") == 1
    assert capsys.readouterr().out.startswith("rules.md is stale")
    assert "### MNP905" in page.read_text()
    assert status_of(monkeypatch) == 0
    assert "### MNP105" in page.read_text()
    assert status_of(monkeypatch, "--check") == 0


def test_every_rule_has_a_line_in_both_tables_and_a_section_of_its_own() -> None:
    page, readme = RULES_PAGE.read_text(), README.read_text()
    for rule in all_rules():
        assert page.count(f"| [{rule.id}](#{rule.id.lower()}) | ") == 1
        assert readme.count(f"| [{rule.id}](docs/rules.md#{rule.id.lower()}) | ") == 1
        assert page.count(f"\n### {rule.id}\n\n**{rule.title}**\n") == 1


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        pytest.param("MNP102", "error", id="an error"),
        pytest.param("MNP116", "warning", id="a warning"),
        pytest.param("MNP317", "error or warning", id="an error whose check also warns"),
        pytest.param("MNP613", "error or warning", id="an error beside which a function warns"),
        pytest.param("MNP401", "warning or error", id="a warning whose check also gives errors"),
    ],
)
def test_the_severity_is_that_of_the_rule_and_of_its_hits(id: str, expected: str) -> None:
    (rule,) = [known for known in all_rules() if known.id == id]
    assert severity(rule) == expected


@pytest.mark.parametrize(
    "readme", ["", BEGIN, END, f"{END}\n{BEGIN}"], ids=["neither", "no end", "no begin", "swapped"]
)
def test_a_readme_without_its_markers_is_refused(readme: str) -> None:
    with pytest.raises(ValueError, match=re.escape(BEGIN)):
        with_table(readme, "| table |")


def test_text_around_the_markers_is_kept() -> None:
    written = with_table(f"before\n{BEGIN}\nold\n{END}\nafter\n", "new")
    assert written == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
