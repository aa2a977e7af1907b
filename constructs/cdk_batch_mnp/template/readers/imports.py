"""Read what constructs state about imported environments and queues.

They are in no template, so what is known is in the Metadata of the definition or queue that uses
them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_queue import ComputeEnvironmentOrder, JobQueue
from cdk_batch_mnp.model.launch_template import LaunchTemplate, NetworkInterface
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.stack import TemplateResource


def imported_queue_of(definition: TemplateResource) -> JobQueue | None:
    """Return the imported queue of a definition, if its environments are known.

    Its ID is that of the definition: each definition states for itself what it knows.
    """
    environments = tuple(
        ComputeEnvironmentOrder(order=order, environment=_environment(fact))
        for order, fact in enumerate(_facts(definition), start=1)
    )
    if not environments:
        return None
    return JobQueue(
        id=definition.id,
        environments=environments,
        time_limit_actions=UNKNOWN,
        has_fair_share=UNKNOWN,
        runs_service_jobs=False,
    )


def with_imported_environments(queue: JobQueue, resource: TemplateResource) -> JobQueue:
    """Return a queue of the template with what is stated about its imported environments.

    Each fact names the ARN that it describes. If the value is overridden, the fact is ignored.
    """
    facts = {_key(fact.get("arn")): fact for fact in _facts(resource)}
    properties = resource.body.get("Properties")
    listed = properties.get("ComputeEnvironmentOrder") if isinstance(properties, Mapping) else None
    if not facts or not isinstance(listed, list) or queue.environments is UNKNOWN:
        return queue
    if len(listed) != len(queue.environments):
        return queue
    return replace(
        queue, environments=tuple(map(partial(_stated, facts), listed, queue.environments))
    )


def _stated(
    facts: Mapping[str, Mapping[str, Any]], written: Any, order: Maybe[ComputeEnvironmentOrder]
) -> Maybe[ComputeEnvironmentOrder]:
    if order is UNKNOWN or order.environment is not UNKNOWN or not isinstance(written, Mapping):
        return order
    fact = facts.get(_key(written.get("ComputeEnvironment")))
    return order if fact is None else replace(order, environment=_environment(fact))


def _key(arn: object) -> str:
    return json.dumps(arn, sort_keys=True, default=str)


def _facts(resource: TemplateResource) -> Iterator[Mapping[str, Any]]:
    listed = resource.annotations.get("importedEnvironments")
    for fact in listed if isinstance(listed, list) else ():
        if isinstance(fact, Mapping):
            yield fact


def _environment(fact: Mapping[str, Any]) -> Maybe[ComputeEnvironment]:
    id, types = fact.get("id"), fact.get("instanceTypes")
    if not isinstance(id, str):
        return UNKNOWN
    has_types = isinstance(types, list) and all(isinstance(name, str) for name in types)
    return ComputeEnvironment.imported(
        id=id,
        instance_types=tuple(types) if isinstance(types, list) and has_types else UNKNOWN,
        max_vcpus=_number(fact, "maxvCpus"),
        launch_template=_launch_template(fact, id),
        is_eks=fact.get("isOnEks") is True,
    )


def _launch_template(fact: Mapping[str, Any], id: str) -> Maybe[LaunchTemplate]:
    interfaces, threads = _number(fact, "efaInterfaces"), _number(fact, "threadsPerCore")
    if interfaces is UNKNOWN and threads is UNKNOWN:
        return UNKNOWN
    return LaunchTemplate.imported(
        id=id,
        network_interfaces=UNKNOWN
        if interfaces is UNKNOWN
        else (NetworkInterface(interface_type="efa"),) * interfaces,
        threads_per_core=threads,
    )


def _number(fact: Mapping[str, Any], name: str) -> Maybe[int]:
    value = fact.get(name)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if isinstance(value, int) and is_number and 0 <= value <= 10**9 else UNKNOWN
