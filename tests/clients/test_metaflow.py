"""Metaflow runs a step with @batch and @parallel on the nodes of a job."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.environments import environment
from tests.clients.metadata_service import metadata_service
from tests.clients.platform import BUCKET, PROGRAMS, QUEUE, ROLE, Platform, running_platform

pytestmark = pytest.mark.clients

Flow = Callable[..., str]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    # The nodes ask the metadata service, which they reach only in the network of this machine.
    with running_platform({"flow": environment("metaflow")}, network="loopback") as platform:
        yield platform


@pytest.fixture
def flow(platform: Platform, tmp_path: Path) -> Iterator[Flow]:
    """``python sum_flow.py`` as a user runs it; returns what it prints."""
    for name in ("sum_flow.py", "node_sum.py"):
        shutil.copy(PROGRAMS / name, tmp_path)
    with metadata_service() as service:
        variables = {
            "METAFLOW_BATCH_CONTAINER_IMAGE": "flow",
            "METAFLOW_BATCH_JOB_QUEUE": QUEUE,
            "METAFLOW_DATASTORE_SYSROOT_S3": f"s3://{BUCKET}/metaflow",
            "METAFLOW_DEFAULT_DATASTORE": "s3",
            "METAFLOW_DEFAULT_METADATA": "service",
            "METAFLOW_ECS_S3_ACCESS_IAM_ROLE": ROLE,
            "METAFLOW_SERVICE_URL": service,
            "METAFLOW_USER": "user",
        }
        program = environment("metaflow") / "bin" / "python"

        def run(*arguments: str, status: int = 0) -> str:
            return platform.run(
                program,
                "sum_flow.py",
                *arguments,
                folder=tmp_path,
                variables=variables,
                status=status,
            )

        yield run


def test_a_parallel_step_computes_a_sum_on_four_nodes(flow: Flow) -> None:
    printed = flow("run", "--factor", "100")
    assert "node 0 of 4" in printed
    assert "the sum is 1000" in printed
    assert "Task finished with exit code 0" in printed
    assert "No running AWS Batch jobs found" in flow("batch", "list")
