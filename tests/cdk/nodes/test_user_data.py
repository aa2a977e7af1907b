"""The user data of nodes: a script that mounts, or a node that takes no job."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from email import message_from_string
from pathlib import Path

import pytest
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp.cdk.nodes.scratch import scratch
from cdk_batch_mnp.cdk.nodes.user_data import Mount, NodeScript, with_script
from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.model.user_data import is_multipart
from tests.cdk.apps import add_cluster, new_stack, properties_of
from tests.cdk.node_sandbox import TWO_DISKS, Node

MOUNT = Mount(path="/data", commands="mount /dev/data /data\n")

WITH_DISKS = InstanceType(name="m6idn.32xlarge", vcpus=128, local_storage_gb=7600)


def prepare(mounts: Sequence[Mount]) -> str:
    """The script of a node whose containers do not reach the instance role, as is usual."""
    return NodeScript(mounts=mounts, block_instance_role=True).text


SCRIPT = prepare([MOUNT])


def parts(user_data: str) -> list[tuple[str, str]]:
    """The parts as cloud-init, which uses the same parser, sees them: type and text."""
    message = message_from_string(user_data)
    assert message.is_multipart()
    assert not message.defects
    found = []
    for part in message.walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            found.append((part.get_content_type(), payload.decode()))
    return found


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(SCRIPT, id="one mount"),
        pytest.param(prepare([]), id="no mount"),
        pytest.param(prepare([scratch("/scratch", WITH_DISKS), MOUNT]), id="scratch and more"),
    ],
)
def test_scripts_are_right_bash(script: str) -> None:
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_a_node_keeps_its_containers_from_the_instance_role(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.run(prepare([])) == 0
    assert node.agent_settings == "ECS_AWSVPC_BLOCK_IMDS=true\n"
    assert not any(each.startswith("systemctl") for each in node.called)


def test_settings_of_an_image_are_kept(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.configure_agent("ECS_LOGLEVEL=info\n")
    assert node.run(prepare([MOUNT])) == 0
    assert node.agent_settings == "ECS_LOGLEVEL=info\nECS_AWSVPC_BLOCK_IMDS=true\n"


def test_containers_reach_the_instance_role_without_the_setting(
    tmp_path: Path,
) -> None:
    node = Node(tmp_path)
    assert node.run(NodeScript(mounts=[MOUNT], block_instance_role=False).text) == 0
    assert node.agent_settings is None


def test_a_node_of_many_has_room_for_connections_to_all_others(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.run(NodeScript(block_instance_role=True, many_nodes=True).text) == 0
    settings = (tmp_path / "etc/sysctl.d/90-cdk-batch-mnp.conf").read_text()
    assert settings.splitlines() == [
        "net.ipv4.neigh.default.gc_thresh1 = 4096",
        "net.ipv4.neigh.default.gc_thresh2 = 8192",
        "net.ipv4.neigh.default.gc_thresh3 = 16384",
    ]
    (loaded,) = (each for each in node.called if each.startswith("sysctl"))
    assert loaded == f"sysctl --load={tmp_path}/etc/sysctl.d/90-cdk-batch-mnp.conf"


@pytest.mark.parametrize(("max_nodes", "expected"), [(400, False), (401, True)])
def test_clusters_of_more_than_400_nodes_set_it(max_nodes: int, expected: bool) -> None:
    stack = new_stack()
    add_cluster(stack, max_nodes=max_nodes)
    data = properties_of(Template.from_stack(stack), "AWS::EC2::LaunchTemplate")
    text = str(data["LaunchTemplateData"]["UserData"])
    assert ("gc_thresh3 = 16384" in text) is expected
    assert "ECS_AWSVPC_BLOCK_IMDS=true" in text


def test_a_node_without_the_setting_takes_no_job(tmp_path: Path) -> None:
    node = Node(tmp_path, failing={"mkdir": -1})
    assert node.run(prepare([])) != 0
    assert node.called[-2:] == ["systemctl mask --runtime ecs.service", "systemctl poweroff"]


def test_paths_that_differ_only_in_a_hyphen_have_a_mount_each(tmp_path: Path) -> None:
    node = Node(tmp_path)
    mounts = [scratch(path, WITH_DISKS) for path in ("/fast/a", "/fast-a")]
    assert node.run(prepare(mounts)) == 0
    drop_ins = (tmp_path / "etc/systemd/system/ecs.service.d").iterdir()
    assert sorted(drop_in.name for drop_in in drop_ins) == [
        "50-mount-fast--a.conf",
        "50-mount-fast-a.conf",
    ]


def test_without_a_mount_there_is_no_script() -> None:
    assert NodeScript(block_instance_role=False).text == ""
    assert with_script("", "") == ""


def test_several_disks_become_one_raid(tmp_path: Path) -> None:
    node = Node(tmp_path)
    assert node.run(prepare([scratch("/scratch", WITH_DISKS)])) == 0
    mdadm, mkfs, mount = (
        next(call for call in node.called if call.startswith(name))
        for name in ("mdadm", "mkfs.xfs", "mount ")
    )
    assert mdadm.endswith("--level=0 --raid-devices=2 /dev/nvme1n1 /dev/nvme2n1")
    assert mkfs == "mkfs.xfs -f -L mnp-scratch /dev/md0"
    assert mount == "mount -o noatime /dev/md0 /scratch"
    assert node.fstab == "LABEL=mnp-scratch /scratch xfs defaults,noatime,nofail 0 0\n"
    assert "systemctl poweroff" not in node.called


def test_a_single_disk_needs_no_raid(tmp_path: Path) -> None:
    node = Node(tmp_path, disks=TWO_DISKS[: TWO_DISKS.rindex("/dev")])
    assert node.run(prepare([scratch("/scratch", WITH_DISKS)])) == 0
    assert "mkfs.xfs -f -L mnp-scratch /dev/nvme1n1" in node.called
    assert not any(each.startswith("mdadm") for each in node.called)


def test_the_volume_of_the_system_is_never_formatted(tmp_path: Path) -> None:
    node = Node(tmp_path, disks="/dev/nvme0n1 Amazon Elastic Block Store\n")
    assert node.run(prepare([scratch("/scratch", WITH_DISKS)])) != 0
    assert not any(each.startswith("mkfs") for each in node.called)
    assert node.called[-1] == "systemctl poweroff"


@pytest.mark.parametrize("failing", ["mount", "mdadm", "mkfs.xfs", "mountpoint", "lsblk"])
def test_a_node_that_cannot_mount_takes_no_job_and_powers_off(tmp_path: Path, failing: str) -> None:
    node = Node(tmp_path, failing={failing: -1})
    assert node.run(prepare([scratch("/scratch", WITH_DISKS)])) != 0
    assert node.called[-2:] == ["systemctl mask --runtime ecs.service", "systemctl poweroff"]


def test_the_agent_does_not_start_without_the_mount_at_a_later_start(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.run(prepare([scratch("/local/scratch", WITH_DISKS)]))
    (drop_in,) = (tmp_path / "etc/systemd/system/ecs.service.d").iterdir()
    assert drop_in.name == "50-mount-local-scratch.conf"
    assert drop_in.read_text() == (
        "[Service]\nExecStartPre=/usr/bin/mountpoint --quiet /local/scratch\n"
    )
    assert "systemctl daemon-reload" in node.called


@pytest.mark.parametrize(
    ("failures", "status", "calls"),
    [
        pytest.param(0, 0, 1, id="at once"),
        pytest.param(3, 0, 4, id="at last"),
        pytest.param(-1, 32, 8, id="never"),
    ],
)
def test_what_may_fail_at_first_is_tried_again(
    tmp_path: Path, failures: int, status: int, calls: int
) -> None:
    node = Node(tmp_path, failing={"dnf": failures})
    script = prepare([Mount(path="/x", commands="persist dnf install -y lustre-client\n")])
    assert node.run(script) == status
    assert node.called.count("dnf install -y lustre-client") == calls


@pytest.mark.parametrize(
    "instance",
    [
        InstanceType(name="hpc7a.96xlarge", vcpus=192, local_storage_gb=0),
        InstanceType(name="x9z.large", vcpus=2),
        InstanceType(name="i2.8xlarge", vcpus=32, local_storage_gb=6400),
    ],
    ids=lambda instance: instance.name,
)
def test_scratch_needs_a_type_with_disks(
    instance: InstanceType, snapshot: SnapshotAssertion
) -> None:
    with pytest.raises(ValueError, match=instance.name) as refused:
        scratch("/scratch", instance)
    assert str(refused.value) == snapshot


MULTIPART = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="==PART=="

--==PART==
Content-Type: text/cloud-config; charset="us-ascii"

packages: [htop]

--==PART==--
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("", [("text/x-shellscript", SCRIPT)], id="none"),
        pytest.param(
            MULTIPART,
            [("text/x-shellscript", SCRIPT), ("text/cloud-config", "packages: [htop]\n")],
            id="multi-part",
        ),
        pytest.param(
            MULTIPART.replace('"==PART=="', "==PART=="),
            [("text/x-shellscript", SCRIPT), ("text/cloud-config", "packages: [htop]\n")],
            id="a boundary without quotes",
        ),
        pytest.param(
            MULTIPART.replace("mixed; b", "mixed;\n b"),
            [("text/x-shellscript", SCRIPT), ("text/cloud-config", "packages: [htop]\n")],
            id="a boundary on the next line",
        ),
        pytest.param(
            MULTIPART.replace("\n", "\r\n"),
            [("text/x-shellscript", SCRIPT), ("text/cloud-config", "packages: [htop]\r\n")],
            id="lines that end with CRLF",
        ),
        pytest.param(
            MULTIPART.replace('boundary="==PART=="', 'boundary="=="; note="boundary=none"')
            .replace("--==PART==--", "--==--")
            .replace("--==PART==\n", "--==other\n--==\n"),
            [("text/x-shellscript", SCRIPT), ("text/cloud-config", "packages: [htop]\n")],
            id="a boundary that begins another line before the first part",
        ),
        pytest.param(
            "#!/bin/bash\nulimit -l unlimited\n",
            [("text/x-shellscript", SCRIPT), ("text/x-shellscript", "ulimit -l unlimited\n")],
            id="a script",
        ),
        pytest.param(
            "#cloud-config\npackages: [htop]\n",
            [("text/x-shellscript", SCRIPT), ("text/cloud-config", "packages: [htop]\n")],
            id="cloud-config",
        ),
    ],
)
def test_the_script_runs_before_the_users_own(given: str, expected: list[tuple[str, str]]) -> None:
    text = with_script(given, SCRIPT)
    assert is_multipart(text)
    found = parts(text)
    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    for (_, seen), (_, wanted) in zip(found, expected, strict=True):
        assert wanted.strip() in seen


@pytest.mark.parametrize("given", ["yum install -y htop", "<powershell>\n</powershell>", "W10K"])
def test_what_is_not_a_mime_part_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="is not MIME multi-part"):
        with_script(given, SCRIPT)
    with pytest.raises(ValueError, match="is not MIME multi-part"):
        with_script(given, "")


def test_a_multipart_text_without_a_part_is_refused() -> None:
    with pytest.raises(ValueError, match="without a part"):
        with_script("Content-Type: multipart/mixed\n\nhello", SCRIPT)


def test_without_a_script_the_users_own_stays_as_it_is() -> None:
    assert with_script(MULTIPART, "") == MULTIPART
    assert parts(with_script("#!/bin/bash\ntrue\n", "")) == [
        ("text/x-shellscript", "#!/bin/bash\ntrue\n")
    ]


def test_an_empty_line_before_the_header_of_multipart_user_data_is_left_out() -> None:
    text = (
        "\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=part\n\n"
        "--part\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n\n--part--\n"
    )
    for script in ("", "#!/bin/sh\n"):
        assert is_multipart(with_script(text, script))
