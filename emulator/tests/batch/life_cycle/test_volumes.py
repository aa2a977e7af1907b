"""Volumes are folders that keep what jobs write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdk_batch_mnp_emulator.batch.life_cycle.host_paths import HostPaths
from cdk_batch_mnp_emulator.batch.life_cycle.volumes import Volumes, differences, limits
from cdk_batch_mnp_emulator.nodes.runner import Limit, Mount

NOTHING_SET = HostPaths({}, None)


def mounts(
    folder: Path,
    *volumes: dict[str, Any],
    environment: str = "training",
    own: str = "node",
    host_paths: HostPaths = NOTHING_SET,
    **more: Any,
) -> list[Mount]:
    container = {
        "volumes": [{"name": f"v{n}", **each} for n, each in enumerate(volumes)],
        "mountPoints": [
            {"sourceVolume": f"v{n}", "containerPath": f"/v{n}"} for n in range(len(volumes))
        ],
        **more,
    }
    volumes_here = Volumes(folder, host_paths)
    return volumes_here.mounts(container, environment, folder / own, {"fsap-1": "/team"}.get)


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
    for mount in found[:2]:
        assert mount.folder
        assert mount.folder.resolve().is_relative_to(folder.resolve())


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
    shared, user = differences(container, NOTHING_SET)
    assert shared.startswith("The volume fsx (/fsx of the instance) is one folder for all nodes")
    assert user == "The user app:app of the container does not apply: programs run as you here."
    assert list(differences({"user": "0:0", "volumes": container["volumes"]}, NOTHING_SET)) == []


def test_limits_are_those_of_the_definition() -> None:
    assert limits({"ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}]}) == [
        Limit("nofile", 1, 2)
    ]


def test_a_path_that_is_set_is_a_folder_or_a_file_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "data.txt").touch()
    host_paths = HostPaths({"/data": tmp_path}, None)
    folder, file, other = mounts(
        tmp_path / "volumes",
        {"host": {"sourcePath": "/data/"}},
        {"host": {"sourcePath": "/data/data.txt"}},
        {"host": {"sourcePath": "/database"}},
        host_paths=host_paths,
    )
    assert (folder.folder, file.folder) == (tmp_path, tmp_path / "data.txt")
    assert other.folder
    assert other.folder.is_relative_to(tmp_path / "volumes")


def test_the_log_says_what_a_path_is_and_whether_it_can_be_changed(tmp_path: Path) -> None:
    point = {"sourceVolume": "data", "containerPath": "/in"}
    container = {"volumes": [{"name": "data", "host": {"sourcePath": "/data"}}]}
    host_paths = HostPaths({"/data": tmp_path}, None)
    (writable,) = differences({**container, "mountPoints": [point]}, host_paths)
    assert writable == (
        f"The volume data (/data of the instance) is {tmp_path} of this machine, and what the "
        "program writes there is changed there."
    )
    read_only = {**container, "mountPoints": [point | {"readOnly": True}]}
    (constant,) = differences(read_only, host_paths)
    assert constant == f"The volume data (/data of the instance) is {tmp_path} of this machine."


def test_the_launcher_of_this_machine_is_where_user_data_writes_it(tmp_path: Path) -> None:
    launcher = tmp_path / "bin" / "mnp-launch"
    launcher.parent.mkdir()
    launcher.write_text("#!/bin/sh\n")
    launcher.chmod(0o755)
    host_paths = HostPaths({}, launcher)
    folder, file = mounts(
        tmp_path / "volumes",
        {"host": {"sourcePath": "/opt/cdk-batch-mnp"}},
        {"host": {"sourcePath": "/opt/cdk-batch-mnp/mnp-launch"}},
        host_paths=host_paths,
    )
    assert folder.folder
    assert file.folder == folder.folder / "mnp-launch"
    assert file.folder.read_text() == "#!/bin/sh\n"
    assert file.folder.stat().st_mode & 0o777 == 0o755
    (sentence,) = differences(
        {
            "volumes": [{"name": "launcher", "host": {"sourcePath": "/opt/cdk-batch-mnp"}}],
            "mountPoints": [{"sourceVolume": "launcher", "containerPath": "/opt/cdk-batch-mnp"}],
        },
        host_paths,
    )
    assert sentence == (
        f"The volume launcher (/opt/cdk-batch-mnp of the instance) has a copy of {launcher}, the "
        "launcher of this machine, in place of what user data writes there."
    )
