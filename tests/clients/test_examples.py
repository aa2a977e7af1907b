"""The commands in the READMEs of the examples run as the pages show them, against the embedded AWS.

A folder with the same programs stands for each image. It is made as the section «On your machine»
says, from wheels that are locked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.run.assembly import read
from cdk_batch_mnp_emulator.run.deploying import Deployer
from cdk_batch_mnp_emulator.run.progress import Followed, follow
from cdk_batch_mnp_emulator.settings import Settings
from cdk_batch_mnp_launch.zipapp import build
from tests.clients.environments import environment
from tests.clients.example_pages import assembly, local_runs, run_here, sections, submission
from tests.clients.platform import REGION, Platform
from tests.docs.pages import ROOT
from warm import WarmServer

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(sys.platform != "linux", reason="each node needs a network namespace"),
]

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="mpicc needs a C compiler")

OTHER_TOOLS = ("npx", "docker", "pip", "python", "cp", "build/", "REGISTRY=")
"""Commands of the pages that need a network, or that the images of these tests are made by."""


def virtual_environment(client: str, folder: Path) -> Path:
    """Make a folder with the programs of a client's environment, and the launcher."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for program in (environment(client) / "bin").iterdir():
        (programs / program.name).symlink_to(program)
    build(str(programs / "mnp-launch"))
    return folder


def mpi(folder: Path, client: str = "mpich") -> Path:
    made = virtual_environment(client, folder)
    compiler = environment(client) / "bin" / "mpicc"
    for name in ("hello", "ring"):
        source = ROOT / "examples" / "mpi" / f"{name}.c"
        warnings = ("-std=c11", "-Wall", "-Wextra", "-Werror")
        subprocess.run(
            [compiler, *warnings, "-O2", "-o", made / "bin" / name, source],
            check=True,
            env=os.environ | {"PATH": f"{compiler.parent}:{os.environ['PATH']}"},
        )
    return made


def lammps(folder: Path) -> Path:
    made = virtual_environment("lammps", folder)
    shutil.copy(ROOT / "examples" / "lammps" / "in.melt", made)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a user works: with `build/mpi` and `build/lammps`."""
    folder = tmp_path_factory.mktemp("clone")
    if shutil.which("cc"):
        mpi(folder / "build" / "mpi")
    lammps(folder / "build" / "lammps")
    return folder


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("assemblies")
    return {config: assembly(config, folder / config) for config in ("demo", "hpc", "mpi")}


@needs_compiler
def test_hello_runs_on_all_nodes_as_the_page_says(
    folder: Path, assemblies: Mapping[str, Path]
) -> None:
    hello, _ring = local_runs("mpi")
    status, lines = run_here(hello, folder, assemblies["mpi"])
    assert status == 0, lines
    assert any(re.fullmatch(r"\[0\] \d+ ranks on 4 hosts, MPICH .*", line) for line in lines)


@needs_compiler
def test_the_ring_measures_every_hop_as_the_page_says(
    folder: Path, assemblies: Mapping[str, Path]
) -> None:
    _hello, ring = local_runs("mpi")
    status, lines = run_here(ring, folder, assemblies["mpi"])
    assert status == 0, lines
    hops = [
        re.fullmatch(r"\[0\] (\d) ip-\S+ -> (\d) ip-\S+ +([\d.]+) +([\d.]+)", line)
        for line in lines
    ]
    assert [(hop[1], hop[2]) for hop in hops if hop] == [
        ("0", "1"),
        ("1", "2"),
        ("2", "3"),
        ("3", "0"),
    ]
    latencies = [float(hop[3]) for hop in hops if hop]
    slowest = latencies.index(max(latencies))
    assert any(
        line.startswith(f"[0] slowest hop by latency:   {slowest} -> {(slowest + 1) % 4}, ")
        for line in lines
    )
    sizes = [each[1] for line in lines if (each := re.fullmatch(r"\[0\] +(\d+) +\S+ +\S+", line))]
    assert sizes == ["8", "32", "128", "512", "2048", "8192", "32768"]
    assert "[0] The data of all messages around 4 ranks is right." in lines


@needs_compiler
def test_the_ring_fails_the_job_and_names_the_hop_if_a_byte_is_wrong(
    folder: Path, assemblies: Mapping[str, Path]
) -> None:
    _hello, ring = local_runs("mpi")
    command = "mnp-launch --mode main --procs-per-node 1 -- mpirun ring --bytes 4096 --corrupt 2"
    status, lines = run_here(f"{ring} -- {command}", folder, assemblies["mpi"])
    assert status == 1, lines
    said = [
        each[1] for line in lines if (each := re.search(r"ring: \d+ wrong bytes on (.*)", line))
    ]
    assert said
    assert set(said) == {"the hop 2 -> 3"}
    assert not any("is right" in line for line in lines)


def test_lammps_runs_on_all_nodes_as_its_page_says(
    folder: Path, assemblies: Mapping[str, Path]
) -> None:
    (line,) = local_runs("lammps")
    status, lines = run_here(line, folder, assemblies["hpc"])
    assert status == 0, lines
    assert "[0] Created 3456 atoms" in lines
    assert any(line.startswith("[0] The energy is constant to 0.00") for line in lines)


def test_lammps_fails_the_job_if_the_energy_changes(
    folder: Path, assemblies: Mapping[str, Path]
) -> None:
    (line,) = local_runs("lammps")
    physics = "-var boxes 4 -var cells 6 -var steps 50 -var timestep 0.03"
    command = f"mnp-launch --mode main -- mpirun -n 2 lmp -in in.melt -log none {physics}"
    status, lines = run_here(f"{line} -- {command}", folder, assemblies["hpc"])
    assert status == 1, lines
    assert any(line.startswith("[0] The energy has changed by ") for line in lines)


def test_the_sum_runs_as_its_page_says(folder: Path, assemblies: Mapping[str, Path]) -> None:
    (line,) = local_runs("ring_sum")
    status, lines = run_here(line, folder, assemblies["demo"])
    assert status == 0, lines
    assert {f"[{index}] Node {index} of 4 has the sum 10." for index in range(4)} < set(lines)


@contextmanager
def deployed(assembly: Path, images: Mapping[str, Path]) -> Iterator[Platform]:
    """An embedded AWS in which an assembly is deployed."""
    with WarmServer(Settings(images=images, network="namespaces")) as server:
        Deployer(Endpoint(server.access)).deploy(read(assembly, REGION), {})
        yield Platform(server.access)


def submit(platform: Platform, example: str, folder: Path) -> tuple[Followed, list[str]]:
    """Run the submission of a page with the AWS CLI, and follow the job to its end."""
    line = f'{submission(example)}\necho "$job"'
    id = platform.shell(line, environment("awscli") / "bin", folder, {}).strip()
    lines: list[str] = []
    followed = follow(platform.client("batch"), platform.client("logs"), id, lines.append)
    return followed, lines


@pytest.mark.parametrize(
    ("example", "config", "parameters", "said"),
    [
        pytest.param(
            "mpi",
            "mpi",
            {"bytes": "1048576"},
            "[0] The data of all messages around 4 ranks is right.",
            marks=needs_compiler,
            id="mpi",
        ),
        pytest.param("ring_sum", "demo", {}, "[0] Node 0 of 4 has the sum 10.", id="ring_sum"),
    ],
)
def test_the_submission_of_a_page_runs_the_job_with_the_aws_cli(
    example: str,
    config: str,
    parameters: Mapping[str, str],
    said: str,
    folder: Path,
    assemblies: Mapping[str, Path],
    tmp_path: Path,
) -> None:
    images = {"mpi": folder / "build" / "mpi"} if example == "mpi" else {}
    with deployed(assemblies[config], images) as platform:
        followed, lines = submit(platform, example, tmp_path)
    assert followed.has_succeeded, lines
    assert followed.number == 4
    assert followed.job["parameters"] == parameters
    assert said in lines
    assert "[0] mnp-launch: node 0: all 4 nodes are ready, starting" in lines


@pytest.mark.parametrize(("example", "config"), [("lammps", "hpc"), ("pytorch", "training")])
def test_the_aws_cli_and_aws_batch_accept_the_submission_of_a_page(
    example: str, config: str, tmp_path: Path
) -> None:
    # Without an image that has its programs, the job ends at once.
    with deployed(assembly(config, tmp_path / "cdk.out"), {}) as platform:
        followed, _lines = submit(platform, example, tmp_path)
    assert followed.number == 4
    (shown,) = re.findall(r"--parameters (\S+?)\)$", submission(example), flags=re.MULTILINE)
    pairs = dict(pair.split("=") for pair in shown.split(","))
    assert followed.job["parameters"].items() >= pairs.items()


@pytest.mark.parametrize("example", ["lammps", "mpi", "pytorch", "ring_sum"])
def test_every_command_of_a_page_is_one_that_these_tests_know(example: str) -> None:
    lines = "".join(block for section in sections(example).values() for block in section)
    for line in lines.replace("\\\n", " ").splitlines():
        words = line.strip().split(" ")
        known = (*OTHER_TOOLS, "aws ", "output()", "job=", "--query", "cdk-batch-mnp local run ")
        assert not line or line.strip().startswith(known), words
