"""The benchmark of the catalogue runs. No test asserts its numbers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks import catalogue


def test_it_prints_a_line_for_each_measure() -> None:
    ran = subprocess.run(
        [sys.executable, catalogue.__file__, "--starts", "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    for what, _ in catalogue.MEASURES.values():
        assert what in ran.stdout


def test_the_parts_of_a_start_are_its_whole() -> None:
    measured = catalogue.times()
    assert measured.keys() == catalogue.MEASURES.keys()
    parts = measured["json"] + measured["import"] + measured["load"]
    assert measured["whole"] == pytest.approx(parts)


def test_no_start_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark", "--starts", "0"])
    with pytest.raises(SystemExit):
        catalogue.main()
    assert "must be at least 1" in capsys.readouterr().err
