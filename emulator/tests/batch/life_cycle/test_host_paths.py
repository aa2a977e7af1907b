"""What the paths of instances are on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.life_cycle.simulation import CONTAINER, Simulation
from cdk_batch_mnp_emulator.batch.life_cycle.host_paths import HostPathError, HostPaths

LAUNCHER = "/opt/cdk-batch-mnp"


def mounting(path: str) -> dict[str, object]:
    return {
        **CONTAINER,
        "volumes": [{"name": "data", "host": {"sourcePath": path}}],
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
    }


def test_the_nearest_path_above_is_the_one_that_counts(tmp_path: Path) -> None:
    for name in ("all", "all/x", "inner"):
        (tmp_path / name).mkdir()
    paths = HostPaths({"/data/": tmp_path / "all", "/data/inner": tmp_path / "inner"}, None)
    assert paths.set_for("/data") == tmp_path / "all"
    assert paths.set_for("//data/x/../x") == tmp_path / "all" / "x"
    assert paths.set_for("/data/inner") == tmp_path / "inner"
    assert paths.set_for("/dat") is None
    assert HostPaths({"/": tmp_path}, None).set_for("/all/x") == tmp_path / "all" / "x"


def test_what_does_not_exist_fails_the_job_with_the_path(tmp_path: Path) -> None:
    batch = Simulation(tmp_path, host_paths=HostPaths({"/data": tmp_path / "gone"}, None))
    job = batch.submit_container(mounting("/data/x"))
    assert batch.status(job) == "FAILED"
    assert batch.describe(job)["container"]["reason"] == (
        f"ResourceInitializationError: /data/x of the instance is {tmp_path}/gone/x here, which "
        "does not exist"
    )
    assert not batch.runner.reserved


def test_without_a_launcher_its_folder_fails_the_job_with_what_to_do(batch: Simulation) -> None:
    job = batch.submit_container(mounting(LAUNCHER))
    reason = batch.describe(job)["container"]["reason"]
    assert reason == (
        f"ResourceInitializationError: {LAUNCHER} has the launcher on an instance, and nodes here "
        f"find no mnp-launch: install cdk-batch-mnp-launch, or set --host-path {LAUNCHER}=DIR"
    )


def test_a_path_that_is_set_takes_precedence_over_the_launcher(tmp_path: Path) -> None:
    paths = HostPaths({LAUNCHER: tmp_path}, tmp_path / "bin" / "mnp-launch")
    assert paths.set_for(LAUNCHER) == tmp_path
    assert paths.brings_launcher(LAUNCHER) is None


def test_only_the_launcher_and_its_folder_are_brought(tmp_path: Path) -> None:
    paths = HostPaths({}, tmp_path)
    for path in (LAUNCHER, f"{LAUNCHER}/", f"{LAUNCHER}/mnp-launch"):
        assert paths.brings_launcher(path) == tmp_path
    for path in ("/opt", f"{LAUNCHER}/other", f"{LAUNCHER}2"):
        assert paths.brings_launcher(path) is None
        assert HostPaths({}, None).brings_launcher(path) is None


def test_a_launcher_is_only_missed_where_it_is_mounted(tmp_path: Path) -> None:
    with pytest.raises(HostPathError, match="install cdk-batch-mnp-launch"):
        HostPaths({}, None).fill(f"{LAUNCHER}/mnp-launch", tmp_path / "x")
    HostPaths({}, None).fill("/data", tmp_path / "x")
    assert not (tmp_path / "x").exists()
