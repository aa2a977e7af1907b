"""The recipes of docs/launcher.md run as the page shows them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.images import image_with_launcher
from tests.clients.platform import PROGRAMS, Platform, running_platform
from tests.docs.pages import ROOT, blocks

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(sys.platform != "linux", reason="each node needs a network namespace"),
]

PAGE = (ROOT / "docs" / "launcher.md").read_text(encoding="utf-8")
SECRET = {"MNP_SECRET": "a secret of the tests, long enough"}


def recipe(heading: str, program: str, *options: str) -> list[str]:
    """Return the command of a recipe, for a program of the tests.

    Args:
        heading: Of the recipe.
        program: Name of the program in ``programs/``.
        options: Options of the launcher that the test adds.
    """
    section = PAGE.partition(f"\n### {heading}\n")[2].partition("\n##")[0]
    (block,) = blocks(section, "sh")
    launcher, *words = shlex.split(block.replace("program.py", str(PROGRAMS / program)))
    return [launcher, *options, *words]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    images = {name: image_with_launcher(name) for name in ("dask", "ray", "mpich")}
    with running_platform(images, network="namespaces") as platform:
        yield platform


def run(
    platform: Platform, image: str, command: list[str], nodes: int, **variables: str
) -> tuple[dict[str, Any], list[str]]:
    job = platform.run_nodes(
        nodes, image=image, command=command, environment={**SECRET, **variables}, own_tmp=True
    )
    return job, platform.log_of_main(job)


def test_mpi_for_python(platform: Platform) -> None:
    command = recipe("MPI for Python", "ring.py", "--procs-per-node", "1")
    # Without own_tmp: MPICH needs the working directory of the main node on all nodes.
    job = platform.run_nodes(3, image="mpich", command=command, environment=SECRET)
    assert "3 ranks on 3 hosts in node order, the sum is 6" in platform.log_of_main(job)


def test_dask(platform: Platform) -> None:
    job, log = run(platform, "dask", recipe("Dask", "dask_sum.py"), 3)
    assert "the sum is 6, computed on 3 nodes" in log
    assert job["status"] == "SUCCEEDED", log


def test_a_dask_program_that_fails_fails_the_job(platform: Platform) -> None:
    job, log = run(platform, "dask", recipe("Dask", "dask_sum.py"), 2, FAIL="7")
    assert job["attempts"][-1]["container"]["exitCode"] == 7, log


def test_ray(platform: Platform) -> None:
    quiet = {"RAY_USAGE_STATS_ENABLED": "0"}
    job, log = run(platform, "ray", recipe("Ray", "ray_sum.py"), 2, **quiet)
    assert "the sum is 3, computed on 2 nodes" in log
    assert job["status"] == "SUCCEEDED", log


@pytest.mark.parametrize(
    "heading", ["PyTorch", "DeepSpeed", "JAX", "TensorFlow", "Horovod", "Dask", "Ray"]
)
def test_every_recipe_is_one_short_command_of_the_launcher(heading: str) -> None:
    section = PAGE.partition(f"\n### {heading}\n")[2].partition("\n##")[0]
    (block,) = blocks(section, "sh")
    assert len(block.splitlines()) <= 10
    program, *words = shlex.split(block)
    assert program == "mnp-launch"
    assert "--" in words
