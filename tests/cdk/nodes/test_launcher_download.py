"""Nodes that download the launcher, check it, and give it to the containers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Environment, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_batch_mnp import ArgumentError, Launcher, LauncherDelivery, MnpCluster, NodeGroup
from cdk_batch_mnp.cdk.nodes.launcher_download import launcher_download
from cdk_batch_mnp.cdk.nodes.launcher_file import launcher_file
from cdk_batch_mnp.cdk.nodes.user_data import NodeScript
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    container,
    errors_of,
    first_container,
    import_vpc,
    new_stack,
    properties_of,
    right_user_data,
    statements_of,
    warnings_of,
)
from tests.cdk.node_sandbox import Node, deployed

FROM_NODES = Launcher(mode="main", delivery=LauncherDelivery.from_nodes())
TEMPLATE = "AWS::EC2::LaunchTemplate"


def groups(**changes: Any) -> list[NodeGroup]:
    return [NodeGroup("all", ":", container(**{"command": ["mpirun", "solver"], **changes}))]


def user_data_of(stack: Stack) -> str:
    """The user data of the only launch template, with references as they are in the template."""
    data = properties_of(Template.from_stack(stack), TEMPLATE)["LaunchTemplateData"]
    return str(data.get("UserData", ""))


@pytest.fixture
def script() -> str:
    """The script of a node, as it is deployed."""
    stack = new_stack()
    cluster = add_cluster(stack)
    commands = launcher_download(cluster, cluster.compute_environment.instance_role, cluster)
    text = NodeScript(block_instance_role=True, downloads=[commands]).text
    parameters = {"AWS::AccountId": "123456789012", "AWS::Region": "eu-west-1"}
    return deployed(stack.resolve(text), parameters)


def test_a_node_downloads_the_launcher_and_makes_it_executable(tmp_path: Path, script: str) -> None:
    node = Node(tmp_path)
    (tmp_path / "object").write_bytes(launcher_file().read_bytes())
    assert node.run(script) == 0
    assert node.launcher.read_bytes() == launcher_file().read_bytes()
    assert node.launcher.stat().st_mode & 0o777 == 0o755
    (download,) = (each for each in node.called if each.startswith("aws"))
    address = "s3://cdk-hnb659fds-assets-123456789012-eu-west-1/"
    assert f" --region eu-west-1 {address}" in download
    assert "systemctl poweroff" not in node.called
    assert not any(each.startswith("dnf") for each in node.called)


def test_a_node_without_the_aws_cli_installs_it(tmp_path: Path, script: str) -> None:
    node = Node(tmp_path)
    (tmp_path / "object").write_bytes(launcher_file().read_bytes())
    aws = node.programs / "aws"
    aws.rename(node.programs / "later")
    (tmp_path / "dnf.failing").write_text("1")
    program = (node.programs / "dnf").read_text()
    (node.programs / "dnf").write_text(f"{program}\n/bin/mv {node.programs}/later {aws}\n")
    assert node.run(script) == 0
    assert node.called.count("dnf install -y awscli-2") == 2
    assert node.launcher.exists()


def test_a_node_tries_a_failed_download_again(tmp_path: Path, script: str) -> None:
    node = Node(tmp_path, failing={"aws": 3})
    (tmp_path / "object").write_bytes(launcher_file().read_bytes())
    assert node.run(script) == 0
    assert sum(each.startswith("aws s3 cp") for each in node.called) == 4


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\nexit 0\n"], ids=["empty", "another"])
def test_a_node_that_gets_another_file_runs_no_job(
    tmp_path: Path, script: str, content: bytes
) -> None:
    node = Node(tmp_path)
    (tmp_path / "object").write_bytes(content)
    assert node.run(script) != 0
    assert node.called[-2:] == ["systemctl mask --runtime ecs.service", "systemctl poweroff"]
    assert not node.launcher.exists()


def test_a_node_that_cannot_download_runs_no_job(tmp_path: Path, script: str) -> None:
    node = Node(tmp_path, failing={"aws": -1})
    assert node.run(script) != 0
    assert node.called[-1] == "systemctl poweroff"


def test_containers_mount_what_their_nodes_download() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, "First", node_groups=groups(), launcher=FROM_NODES)
    properties = first_container(stack)
    assert properties["Command"][:2] == ["/opt/cdk-batch-mnp/mnp-launch", "--mode"]
    assert properties["Volumes"] == [
        {"Name": "mnp-launch", "Host": {"SourcePath": "/opt/cdk-batch-mnp"}}
    ]
    assert properties["MountPoints"] == [
        {
            "SourceVolume": "mnp-launch",
            "ContainerPath": "/opt/cdk-batch-mnp",
            "ReadOnly": True,
        }
    ]
    assert "aws s3 cp" in user_data_of(stack)
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_nodes_download_it_once_for_all_jobs_and_may_read_nothing_else() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    for name in ("First", "Second"):
        add_job(cluster, name, node_groups=groups(), launcher=FROM_NODES)
    assert user_data_of(stack).count("aws s3 cp") == 1
    (statement,) = statements_of(stack, "InstanceRole")
    assert statement["Action"] == "s3:GetObject"
    assert "*" not in str(statement["Resource"])


def test_no_node_starts_before_it_may_read_the_launcher() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), node_groups=groups(), launcher=FROM_NODES)
    resources = Template.from_stack(stack).to_json()["Resources"]
    (environment,) = (
        resource
        for resource in resources.values()
        if resource["Type"] == "AWS::Batch::ComputeEnvironment"
    )
    policies = [name for name in environment["DependsOn"] if "InstanceRoleDefaultPolicy" in name]
    assert [resources[name]["Type"] for name in policies] == ["AWS::IAM::Policy"]


def test_an_imported_instance_role_that_cannot_be_changed_gets_no_policy() -> None:
    stack = new_stack()
    arn = "arn:aws:iam::123456789012:role/nodes"
    role = iam.Role.from_role_arn(stack, "Nodes", arn, mutable=False)
    cluster = add_cluster(stack, instance_role=role)
    add_job(cluster, node_groups=groups(), launcher=FROM_NODES)
    assert "aws s3 cp" in user_data_of(stack)
    assert "s3:GetObject" not in str(Template.from_stack(stack).to_json())


def test_nodes_download_nothing_for_other_jobs() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), node_groups=groups(), launcher=Launcher())
    assert "aws s3 cp" not in user_data_of(stack)
    assert statements_of(stack, "InstanceRole") == []


@pytest.mark.parametrize("has_own", [False, True], ids=["none", "the user's"])
def test_nodes_with_other_user_data_download_it_too(has_own: bool) -> None:
    stack = new_stack()
    own = ec2.UserData.for_linux()
    cluster = add_cluster(
        stack,
        user_data=own if has_own else None,
        can_containers_access_instance_role=True,
    )
    add_job(cluster, node_groups=groups(), launcher=FROM_NODES)
    own.add_commands("echo later")
    text = user_data_of(stack)
    assert "aws s3 cp" in text
    assert ("echo later" in text) is has_own
    assert "ECS_AWSVPC_BLOCK_IMDS" not in text


def of_no_queue(stack: Stack) -> None:
    add_definition(stack, node_groups=groups(), launcher=FROM_NODES)


def of_an_imported_queue(stack: Stack) -> None:
    arn = "arn:aws:batch:eu-west-1:123456789012:job-queue/theirs"
    queue = batch.JobQueue.from_job_queue_arn(stack, "Theirs", arn)
    add_definition(stack, node_groups=groups(), launcher=FROM_NODES, job_queue=queue)


def of_nodes_with_a_template_of_the_user(stack: Stack) -> None:
    template = ec2.LaunchTemplate(
        stack, "Template", user_data=right_user_data(), require_imdsv2=True
    )
    cluster = add_cluster(stack, launch_template=template)
    add_job(cluster, node_groups=groups(), launcher=FROM_NODES)


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (of_no_queue, "the job has no queue of this library"),
        (of_an_imported_queue, "the job has no queue of this library"),
        (of_nodes_with_a_template_of_the_user, "leave launch_template out"),
    ],
)
def test_nodes_that_cannot_get_it_are_an_error(add: Callable[[Stack], None], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        add(new_stack())


def test_the_template_is_the_same_at_each_synthesis() -> None:
    texts = []
    for _ in range(2):
        stack = Stack(None, "Platform", env=Environment(account="123456789012", region="eu-west-1"))
        cluster = MnpCluster(
            stack, "Cluster", vpc=import_vpc(stack), instance_type="c5.18xlarge", max_nodes=4
        )
        add_job(cluster, node_groups=groups(), launcher=FROM_NODES)
        texts.append(user_data_of(stack))
    assert texts[0] == texts[1]
