"""The commands of the AWS CLI and of TorchX in docs/clients.md run as the page shows them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.environments import environment
from tests.clients.platform import PROGRAMS, QUEUE, Platform, running_platform
from tests.docs.pages import ROOT, blocks

pytestmark = pytest.mark.clients

PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")


def commands(client: str) -> list[str]:
    """The commands of a section, without the installation."""
    section = PAGE.partition(f"\n## {client}\n")[2].partition("\n## ")[0]
    lines = "".join(blocks(section, "sh")).replace("\\\n", " ").splitlines()
    return [line for line in lines if not line.startswith("pip ")]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    trainer = tmp_path_factory.mktemp("trainer")
    shutil.copy(PROGRAMS / "node_sum.py", trainer / "train.py")
    with running_platform({"trainer": trainer}) as platform:
        yield platform


def test_the_commands_of_the_aws_cli_run(platform: Platform, tmp_path: Path) -> None:
    job = platform.run_nodes(2, image="trainer", command=["python3", "train.py"])
    (node,) = platform.client("batch").describe_jobs(jobs=[f"{job['jobId']}#0"])["jobs"]
    variables = {
        "DEFINITION": job["jobDefinition"],
        "QUEUE": QUEUE,
        "STREAM": node["container"]["logStreamName"],
    }
    submit, *others = commands("AWS CLI")
    program = environment("awscli") / "bin"
    variables["JOB"] = json.loads(platform.shell(submit, program, tmp_path, variables))["jobId"]
    for command in others:
        platform.shell(command, program, tmp_path, variables)
    assert {command.split()[2] for command in others} == {
        "cancel-job",
        "describe-jobs",
        "get-job-queue-snapshot",
        "get-log-events",
        "list-jobs",
        "terminate-job",
    }


def test_the_commands_of_torchx_run(platform: Platform, tmp_path: Path) -> None:
    run, *others = commands("TorchX")
    program = environment("torchx") / "bin"
    printed = platform.shell(run, program, tmp_path, {"QUEUE": QUEUE})
    assert "sh/0 the sum is 10" in printed
    found = re.search(r"^aws_batch://\S+$", printed, re.MULTILINE)
    assert found
    for command in others:
        platform.shell(command, program, tmp_path, {"APP": found[0]})
    assert [command.split()[1] for command in others] == [
        "status",
        "describe",
        "list",
        "log",
        "log",
        "cancel",
    ]
