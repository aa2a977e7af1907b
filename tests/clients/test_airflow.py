"""Airflow's BatchOperator runs a multi-node parallel job as a task of a DAG."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.clients.environments import environment
from tests.clients.platform import PROGRAMS, Platform, running_platform

pytestmark = pytest.mark.clients

Airflow = Callable[..., str]


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running_platform({"programs": PROGRAMS}) as platform:
        container = {"image": "programs", "vcpus": 2, "memory": 1024}
        platform.client("batch").register_job_definition(
            jobDefinitionName="sum",
            type="multinode",
            nodeProperties={
                "numNodes": 2,
                "mainNode": 0,
                "nodeRangeProperties": [
                    {
                        "targetNodes": "0:",
                        "container": {**container, "command": ["python3", "node_sum.py"]},
                    }
                ],
            },
        )
        yield platform


@pytest.fixture(scope="module")
def airflow(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """The command, with a database and a DAG; returns what it prints."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    shutil.copy(PROGRAMS / "batch_dag.py", home / "dags")
    variables = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    program = environment("airflow") / "bin" / "airflow"

    def run(*arguments: str, status: int = 0) -> str:
        return platform.run(program, *arguments, folder=home, variables=variables, status=status)

    run("db", "migrate")
    return run


def test_a_task_runs_four_nodes_and_shows_the_log_of_the_main_node(airflow: Airflow) -> None:
    printed = airflow("dags", "test", "sum")
    assert "node 0 of 4" in printed
    assert "the sum is 100" in printed
    assert "state=success" in printed


def test_a_task_fails_with_its_job(airflow: Airflow) -> None:
    printed = airflow("dags", "test", "broken", status=1)
    assert "Essential container in task exited" in printed
    assert "state=failed" in printed
