"""MPICH and Open MPI run one program over the nodes of a job, each node with a network of its own.

Their mpiexec reaches the other nodes through ``programs/agent.py``, which stands in for ssh.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.clients.environments import environment
from tests.clients.platform import PROGRAMS, QUEUE, Platform, running_platform

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(sys.platform != "linux", reason="each node needs a network namespace"),
]

AS_ROOT = {
    f"{prefix}_ALLOW_RUN_AS_ROOT{end}": "1"
    for prefix in ("OMPI", "PRTE")
    for end in ("", "_CONFIRM")
}
MPIEXEC = {
    "mpich": ["mpiexec", "-hosts", "{hosts}", "-n", "4", "-ppn", "1"],
    "openmpi": ["mpirun", "--host", "{hosts}", "-n", "4", "--map-by", "ppr:1:node"],
}
# Otherwise an exception on one rank leaves the others waiting in MPI_Finalize.
RING = ["python", "-m", "mpi4py", str(PROGRAMS / "ring.py")]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running_platform({name: environment(name) for name in MPIEXEC}) as platform:
        yield platform


def ended_job(platform: Platform, mpi: str, *arguments: str) -> dict[str, Any]:
    container = {
        "image": mpi,
        "command": ["python", str(PROGRAMS / "agent.py"), *MPIEXEC[mpi], *RING, *arguments],
        "environment": [{"name": name, "value": value} for name, value in AS_ROOT.items()],
        "vcpus": 2,
        "memory": 1024,
    }
    batch = platform.client("batch")
    batch.register_job_definition(
        jobDefinitionName=mpi,
        type="multinode",
        nodeProperties={
            "numNodes": 4,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
        },
    )
    job = batch.submit_job(
        jobName=mpi, jobQueue=QUEUE, jobDefinition=mpi, timeout={"attemptDurationSeconds": 60}
    )
    for _ in range(400):
        (found,) = batch.describe_jobs(jobs=[job["jobId"]])["jobs"]
        if found["status"] in {"SUCCEEDED", "FAILED"}:
            return dict(found)
        time.sleep(0.2)
    raise TimeoutError(found["status"])


def log_of_main(platform: Platform, job: dict[str, Any]) -> Sequence[str]:
    events = platform.client("logs").get_log_events(
        logGroupName="/aws/batch/job",
        logStreamName=job["attempts"][-1]["container"]["logStreamName"],
        startFromHead=True,
    )["events"]
    return [event["message"] for event in events]


@pytest.mark.parametrize("mpi", MPIEXEC)
def test_a_program_of_four_ranks_runs_on_four_nodes(platform: Platform, mpi: str) -> None:
    job = ended_job(platform, mpi)
    log = log_of_main(platform, job)
    assert (job["status"], log[-1]) == (
        "SUCCEEDED",
        "4 ranks on 4 hosts, the sum is 10",
    ), log


@pytest.mark.parametrize("mpi", MPIEXEC)
def test_a_rank_that_fails_on_a_child_node_fails_the_job(platform: Platform, mpi: str) -> None:
    job = ended_job(platform, mpi, "--fail")
    assert job["status"] == "FAILED"
    assert job["attempts"][-1]["container"]["exitCode"] == 9, log_of_main(platform, job)
