"""A crash anywhere in the check is reported, and everything else is still checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.template.checking import TemplateReport, check_together
from cdk_batch_mnp.template.crashed import ISSUES, CheckCrashedError
from cdk_batch_mnp.template.evaluation.stack import Stack
from cdk_batch_mnp.template.source.document import Document
from cdk_batch_mnp.template.source.files import find
from tests.template.folders import ANYWHERE, HALF, assembly, cluster, write


def check(*paths: Path) -> TemplateReport:
    found = find([str(path) for path in paths])
    return check_together(found.groups, unusable=found.unusable)


def breaking(original: Any, name: str) -> Any:
    """A function that raises where one of its arguments is, or is in, a file of this name."""

    def broken(*arguments: Any, **named: Any) -> Any:
        for argument in (*arguments, *named.values()):
            document = getattr(argument, "document", argument)
            file = document.file if isinstance(document, Document) else str(document)
            if Path(file).name == name:
                raise KeyError("broken on purpose")
        return original(*arguments, **named)

    return broken


def test_a_crash_says_what_failed_where_and_how_to_report_it() -> None:
    try:
        raise ValueError("a message\nof two lines")
    except ValueError as error:
        crash = CheckCrashedError("jobs.json", "rule MNP101 at Job", error)
    assert str(crash).startswith(
        "jobs.json: rule MNP101 at Job crashed: ValueError: a message of two lines. This is a bug "
    )
    assert str(crash).endswith(ISSUES)
    assert "\n" not in str(crash)


def test_a_long_message_is_cut() -> None:
    assert len(str(CheckCrashedError("jobs.json", "reading it", KeyError("x" * 10_000)))) < 1000


@pytest.mark.parametrize(
    "place",
    [
        "cdk_batch_mnp.template.source.document._parse",
        "cdk_batch_mnp.template.source.files._looks_like_template",
        "cdk_batch_mnp.template.evaluation.stack.Stack._declare",
        "cdk_batch_mnp.template.checking.dangling_references",
    ],
)
def test_a_crash_in_one_file_leaves_the_others_to_be_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    broken = write(tmp_path / "a" / "broken.json", cluster())
    wrong = write(tmp_path / "b" / "wrong.json", cluster(HALF))
    module, _, name = place.rpartition(".")
    owner: Any = Stack if name == "_declare" else __import__(module, fromlist=[name])
    monkeypatch.setattr(owner, name, breaking(getattr(owner, name), "broken.json"))
    report = check(broken.parent, wrong)
    assert [finding.finding.rule.id for finding in report.findings] == ["MNP106"]
    assert len(report.crashes) == 1
    assert report.crashes[0].file in (str(broken), str(broken.parent))


def test_a_crash_in_one_stack_of_an_assembly_leaves_the_others_to_be_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembly(tmp_path, {"Broken": (ANYWHERE, cluster()), "Wrong": (ANYWHERE, cluster(HALF))})
    monkeypatch.setattr(Stack, "_declare", breaking(Stack._declare, "Broken.template.json"))
    report = check(tmp_path)
    assert [finding.finding.rule.id for finding in report.findings] == ["MNP106"]
    assert [Path(crash.file).name for crash in report.crashes] == ["Broken.template.json"]


def test_a_crash_in_one_resource_leaves_the_others_to_be_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cdk_batch_mnp.model.job_definition import JobDefinition

    original = JobDefinition.read

    def read(*arguments: Any, id: str, **named: Any) -> JobDefinition:
        if id == "Broken":
            raise KeyError("broken on purpose")
        return original(*arguments, id=id, **named)

    monkeypatch.setattr(JobDefinition, "read", read)
    template = cluster(HALF)
    template["Resources"]["Broken"] = template["Resources"]["Job"]
    report = check(write(tmp_path / "jobs.json", template))
    assert [finding.finding.resource_id for finding in report.findings] == ["Job"]
    assert "reading Broken crashed" in str(report.crashes[0])


def test_a_crash_over_the_manifest_of_an_assembly_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembly(tmp_path / "cdk.out", {"Jobs": (ANYWHERE, cluster())})
    wrong = write(tmp_path / "wrong.json", cluster(HALF))

    def broken(*_: Any) -> Any:
        raise KeyError("broken on purpose")

    monkeypatch.setattr("cdk_batch_mnp.template.source.assembly._stack", broken)
    report = check(tmp_path / "cdk.out", wrong)
    assert [finding.finding.rule.id for finding in report.findings] == ["MNP106"]
    assert len(report.crashes) == 1


def test_a_stack_that_is_not_read_makes_nothing_known_to_be_all(tmp_path: Path) -> None:
    assembly(tmp_path, {"Jobs": (ANYWHERE, cluster())})
    (tmp_path / "Jobs.template.json").write_text("{")
    (read,) = find([str(tmp_path)]).groups
    stacks = read()
    assert not stacks.is_whole
    assert len(stacks.problems) == 1
