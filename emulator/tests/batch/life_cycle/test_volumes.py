"""Volumes are folders that keep what jobs write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdk_batch_mnp_emulator.batch.life_cycle.volumes import Volumes, differences, limits
from cdk_batch_mnp_emulator.nodes.runner import Limit, Mount


def mounts(
    folder: Path,
    *volumes: dict[str, Any],
    environment: str = "training",
    own: str = "node",
    **more: Any,
) -> list[Mount]:
    container = {
        "volumes": [{"name": f"v{n}", **each} for n, each in enumerate(volumes)],
        "mountPoints": [
            {"sourceVolume": f"v{n}", "containerPath": f"/v{n}"} for n in range(len(volumes))
        ],
        **more,
    }
    return Volumes(folder).mounts(container, environment, folder / own, {"fsap-1": "/team"}.get)


def efs(system: str = "fs-1", **more: Any) -> dict[str, Any]:
    return {"efsVolumeConfiguration": {"fileSystemId": system, **more}}


def point(name: str) -> dict[str, Any]:
    return efs(authorizationConfig={"accessPointId": name}, transitEncryption="ENABLED")


def test_a_file_system_is_one_folder_everywhere(tmp_path: Path) -> None:
    first, team, same_team, other_system, unknown = mounts(
        tmp_path, efs(), efs(rootDirectory="/team"), point("fsap-1"), efs("fs-2"), point("fsap-2")
    )
    again = mounts(tmp_path, efs(), environment="other", own="other")
    assert again == [first]
    assert first.folder
    assert team.folder == first.folder / "team"
    assert team.folder.is_dir()
    assert same_team.folder == team.folder
    assert other_system.folder != first.folder
    assert unknown.folder == first.folder / "access-points" / "fsap-2"


def test_a_path_of_the_instances_is_one_folder_for_each_compute_environment(tmp_path: Path) -> None:
    path = {"host": {"sourcePath": "/mnt/fsx/../fsx"}}
    (first,) = mounts(tmp_path, path)
    assert mounts(tmp_path, path, own="other") == [first]
    assert mounts(tmp_path, path, environment="other") != [first]


def test_a_volume_without_a_path_is_of_its_node_alone(tmp_path: Path) -> None:
    (first,) = mounts(tmp_path, {"host": {}})
    (second,) = mounts(tmp_path, {}, own="other")
    assert first.folder
    assert first.folder.is_relative_to(tmp_path / "node")
    assert second.folder
    assert second.folder.is_relative_to(tmp_path / "other")


def test_no_path_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "volumes"
    found = mounts(
        folder,
        efs(rootDirectory="/../../../etc"),
        {"host": {"sourcePath": "/../../etc"}},
        {"name": "../../x", "host": {}},
        environment="..",
    )
    for each in found[:2]:
        assert each.folder
        assert each.folder.resolve().is_relative_to(folder.resolve())


def test_memory_and_read_only_points_are_mounted(tmp_path: Path) -> None:
    found = mounts(
        tmp_path,
        efs(),
        mountPoints=[{"sourceVolume": "v0", "containerPath": "data/", "readOnly": True}],
        linuxParameters={"tmpfs": [{"containerPath": "/ram", "size": 7}]},
    )
    assert [(each.path, each.read_only, each.mib) for each in found] == [
        ("/data", True, 0),
        ("/ram", False, 7),
    ]


def test_what_differs_from_aws_is_said() -> None:
    container = {
        "user": "app:app",
        "volumes": [{"name": "fsx", "host": {"sourcePath": "/fsx"}}, {"name": "scratch"}],
        "mountPoints": [{"sourceVolume": "fsx", "containerPath": "/fsx"}],
    }
    shared, user = differences(container)
    assert shared.startswith("The volume fsx (/fsx of the instance) is one folder for all nodes")
    assert user == "The user app:app of the container does not apply: programs run as you here."
    assert list(differences({"user": "0:0", "volumes": container["volumes"]})) == []


def test_limits_are_those_of_the_definition() -> None:
    assert limits({"ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}]}) == [
        Limit("nofile", 1, 2)
    ]
