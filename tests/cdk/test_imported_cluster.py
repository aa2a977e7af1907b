"""Clusters that are created elsewhere, to which jobs are added."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from cdk_batch_mnp import ArgumentError, HostVolume, MnpCluster
from cdk_batch_mnp.cdk.imported_cluster import ImportedCluster
from tests.cdk.apps import (
    actions_of,
    add_vpc,
    errors_of,
    first_container,
    main_and_workers,
    new_stack,
    reported_on,
    rules,
)

PREFIX = "arn:aws:batch:eu-west-1:123456789012"


def import_cluster(stack: Stack, **attributes: Any) -> ImportedCluster:
    """A cluster of four c5.18xlarge that is created elsewhere."""
    return MnpCluster.from_cluster_attributes(
        stack,
        "Cluster",
        **{
            "job_queue_arn": f"{PREFIX}:job-queue/solvers",
            "compute_environment_arn": f"{PREFIX}:compute-environment/nodes",
            "instance_type": "c5.18xlarge",
            "max_nodes": 4,
            **attributes,
        },
    )


def added(cluster: ImportedCluster, **changes: Any) -> Any:
    return cluster.add_job("Solve", **{"node_groups": main_and_workers(), **changes})


def test_jobs_are_added_as_to_a_cluster_of_this_app() -> None:
    stack = new_stack()
    cluster = import_cluster(
        stack,
        instance_type=ec2.InstanceType("c5n.18xlarge"),
        efa=True,
        volumes=[HostVolume(name="scratch", container_path="/scratch", host_path="/mnt/scratch")],
    )
    job = added(cluster)
    assert cluster.job_definitions == [job]
    assert job.num_nodes == 4
    assert errors_of(stack) == []
    written = first_container(stack)
    assert written["InstanceType"] == "c5n.18xlarge"
    assert "/dev/infiniband/uverbs0" in str(written)
    assert written["MountPoints"][0]["ContainerPath"] == "/scratch"
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Batch::ComputeEnvironment", 0)
    template.resource_count_is("AWS::Batch::JobQueue", 0)
    template.resource_count_is("AWS::Logs::LogGroup", 1)


def test_jobs_are_checked_against_what_is_stated() -> None:
    stack = new_stack()
    cluster = import_cluster(stack)
    added(cluster, num_nodes=5)
    (error,) = errors_of(stack)
    assert (error.rule, error.path) == ("MNP106", "Platform/Cluster/Solve")
    assert "Platform/Cluster/ComputeEnvironment" in error.text


def test_jobs_share_roles_and_the_log_group() -> None:
    stack = new_stack()
    own = logs.LogGroup.from_log_group_name(stack, "Logs", "solvers")
    cluster = import_cluster(stack, log_group=own)
    roles = {
        id(cluster.add_job(name, node_groups=main_and_workers()).execution_role)
        for name in ("One", "Two")
    }
    assert len(roles) == 1
    Template.from_stack(stack).resource_count_is("AWS::Logs::LogGroup", 0)


def test_submitters_may_submit_all_jobs() -> None:
    stack = new_stack()
    cluster = import_cluster(stack)
    role = iam.Role(stack, "Submitter", assumed_by=iam.AccountRootPrincipal())
    cluster.grant_submit(role)
    added(cluster, job_definition_name="solve")
    assert actions_of(stack, "Submitter") == {"batch:SubmitJob"}
    text = str(Template.from_stack(stack).find_resources("AWS::IAM::Policy"))
    assert f"{PREFIX}:job-queue/solvers" in text
    assert ":job-definition/solve" in text


def test_connections_are_those_that_are_stated() -> None:
    stack = new_stack()
    group = ec2.SecurityGroup(stack, "OfNodes", vpc=add_vpc(stack))
    cluster = import_cluster(stack, security_groups=[group])
    assert cluster.connections.security_groups == [group]


def test_an_acknowledged_finding_is_not_reported() -> None:
    from aws_cdk import Acknowledgment, Validations

    stack = new_stack()
    job = added(import_cluster(stack), num_nodes=5)
    Validations.of(job).acknowledge(Acknowledgment(id="MNP::MNP106", reason="It grows."))
    assert "MNP106" not in rules(reported_on(stack))


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"max_nodes": 0}, "max_nodes is 0"),
        ({"job_queue_arn": "solvers"}, "job_queue_arn is 'solvers'"),
        ({"compute_environment_arn": "nodes"}, "compute_environment_arn is 'nodes'"),
        ({"instance_type": "c5.large", "efa": True}, "does not support EFA"),
        ({"max_nodes": "4"}, "max_nodes must be an integer"),
    ],
)
def test_wrong_attributes_are_errors(attributes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        import_cluster(new_stack(), **attributes)
    assert caught.value.path == "Platform/Cluster"


def test_jobs_of_the_right_size_have_no_findings() -> None:
    stack = new_stack()
    cluster = import_cluster(stack)
    added(cluster, num_nodes=4)
    assert errors_of(stack) == []
