"""MPICH and Open MPI run one program over the nodes of a job, each node with a network of its own.

Their mpiexec reaches the other nodes through ``programs/agent.py``, which stands in for ssh.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.environments import environment
from tests.clients.platform import PROGRAMS, Platform, running_platform

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
    images = {name: environment(name) for name in MPIEXEC}
    with running_platform(images, network="namespaces") as platform:
        yield platform


def run_ring(platform: Platform, mpi: str, *arguments: str) -> dict[str, Any]:
    agent = ["python", str(PROGRAMS / "agent.py")]
    command = [*agent, *MPIEXEC[mpi], *RING, *arguments]
    return platform.run_nodes(4, image=mpi, command=command, environment=AS_ROOT)


@pytest.mark.parametrize("mpi", MPIEXEC)
def test_a_program_of_four_ranks_runs_on_four_nodes(platform: Platform, mpi: str) -> None:
    job = run_ring(platform, mpi)
    log = platform.log_of_main(job)
    assert (job["status"], log[-1]) == (
        "SUCCEEDED",
        "4 ranks on 4 hosts, the sum is 10",
    ), log


def test_a_rank_that_fails_on_a_child_node_fails_the_job(platform: Platform) -> None:
    # Not Open MPI: after an abort, prterun 5.0.11 waits for itself in about one run of four.
    job = run_ring(platform, "mpich", "--fail")
    assert job["status"] == "FAILED"
    assert job["attempts"][-1]["container"]["exitCode"] == 9, platform.log_of_main(job)
