"""A setup: the resources that are checked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.job_request import JobRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class MnpSetup:
    """Definitions, queues and environments that are checked together.

    CloudFormation does not define which queue a job is submitted to, so each definition is checked
    against every queue of its setup. A job request names its queue, which must run the job.

    Attributes:
        job_definitions: Single-node and multi-node definitions; only the latter are checked.
        job_queues: All known queues, with their compute environments.
        compute_environments: Compute environments that belong to no known queue.
        job_requests: Jobs that other resources submit.
        vcpus_of_types: vCPUs of instance types that the catalogue may not list, by name.
    """

    job_definitions: tuple[JobDefinition, ...] = ()
    job_queues: tuple[JobQueue, ...] = ()
    compute_environments: tuple[ComputeEnvironment, ...] = ()
    job_requests: tuple[JobRequest, ...] = ()
    vcpus_of_types: Mapping[str, int] = field(default_factory=dict, hash=False)
