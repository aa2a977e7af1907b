"""A whole setup: everything that a multi-node parallel job needs, as far as it can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class MnpSetup:
    """Definitions, queues and environments that are checked together.

    CloudFormation does not say which queue a definition will be submitted to, so each definition is
    held against every queue of its setup.

    Attributes:
        job_definitions: Of one node or many; only multi-node ones are checked.
        job_queues: Every queue in sight. Environments hang on their queues.
        compute_environments: Environments that belong to no queue in sight.
        vcpus_of_types: vCPUs of instance types that the catalogue may not list, by name.
    """

    job_definitions: tuple[JobDefinition, ...] = ()
    job_queues: tuple[JobQueue, ...] = ()
    compute_environments: tuple[ComputeEnvironment, ...] = ()
    vcpus_of_types: Mapping[str, int] = field(default_factory=dict, hash=False)
