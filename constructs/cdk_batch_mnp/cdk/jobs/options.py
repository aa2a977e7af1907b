"""Keyword options of job definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from aws_cdk import Duration
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.interfaces.aws_batch import IConsumableResourceRef

from cdk_batch_mnp.cdk.jobs.launcher import Launcher
from cdk_batch_mnp.cdk.jobs.log_group import LogGroupOptions


class DefinitionOptions(TypedDict, total=False):
    """Options of job definitions on Amazon ECS and on Amazon EKS."""

    main_node: int
    """Index of the main node. The job ends when the main node exits. Default: 0."""

    timeout: Duration | None
    """Timeout of an attempt of the whole job, at least 60 seconds. Default: no timeout."""

    parameters: Mapping[str, str | float] | None
    """Default values of the ``Ref::name`` placeholders in commands; numbers become strings.

    Default: none.
    """

    scheduling_priority: int | None
    """Priority among jobs with the same share identifier in a fair-share queue, 0 to 9999.

    Default: 0.
    """

    consumable_resources: Mapping[IConsumableResourceRef, int] | None
    """Consumable resources of the whole job, such as ``batch.ConsumableResource``, and quantities.

    Each quantity is at least 1. Batch starts the job only when all are available. Default: none.
    """

    job_definition_name: str | None
    """Physical name. Default: generated."""

    skip_deregister_on_update: bool
    """Whether earlier revisions stay active when the definition is updated.

    They can then still be submitted by their revision, such as by an execution of a state machine
    that began before the update, and cost nothing. Nothing deregisters them later.

    Default: ``False``; an update deregisters the earlier revision, and jobs that were submitted
    with it continue.
    """

    tags: Mapping[str, str] | None
    """Tags of the definition, in addition to those of ``Tags.of``. Default: none."""


class JobOptions(DefinitionOptions, total=False):
    """Options of a job, for :meth:`MnpCluster.add_job` and :class:`MnpJobDefinition`.

    Source: Batch API, RegisterJobDefinition.
    """

    efa: bool | None
    """Whether containers get the EFA devices of the nodes.

    Default: ``True`` if all environments of the job's queue are constructs of this library for the
    same instance type and their nodes have EFA.
    """

    launcher: Launcher | None
    """Starts the command of all nodes together, with ``mnp-launch``.

    Default: Batch starts the nodes one by one, and the commands have to find each other.
    """

    retry_attempts: int | None
    """Number of attempts, 1 to 10. Only a failure of the main node starts another. Default: 1."""

    retry_strategies: Sequence[batch.RetryStrategy]
    """Up to five conditions that decide whether a failed job is retried; the first match applies.

    They only take effect with ``retry_attempts``. Default: every failure is retried; with a
    ``launcher``, only its exit statuses 75 (a node did not join in time) and 76 (a node was lost),
    and failures of a host. These four conditions follow yours, unless your last one matches every
    failure.
    """

    job_role: iam.IRole | None
    """Role that gives the containers their permissions.

    Default: a new role without permissions, which only ECS tasks of this account and Region can
    assume. In a cluster, all jobs without permissions share one role.
    """

    execution_role: iam.IRole | None
    """Role that ECS uses to pull images, read secrets and write logs.

    It is granted the permissions that the job needs. Default: in a cluster, one role for all jobs
    without secrets and without credentials for a private registry, and one for such jobs with a
    ``launcher``; otherwise a new role for the job.
    """

    log_group: logs.ILogGroup | None
    """Log group of the containers.

    In a cluster, a job with another log group than the cluster's gets an execution role of its own.
    Default: the log group of the cluster; otherwise a new one with a retention of one month.
    """

    propagate_tags: bool
    """Whether the ECS tasks get the definition's tags. Default: ``True``."""


class JobDefinitionOptions(JobOptions, LogGroupOptions, total=False):
    """All options of :class:`MnpJobDefinition`."""

    instance_type: str | ec2.InstanceType | None
    """The instance type of all nodes.

    Required if a container does not set its vCPUs or memory, and ``job_queue`` does not determine
    it. Default: the instance type of the ``job_queue``, also in another stack, if all of its
    environments are constructs or imports of this library with the same type; otherwise any type.
    """

    job_queue: batch.IJobQueue | None
    """The queue that jobs are submitted to. The definition is checked against this queue only.

    Unknown facts about an imported queue are not checked. Default: the definition is checked
    against every queue of the app, and at least one must be able to run the job.
    """
