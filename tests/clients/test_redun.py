"""redun runs a task on the nodes of a job, with its executor aws_batch."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.environments import environment
from tests.clients.platform import BUCKET, PROGRAMS, QUEUE, ROLE, Platform, running_platform

pytestmark = pytest.mark.clients

SETTINGS = f"""
[executors.batch]
type = aws_batch
image = workflow
queue = {QUEUE}
s3_scratch = s3://{BUCKET}/redun
role = {ROLE}
vcpus = 2
memory = 1
job_monitor_interval = 0.5
job_stale_time = 0
"""

Redun = Callable[..., str]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running_platform({"workflow": environment("redun")}) as platform:
        yield platform


@pytest.fixture
def redun(platform: Platform, tmp_path: Path) -> Redun:
    """The command, in a folder with a workflow; returns what it prints."""
    (tmp_path / ".redun").mkdir()
    (tmp_path / ".redun" / "redun.ini").write_text(SETTINGS)
    for name in ("redun_workflow.py", "node_sum.py"):
        shutil.copy(PROGRAMS / name, tmp_path)
    program = environment("redun") / "bin" / "redun"

    def run(*arguments: str, status: int = 0) -> str:
        return platform.run(program, *arguments, folder=tmp_path, status=status)

    return run


def test_a_task_on_four_nodes_returns_the_sum_of_all(redun: Redun) -> None:
    printed = redun("run", "redun_workflow.py", "main", "--factor", "10")
    assert printed.splitlines()[-1] == "100"
    listed = redun("aws", "list-jobs")
    assert '"status": "SUCCEEDED"' in listed
    assert '"nodeProperties": {"numNodes": 4}' in listed


def test_the_error_of_the_main_node_comes_back_with_its_log(redun: Redun) -> None:
    printed = redun("run", "redun_workflow.py", "broken", status=1)
    assert "RuntimeError: node 0 is broken" in printed
    assert "*** CloudWatch logs for AWS Batch job" in printed
    assert "statusReason: Essential container in task exited" in printed
