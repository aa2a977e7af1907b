"""Permissions to watch and to end jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from aws_cdk import aws_iam as iam
from constructs import IConstruct

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.argument_types import with_article
from cdk_batch_mnp.cdk.jsii.unchanging import path_of

END_JOBS = ("batch:CancelJob", "batch:TerminateJob")
"""They have the resource type job."""

READ_JOBS = ("batch:DescribeJobs", "batch:ListJobs")
READ_QUEUES = ("batch:DescribeJobQueues",)
READ_DEFINITIONS = ("batch:DescribeJobDefinitions",)
READ_ENVIRONMENTS = ("batch:DescribeComputeEnvironments",)
"""These have no resource type, so their resource is ``*``.

Source: Service Authorization Reference, AWS Batch.
"""


def grant_ending(
    grantee: iam.IGrantable, jobs: str, job_tags: Mapping[str, str] | None
) -> iam.Grant:
    """Allow to cancel and terminate jobs.

    Args:
        grantee: Who may end jobs.
        jobs: ARNs of jobs.
        job_tags: Tags that the jobs must have.
    """
    conditions = {f"aws:ResourceTag/{key}": value for key, value in (job_tags or {}).items()}
    return iam.Grant.add_to_principal(
        grantee=grantee,
        actions=list(END_JOBS),
        resource_arns=[jobs],
        conditions={"StringEquals": conditions} if conditions else None,
    )


def grant_reading(
    grantee: iam.IGrantable, *actions: str, queue_arn: str | None = None
) -> iam.Grant:
    """Allow to read jobs and what they run on.

    Args:
        grantee: Who may read.
        actions: Actions without a resource type.
        queue_arn: A queue whose first jobs may be read.
    """
    grant = iam.Grant.add_to_principal(
        grantee=grantee, actions=[*READ_JOBS, *actions], resource_arns=["*"]
    )
    if queue_arn is None:
        return grant
    return grant.combine(
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["batch:GetJobQueueSnapshot"], resource_arns=[queue_arn]
        )
    )


def reject_as_grantee(construct: IConstruct, role: str) -> NoReturn:
    """Raise the error for a construct that has no permissions of its own.

    Args:
        construct: The construct that was passed to a grant.
        role: What to pass instead.

    Raises:
        ArgumentError: Always.
    """
    kind = with_article(type(construct).__name__)
    raise ArgumentError(
        f"{kind} has no permissions of its own: containers have those of their job_role; "
        f"grant to {role}",
        path=path_of(construct),
    )


def reject_pods_as_grantee(definition: IConstruct) -> NoReturn:
    """Raise the error for a job definition of pods, which was passed to a grant.

    Raises:
        ArgumentError: Always.
    """
    raise ArgumentError(
        "a pod has no job role: its containers have the permissions of the Kubernetes service "
        "account; grant to the IAM role of EksPod.service_account",
        path=path_of(definition),
    )
