"""The template that the check is timed on is right, looked at, and as large as it says."""

from __future__ import annotations

import sys

import pytest

from benchmarks import check
from cdk_batch_mnp.template.checking import check_template


def test_the_template_that_the_check_is_timed_on_is_right_and_is_looked_at() -> None:
    template = check.template(3, 40)
    assert len(template["Resources"]) == 40
    assert check_template(template).findings == ()
    template["Resources"]["Environment"]["Properties"]["ComputeResources"]["MaxvCpus"] = 287
    assert {finding.rule.id for finding in check_template(template).findings} == {"MNP106"}


def test_the_benchmark_of_the_check_prints_a_line_for_each_measure(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "GROWTH", {2: "linear", 4: "0.1"})
    monkeypatch.setattr(check, "RESOURCES", 50)
    monkeypatch.setattr(check, "DEFINITIONS", 3)
    monkeypatch.setattr(sys, "argv", ["check.py", "--repeats", "1", "--no-cfn-lint"])
    check.main()
    printed = capfd.readouterr()
    assert printed.err == ""
    for what in ("3 job definitions, JSON", "YAML", "4 job definitions"):
        assert what in printed.out


def test_a_check_that_fails_is_not_timed() -> None:
    with pytest.raises(RuntimeError, match="cannot be read"):
        check.seconds((*check.CHECK, "not-there.yaml"), 1)
