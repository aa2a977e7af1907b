"""Keyword options of job definitions, each documented once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from aws_cdk import Duration
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


class JobOptions(TypedDict, total=False):
    """Options of a job, for :meth:`MnpCluster.add_job` and :class:`MnpJobDefinition`.

    Source: Batch API, RegisterJobDefinition.
    """

    main_node: int
    """Index of the main node, whose exit ends the job. Default: 0."""

    efa: bool | None
    """Whether containers get the nodes' EFA devices.

    Default: ``True`` if all environments of the job's queue are constructs of this library for the
    same instance type and their nodes have EFA.
    """

    timeout: Duration | None
    """How long an attempt of the whole job may run, from 60 seconds. Default: no limit."""

    retry_attempts: int | None
    """How often the job is tried, 1 to 10; only a failure of the main node counts. Default: 1."""

    retry_strategies: Sequence[batch.RetryStrategy]
    """Up to five rules that decide whether a failed job is tried again; the first match applies.

    Effective only with ``retry_attempts``. Default: every failure is tried again.
    """

    parameters: Mapping[str, str | float] | None
    """Default values of the ``Ref::name`` placeholders in commands; numbers become strings.

    Default: none.
    """

    scheduling_priority: int | None
    """Priority among the jobs of one share in a fair-share queue, 0 to 9999. Default: 0."""

    job_role: iam.IRole | None
    """Role whose permissions the containers have.

    Default: a new role without permissions, which only ECS tasks of this account and Region can
    assume. Jobs of a cluster that nothing is granted to share one.
    """

    execution_role: iam.IRole | None
    """Role that pulls the images, reads the secrets and writes the logs of the containers.

    It gets the permissions that the job needs. Default: in a cluster, one role for all jobs that
    have neither secrets nor credentials of a private registry; otherwise a role of the job.
    """

    job_definition_name: str | None
    """Physical name. Default: generated."""

    propagate_tags: bool
    """Whether the ECS tasks get the definition's tags. Default: ``True``."""

    tags: Mapping[str, str] | None
    """Tags of the definition, in addition to those of ``Tags.of``. Default: none."""


class JobDefinitionOptions(JobOptions, total=False):
    """All options of :class:`MnpJobDefinition`."""

    instance_type: str | ec2.InstanceType | None
    """The one instance type of all nodes.

    Required where a container leaves its vCPUs or memory out. Default: any type of the queue.
    """

    log_group: logs.ILogGroup | None
    """Log group of the containers. Default: a new one with a retention of one month."""

    log_encryption_key: kms.IKey | None
    """KMS key of the log group that is created.

    A key of this app lets CloudWatch Logs use it; the policy of an imported key must allow
    ``logs.<region>.amazonaws.com``. Default: encryption with a key of CloudWatch Logs.
    """

    job_queue: batch.IJobQueue | None
    """The queue of the jobs, which the definition is checked against.

    What is unknown about an imported queue is not checked. Default: the definition is checked
    against every queue of the app, and one of them must be able to run its jobs.
    """
