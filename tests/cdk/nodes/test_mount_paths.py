"""Where nodes and containers can mount without hiding what the system needs."""

from __future__ import annotations

import pytest
from aws_cdk import CfnParameter

from cdk_batch_mnp import EfsVolume, HostVolume
from cdk_batch_mnp.cdk.nodes.mount_paths import (
    MAX_LENGTH,
    validate_container_path,
    validate_mount_path,
)
from tests.cdk.apps import new_stack


@pytest.mark.parametrize(
    "path",
    [
        "",
        "data",
        "./data",
        "-o",
        "/data/",
        "//data",
        "/my data",
        "/data/../etc",
        "/data/./x",
        "/-rf",
        "/da$ta",
        "/da\nta",
        "/data\n",
        "/d\u00e4ta",
        "/data\0",
        "/data;reboot",
        f"/{'a' * MAX_LENGTH}",
    ],
)
def test_a_node_mounts_at_no_path_that_needs_quoting(path: str) -> None:
    with pytest.raises(ValueError, match=r"^scratch_path (is|has) "):
        validate_mount_path(path, "scratch_path")


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/bin", "/boot", "/boot/efi", "/dev", "/dev/shm", "/etc", "/etc/data", "/home"),
        *("/home/ec2-user", "/home/ec2-user/x", "/lib", "/lib64/x", "/opt", "/opt/amazon"),
        *("/opt/amazon/efa", "/opt/aws/neuron", "/proc/1", "/root", "/run/x", "/sbin", "/sys/fs"),
        *("/tmp", "/tmp/scratch", "/usr", "/usr/local", "/var", "/var/lib/docker", "/var/tmp/x"),
    ],
)
def test_a_node_hides_no_folder_of_the_system(path: str) -> None:
    with pytest.raises(ValueError, match=r"^path is "):
        validate_mount_path(path, "path")


@pytest.mark.parametrize(
    "path",
    [
        *("/scratch", "/fsx", "/mnt", "/mnt/fast-1", "/opt/data_2", "/opt/awsome", "/home/a.b"),
        *("/srv", "/data/etc", "/etcetera", "/variables", f"/{'a' * (MAX_LENGTH - 1)}"),
    ],
)
def test_a_node_mounts_at_your_own_paths(path: str) -> None:
    validate_mount_path(path, "path")


def test_a_node_mounts_at_no_path_that_only_deployment_knows() -> None:
    path = CfnParameter(new_stack(), "Path").value_as_string
    with pytest.raises(ValueError, match=r"^scratch_path is known only at deployment"):
        validate_mount_path(path, "scratch_path")


@pytest.mark.parametrize(
    "path",
    [
        *("/", "//", "/.", "/data/..", "/bin", "/dev", "/dev/", "/etc", "//etc", "/etc/."),
        *("/lib", "/lib64", "/proc", "/proc/self", "/sbin", "/sys", "/usr", "/usr/../usr"),
        *("data", "", "./data", "/da\nta", "/da\0ta"),
    ],
)
def test_a_container_needs_its_own_system(path: str) -> None:
    with pytest.raises(ValueError, match=r"^volume 'files': container_path is "):
        HostVolume(name="files", container_path=path)


@pytest.mark.parametrize(
    "path",
    [
        *("/data", "/tmp", "/opt", "/home", "/var/lib/x", "/usr/local", "/etc/ssl/certs"),
        *("/dev/shm", "/sys/class/infiniband", "/processed", "/my data", "/root"),
    ],
)
def test_a_container_mounts_in_all_other_folders(path: str) -> None:
    assert HostVolume(name="files", container_path=path).container_path == path


def test_a_container_path_that_only_deployment_knows_is_taken() -> None:
    path = CfnParameter(new_stack(), "Path").value_as_string
    validate_container_path(path)


def test_file_systems_of_efs_hide_no_system_either() -> None:
    from aws_cdk import aws_efs as efs

    from tests.cdk.apps import import_vpc

    stack = new_stack()
    files = efs.FileSystem(stack, "Files", vpc=import_vpc(stack))
    with pytest.raises(ValueError, match="container_path is '/usr'"):
        EfsVolume(name="files", container_path="/usr", file_system=files)
