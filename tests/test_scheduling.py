"""Tests that share expensive fixtures run in one worker, and the slowest come first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reporting import is_needed
from tests.scheduling import FOLDERS, SLOWEST, WITH_CFN_LINT, pending, rank, unit_of

ROOT = Path(__file__).parent.parent


def test_what_is_scheduled_exists() -> None:
    scheduled = {*FOLDERS, *SLOWEST, *WITH_CFN_LINT}
    assert [path for path in sorted(scheduled) if not (ROOT / path).exists()] == []


def test_the_slowest_are_units() -> None:
    assert [path for path in SLOWEST if unit_of(path) != path] == []


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        pytest.param("tests/end_to_end/test_deploy.py::test_a", "tests/end_to_end", id="a folder"),
        pytest.param("tests/stacks/test_api.py::test_a[x::y]", "tests/stacks", id="a parameter"),
        pytest.param("tests/rules/test_a.py::test_a", "tests/rules/test_a.py", id="any other file"),
    ],
)
def test_a_unit_is_a_folder_with_shared_fixtures_or_a_file(nodeid: str, unit: str) -> None:
    assert unit_of(nodeid) == unit


def test_one_worker_runs_all_tests_that_use_cfn_lint() -> None:
    using = {
        path.relative_to(ROOT).as_posix()
        for folder in ("tests", "emulator/tests", "launcher/tests")
        for path in (ROOT / folder).rglob("test_*.py")
        if re.search(r"^ *from (cfnlint|tests\.linting)\b", path.read_text(), re.MULTILINE)
    }
    assert using > set(WITH_CFN_LINT)
    assert {unit_of(path) for path in using} == {"tests/stacks"}


def test_the_pending_tests_of_a_worker_are_those_of_its_last_units() -> None:
    done, begun, waiting = {"a": True}, {"a": True, "b": False}, {"a": False, "b": False}
    assert pending({"1": done, "2": begun, "3": waiting}) == 3
    assert pending({"1": done, "2": begun}) == 1
    assert pending({"1": done, "2": done}) == pending({}) == 0


def test_what_a_controller_prints_or_schedules_by_is_sent() -> None:
    passed = {"outcome": "passed"}
    assert not is_needed("logstart")
    assert not is_needed("testreport", {**passed, "when": "setup"})
    assert is_needed("testreport", {**passed, "when": "call"})
    assert is_needed("testreport", {"outcome": "failed", "when": "teardown"})
    assert is_needed("runtest_protocol_complete")


def test_the_slowest_tests_come_first() -> None:
    order = ["tests/end_to_end/test_a.py::t", f"{SLOWEST[2]}::t", "tests/rules/test_a.py::t"]
    shuffled = [order[2], order[0], order[1]]
    assert sorted(shuffled, key=rank) == order


NOISY = """
import pytest

@pytest.fixture
def wrong_before():
    raise ValueError

@pytest.fixture
def wrong_after():
    yield
    raise ValueError

def test_wrong_before(wrong_before):
    pass

def test_wrong_after(wrong_after):
    pass

def test_skipped():
    pytest.skip("not today")
"""


def test_a_worker_runs_all_tests_of_a_file_and_sends_what_is_wrong(tmp_path: Path) -> None:
    test = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(8))
def test_it(number, worker_id):
    with Path(__file__).with_suffix(".workers").open("a") as file:
        print(worker_id, file=file)
"""
    for name in ("test_one", "test_two"):
        (tmp_path / f"{name}.py").write_text(test)
    (tmp_path / "test_noisy.py").write_text(NOISY)
    plugins = ("-p", "xdist.plugin", "-p", "tests.conftest", "-p", "no:cacheprovider")
    arguments = ("-n2", "-q", *plugins, "--rootdir=.")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert "17 passed, 1 skipped, 2 errors in " in ran.stdout
    workers = [path.read_text().split() for path in tmp_path.glob("*.workers")]
    assert [len(lines) for lines in workers] == [8, 8]
    assert [len(set(lines)) for lines in workers] == [1, 1]
