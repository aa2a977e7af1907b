"""Who may watch and end jobs, and what cannot be granted to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_batch_mnp import MnpCluster, MnpJobDefinition, MnpJobQueue
from tests.cdk.apps import add_cluster, add_job, new_stack, statements_of

PREFIX = "arn:aws:batch:eu-west-1:123456789012"


def operator(stack: Stack) -> iam.Role:
    return iam.Role(stack, "Operator", assumed_by=iam.AccountRootPrincipal())


def allowed(stack: Stack) -> list[tuple[set[str], Any, Any]]:
    """The actions, resources and conditions of each statement of the operator."""
    return [
        (
            {statement["Action"]}
            if isinstance(statement["Action"], str)
            else set(statement["Action"]),
            statement["Resource"],
            statement.get("Condition"),
        )
        for statement in statements_of(stack, "Operator")
    ]


END = {"batch:CancelJob", "batch:TerminateJob"}
READ = {"batch:DescribeJobs", "batch:ListJobs"}


def platform() -> tuple[Stack, MnpCluster, MnpJobDefinition]:
    stack = new_stack()
    cluster = add_cluster(stack)
    return stack, cluster, add_job(cluster)


@pytest.mark.parametrize("what", ["cluster", "queue", "definition"])
def test_an_operator_may_end_jobs(what: str) -> None:
    stack, cluster, job = platform()
    granting: Any = {"cluster": cluster, "queue": cluster.job_queue, "definition": job}[what]
    granting.grant_terminate(operator(stack)).assert_success()
    ((actions, resource, condition),) = allowed(stack)
    assert (actions, condition) == (END, None)
    assert ":job/*" in str(resource)


@pytest.mark.parametrize("what", ["cluster", "queue", "definition"])
def test_an_operator_may_end_only_jobs_with_tags(what: str) -> None:
    stack, cluster, job = platform()
    granting: Any = {"cluster": cluster, "queue": cluster.job_queue, "definition": job}[what]
    granting.grant_terminate(operator(stack), job_tags={"project": "cavity"})
    ((_, _, condition),) = allowed(stack)
    assert condition == {"StringEquals": {"aws:ResourceTag/project": "cavity"}}


def test_an_operator_may_watch_the_queue() -> None:
    stack, cluster, _ = platform()
    cluster.job_queue.grant_describe(operator(stack)).assert_success()
    (every, head) = allowed(stack)
    assert every == ({*READ, "batch:DescribeJobQueues"}, "*", None)
    assert head[0] == {"batch:GetJobQueueSnapshot"}
    assert head[1] == stack.resolve(cluster.job_queue.job_queue_arn)


def test_an_operator_may_watch_the_jobs_of_a_definition() -> None:
    stack, _, job = platform()
    job.grant_describe(operator(stack))
    assert allowed(stack) == [({*READ, "batch:DescribeJobDefinitions"}, "*", None)]


def test_an_operator_may_watch_the_cluster() -> None:
    stack, cluster, _ = platform()
    cluster.grant_describe(operator(stack))
    (every, head) = allowed(stack)
    assert every[0] == {
        *READ,
        "batch:DescribeComputeEnvironments",
        "batch:DescribeJobDefinitions",
        "batch:DescribeJobQueues",
    }
    assert head[0] == {"batch:GetJobQueueSnapshot"}


def test_grants_of_imports_are_in_their_account_and_region() -> None:
    stack = new_stack()
    role = operator(stack)
    queue = MnpJobQueue.from_job_queue_arn(stack, "Queue", f"{PREFIX}:job-queue/solvers")
    queue.grant_submit(role)
    queue.grant_terminate(role)
    definition = MnpJobDefinition.from_job_definition_arn(
        stack, "Definition", f"{PREFIX}:job-definition/solve:3"
    )
    definition.grant_submit(role, queue)
    resources = [resource for _, resource, _ in allowed(stack)]
    assert f"{PREFIX}:job-queue/solvers" in resources
    assert f"{PREFIX}:job/*" in resources
    assert f"{PREFIX}:job-definition/solve:*" in str(resources)


def parts(cluster: MnpCluster) -> Mapping[str, Any]:
    return {
        "MnpCluster": cluster,
        "MnpJobQueue": cluster.job_queue,
        "MnpComputeEnvironment": cluster.compute_environment,
    }


@pytest.mark.parametrize("kind", ["MnpCluster", "MnpJobQueue", "MnpComputeEnvironment"])
def test_what_has_no_permissions_names_the_job_role(kind: str) -> None:
    stack, cluster, _ = platform()
    grantee = parts(cluster)[kind]
    bucket = s3.Bucket(stack, "Bucket")
    with pytest.raises(
        (RuntimeError, ValueError), match=f"Platform/Cluster.*an {kind} has no.*job_role"
    ):
        bucket.grant_read(grantee)
    with pytest.raises(ValueError, match=f"an {kind} has no permissions.*job_role"):
        _ = grantee.grant_principal


def test_a_definition_is_granted_to_as_before() -> None:
    stack, _, job = platform()
    s3.Bucket(stack, "Bucket").grant_read(job)
    (statement,) = statements_of(stack, "JobRole")
    assert "s3:GetObject*" in statement["Action"]
