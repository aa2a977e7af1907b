"""What the nodes, and those who break out of their containers, may do."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.container import Volume
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.launch_template import BlockDevice
from cdk_batch_mnp.model.role import Role, Statement
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.security.exposure import INTERFACE_ACTIONS
from tests.rules.setups import (
    containing,
    definition,
    environment,
    findings,
    groups,
    ids,
    node_group,
    with_template,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"http_tokens": "optional"}, ["MNP601"], id="IMDSv1 breaks it"),
        pytest.param({"http_put_response_hop_limit": 3}, ["MNP601"], id="three hops break it"),
        pytest.param({"http_put_response_hop_limit": 2}, [], id="two hops are the limit"),
        pytest.param({"http_put_response_hop_limit": None}, [], id="no hop limit is one hop"),
        pytest.param({"http_tokens": None}, [], id="the image decides"),
        pytest.param({"http_tokens": UNKNOWN}, [], id="unknown tokens"),
        pytest.param({"http_put_response_hop_limit": UNKNOWN}, [], id="an unknown hop limit"),
    ],
)
def test_mnp601_metadata_needs_a_token(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(with_template(**changes)) == expected


def test_mnp601_is_silent_about_templates_that_cannot_be_read() -> None:
    assert ids(environment(launch_template=UNKNOWN)) == []


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        pytest.param(BlockDevice(encrypted=False), ["MNP602"], id="no encryption breaks it"),
        pytest.param(BlockDevice(encrypted=None), ["MNP602"], id="nothing said breaks it"),
        pytest.param(BlockDevice(encrypted=True), [], id="encrypted"),
        pytest.param(BlockDevice(encrypted=UNKNOWN), [], id="unknown encryption"),
        pytest.param(BlockDevice(is_ebs=False), [], id="instance store is always encrypted"),
        pytest.param(BlockDevice(is_ebs=UNKNOWN), [], id="an unknown kind"),
        pytest.param(UNKNOWN, [], id="an unknown device"),
    ],
)
def test_mnp602_volumes_are_encrypted(device: object, expected: list[str]) -> None:
    assert ids(with_template(block_devices=(device,))) == expected


def test_mnp602_says_whether_anything_was_said() -> None:
    (refused,) = findings(with_template(block_devices=(BlockDevice(encrypted=False),)))
    (left_out,) = findings(with_template(block_devices=(BlockDevice(encrypted=None),)))
    assert (refused.actual, left_out.actual) == ("false", "nothing, so the account decides")


def test_mnp602_names_the_volume() -> None:
    devices = (BlockDevice(encrypted=True), BlockDevice(device_name="/dev/xvdb", encrypted=False))
    (finding,) = findings(with_template(block_devices=devices))
    assert str(finding.property_path) == (
        "computeResources.launchTemplate.blockDeviceMappings[1].ebs.encrypted"
    )
    assert "/dev/xvdb" in finding.message


@pytest.mark.parametrize(
    ("privileged", "expected"),
    [
        pytest.param(True, ["MNP603"], id="a privileged container breaks it"),
        pytest.param(False, [], id="not privileged"),
        pytest.param(None, [], id="left out"),
        pytest.param(UNKNOWN, [], id="unknown"),
    ],
)
def test_mnp603_no_privileged_containers(privileged: object, expected: list[str]) -> None:
    assert ids(containing(privileged=privileged)) == expected


@pytest.mark.parametrize(
    ("host_path", "expected"),
    [
        pytest.param("/", ["MNP603"], id="the whole instance breaks it"),
        pytest.param("/etc", ["MNP603"], id="its settings"),
        pytest.param("/etc/", ["MNP603"], id="with a slash behind"),
        pytest.param("//etc", ["MNP603"], id="with two slashes in front"),
        pytest.param("/scratch/../etc", ["MNP603"], id="by a way round"),
        pytest.param("/etc/passwd", ["MNP603"], id="a file among its settings"),
        pytest.param("/proc/1", ["MNP603"], id="its processes"),
        pytest.param("/var/run/docker.sock", ["MNP603"], id="Docker's socket"),
        pytest.param("/run/containerd/containerd.sock", ["MNP603"], id="containerd's socket"),
        pytest.param("/var/lib/ecs/data", ["MNP603"], id="the ECS agent's data"),
        pytest.param("/etc/localtime", [], id="the time zone"),
        pytest.param("/etc/ssl/certs", [], id="certificates"),
        pytest.param("/scratch", [], id="a folder for jobs"),
        pytest.param("/etcetera", [], id="a name that begins alike"),
        pytest.param("/var/lib/jobs", [], id="a folder beside the sensitive ones"),
        pytest.param("/dev/shm", [], id="shared memory"),
        pytest.param("/dev/infiniband", [], id="EFA devices"),
        pytest.param("/fsx", [], id="a shared file system"),
        pytest.param("", [], id="Docker chooses the folder"),
        pytest.param(None, [], id="a volume of another kind"),
        pytest.param(UNKNOWN, [], id="an unknown folder"),
    ],
)
def test_mnp603_volumes_of_sensitive_folders(host_path: Any, expected: list[str]) -> None:
    group = node_group(volumes=(Volume(name="data", host_path=host_path),))
    assert ids(definition(node_groups=(group,))) == expected


def test_mnp603_unknown_volumes_are_silent() -> None:
    assert ids(definition(node_groups=(node_group(volumes=UNKNOWN),))) == []
    assert ids(definition(node_groups=(node_group(volumes=(UNKNOWN,)),))) == []


def role(*actions: Any, on: Any = ("*",), id: str = "Stack/JobRole") -> Role:
    """A role that allows these actions."""
    return Role(id=id, statements=(Statement(actions=actions, resources=on),))


def with_roles(**roles: Any) -> JobDefinition:
    """A definition whose job role or execution role is another."""
    return definition(node_groups=(node_group(**roles),))


own = Role(id="Stack/JobRole", statements=())


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        pytest.param({"job_role": own, "execution_role": own}, ["MNP604"], id="one role for both"),
        pytest.param({"job_role": role("*")}, ["MNP604"], id="everything on everything"),
        pytest.param({"job_role": role("*:*")}, ["MNP604"], id="every action of every service"),
        pytest.param(
            {"execution_role": role("s3:Get*", "*", id="Stack/ExecutionRole")},
            ["MNP604"],
            id="the execution role",
        ),
        pytest.param({"job_role": role("s3:*")}, [], id="all of one service"),
        pytest.param({"job_role": role("*", on=("arn:aws:s3:::data",))}, [], id="one resource"),
        pytest.param({"job_role": None, "execution_role": own}, [], id="no job role"),
        pytest.param({"job_role": own, "execution_role": None}, [], id="no execution role"),
        pytest.param({"job_role": UNKNOWN, "execution_role": UNKNOWN}, [], id="unknown roles"),
        pytest.param({"job_role": role(UNKNOWN)}, [], id="an unknown action"),
        pytest.param({"job_role": role("*", on=UNKNOWN)}, [], id="unknown resources"),
        pytest.param({"job_role": role("*", on=(UNKNOWN,))}, [], id="an unknown resource"),
        pytest.param({"job_role": Role(id="Stack/JobRole")}, [], id="unknown policies"),
        pytest.param(
            {"job_role": Role(id="Stack/JobRole", statements=(UNKNOWN,))}, [], id="one of them"
        ),
    ],
)
def test_mnp604_roles_are_apart_and_narrow(roles: dict[str, Any], expected: list[str]) -> None:
    assert ids(with_roles(**roles)) == expected


def test_mnp604_tells_a_role_once_for_all_groups() -> None:
    first, second = groups("0", "1:")
    wide = {"job_role": role("*")}
    both = (
        node_group(path=first.path, target_nodes="0", **wide),
        node_group(path=second.path, target_nodes="1:", **wide),
    )
    (finding,) = findings(definition(node_groups=both))
    assert finding.message == "the role Stack/JobRole allows every action on every resource"


one_interface = ("arn:aws:ec2:eu-west-1:123456789012:network-interface/eni-1",)


@pytest.mark.parametrize(
    ("job_role", "expected"),
    [
        *(
            pytest.param(role(action), ["MNP414"], id=action.removeprefix("ec2:"))
            for action in INTERFACE_ACTIONS
        ),
        pytest.param(role("ec2:detachnetworkinterface"), ["MNP414"], id="in small letters"),
        pytest.param(role("ec2:*NetworkInterface"), ["MNP414"], id="by a wildcard"),
        pytest.param(role(INTERFACE_ACTIONS[0], on=one_interface), ["MNP414"], id="on one of them"),
        pytest.param(role("ec2:DescribeNetworkInterfaces"), [], id="looking at them is fine"),
        pytest.param(role("ec2:Describe*"), [], id="looking at everything is fine"),
        pytest.param(role("ec2:*"), [], id="all of EC2 says nothing about interfaces"),
        pytest.param(role(UNKNOWN), [], id="an unknown action"),
        pytest.param(Role(id="Stack/JobRole"), [], id="unknown policies"),
        pytest.param(UNKNOWN, [], id="an unknown role"),
        pytest.param(None, [], id="no role"),
    ],
)
def test_mnp414_interfaces_are_left_to_batch(job_role: object, expected: list[str]) -> None:
    assert ids(with_roles(job_role=job_role)) == expected


def test_mnp414_does_not_look_at_the_execution_role() -> None:
    agent = role("ec2:AttachNetworkInterface", id="Stack/ExecutionRole")
    assert ids(with_roles(execution_role=agent)) == []
