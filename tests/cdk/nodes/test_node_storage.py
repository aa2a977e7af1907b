"""What nodes mount, and what their containers see of it."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp import (
    HostVolume,
    LustreMount,
    MnpCluster,
    NodeContainer,
    NodeGroup,
)
from tests.cdk.apps import (
    add_cluster,
    add_job,
    add_vpc,
    container,
    errors_of,
    new_stack,
)
from tests.cdk.storage import (
    WITH_DISKS,
    add_file_system,
    first_container,
    import_file_system,
    user_data,
    written,
)


def add_containers(cluster: MnpCluster, *containers: NodeContainer) -> None:
    group = NodeGroup("all", ":", containers={f"c{n}": each for n, each in enumerate(containers)})
    add_job(cluster, node_groups=[group])


@pytest.fixture(scope="module")
def with_both() -> Stack:
    """A cluster with a file system and scratch."""
    stack = new_stack()
    vpc = add_vpc(stack)
    cluster = add_cluster(
        stack,
        vpc=vpc,
        instance_type=WITH_DISKS,
        lustre=[LustreMount(file_system=add_file_system(stack, vpc))],
        scratch_path="/scratch",
    )
    add_job(cluster, node_groups=[NodeGroup("all", ":", container())])
    return stack


def test_nodes_mount_before_they_take_jobs(with_both: Stack) -> None:
    text = user_data(with_both)
    ((file_system, _),) = (
        Template.from_stack(with_both).find_resources("AWS::FSx::FileSystem").items()
    )
    host = f"<{file_system}>.fsx.<AWS::Region>.<AWS::URLSuffix>"
    source = f"(Base64 of {host}@tcp:/<['{file_system}', 'LustreMountName']>)"
    assert text.startswith("Content-Type: multipart/mixed; boundary=")
    assert f'\nlustre_source="$(base64 --decode <<< {source})"\n' in text
    assert 'persist mount -t lustre -o relatime,flock "$lustre_source" /fsx\n' in text
    assert 'keep "$lustre_source" /fsx lustre relatime,flock,_netdev\n' in text
    assert 'mount -o noatime "$scratch_disk" /scratch\n' in text
    assert errors_of(with_both) == []


def test_containers_see_what_nodes_mount_at_the_same_paths(with_both: Stack) -> None:
    seen = first_container(with_both)
    assert seen["Volumes"] == [
        {"Name": "node-scratch", "Host": {"SourcePath": "/scratch"}},
        {"Name": "node-fsx", "Host": {"SourcePath": "/fsx"}},
    ]
    assert seen["MountPoints"] == [
        {"SourceVolume": "node-scratch", "ContainerPath": "/scratch", "ReadOnly": False},
        {"SourceVolume": "node-fsx", "ContainerPath": "/fsx", "ReadOnly": False},
    ]


def test_a_container_can_do_without_and_can_mount_elsewhere() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, instance_type=WITH_DISKS, scratch_path="/scratch")
    own = HostVolume(name="own", host_path="/scratch", container_path="/tmp/here")
    other = HostVolume(name="other", host_path="/var/log", container_path="/scratch")
    add_containers(
        cluster,
        container(),
        container(node_volumes=False),
        container(volumes=[own]),
        container(volumes=[other]),
    )
    (definition,) = Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition").values()
    (group,) = definition["Properties"]["NodeProperties"]["NodeRangeProperties"]
    (task,) = group["EcsProperties"]["TaskProperties"]
    mounts = [
        [mount["SourceVolume"] for mount in one.get("MountPoints", ())]
        for one in task["Containers"]
    ]
    assert mounts == [["node-scratch"], [], ["own"], ["other"]]


def test_an_environment_without_a_cluster_reports_its_volumes() -> None:
    cluster = add_cluster(new_stack(), instance_type=WITH_DISKS, scratch_path="/local/fast.1")
    assert cluster.compute_environment.volumes == (
        HostVolume(
            name="node-local-fast_1", host_path="/local/fast.1", container_path="/local/fast.1"
        ),
    )
    assert add_cluster(new_stack()).compute_environment.volumes == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"scratch_path": "/scratch"},
        {"scratch_path": "scratch", "instance_type": WITH_DISKS},
        {"scratch_path": "/var/x", "instance_type": WITH_DISKS},
        {"user_data": ec2.UserData.custom("yum install -y htop")},
        {"user_data": ec2.UserData.for_windows()},
    ],
    ids=["no disks", "no absolute path", "a system folder", "no MIME part", "for Windows"],
)
def test_what_no_node_can_do_is_refused(
    changes: dict[str, Any], snapshot: SnapshotAssertion
) -> None:
    with pytest.raises(ValueError, match=r"^Platform/Cluster/ComputeEnvironment: ") as refused:
        add_cluster(new_stack(), **changes)
    assert str(refused.value) == snapshot


def test_two_mounts_need_two_places() -> None:
    stack = new_stack()
    inner = LustreMount(
        file_system=import_file_system(stack), mount_name="abcdef12", path="/data/fsx"
    )
    for name, path in (("A", "/data"), ("B", "/data/fsx"), ("C", "/data/fsx/scratch")):
        with pytest.raises(ValueError, match="not one within the other"):
            add_cluster(stack, name, instance_type=WITH_DISKS, lustre=[inner], scratch_path=path)


def test_with_nothing_to_do_there_is_no_user_data() -> None:
    stack = new_stack()
    add_cluster(stack, can_containers_access_instance_role=True)
    (template,) = Template.from_stack(stack).find_resources("AWS::EC2::LaunchTemplate").values()
    assert "UserData" not in template["Properties"]["LaunchTemplateData"]


def test_the_users_own_user_data_follows_and_may_still_grow() -> None:
    stack = new_stack()
    own = ec2.MultipartUserData()
    own.add_part(
        ec2.MultipartBody.from_raw_body(content_type="text/cloud-config", body="packages: [htop]")
    )
    cluster = add_cluster(stack, instance_type=WITH_DISKS, scratch_path="/scratch", user_data=own)
    add_job(cluster)
    script = ec2.UserData.for_linux()
    script.add_commands("echo grown")
    own.add_user_data_part(script)
    text = user_data(stack)
    places = [text.index(each) for each in ("mkfs.xfs", "packages: [htop]", "echo grown")]
    assert places == sorted(places)
    assert text.count("Content-Type: multipart/mixed") == 1
    assert errors_of(stack) == []


def test_one_user_data_serves_two_clusters() -> None:
    stack = new_stack()
    own = ec2.UserData.for_linux()
    own.add_commands("echo shared")
    for name in ("One", "Two"):
        add_cluster(stack, name, instance_type=WITH_DISKS, scratch_path=f"/{name}", user_data=own)
    templates = Template.from_stack(stack).find_resources("AWS::EC2::LaunchTemplate")
    texts = [
        written(template["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"])
        for template in templates.values()
    ]
    assert [text.count("mkfs.xfs") for text in texts] == [1, 1]
    assert [text.count("echo shared") for text in texts] == [1, 1]
