"""Read the facts that constructs write to the Metadata of resources.

Each fact names the property value that it describes. If the value is overridden, the fact is
ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.intrinsics import resolve
from cdk_batch_mnp.template.evaluation.stack import TemplateResource
from cdk_batch_mnp.template.evaluation.values import ReferencedResource


def job_queue_of(definition: TemplateResource) -> str | None:
    """Return the path of the only queue that jobs of a definition are submitted to."""
    queue = definition.annotations.get("jobQueue")
    # In a template without the paths of constructs, no queue could be found by its path.
    has_path = not definition.id.endswith(definition.logical_id)
    return queue if isinstance(queue, str) and has_path else None


def vcpus_of_types(environments: Iterable[TemplateResource]) -> dict[str, int]:
    """Return the vCPUs of instance types that catalogues may not list, by the type's name."""
    found: dict[str, int] = {}
    for environment in environments:
        types = environment.annotations.get("instanceTypes")
        for name, facts in types.items() if isinstance(types, Mapping) else ():
            vcpus = facts.get("vcpus") if isinstance(facts, Mapping) else None
            if isinstance(vcpus, int) and vcpus > 0:
                found.setdefault(name, vcpus)
    return found


def subnet_facts(environment: TemplateResource) -> Sequence[ApiStruct | None]:
    """Return zone and kind of subnets, in the order of the environment's list of subnets."""
    listed = _inside(environment.body, "Properties", "ComputeResources", "Subnets")
    annotated = environment.annotations.get("subnets")
    if not isinstance(listed, list) or not isinstance(annotated, list):
        return ()
    facts: dict[str, ApiStruct] = {}
    for fact in annotated:
        if isinstance(fact, Mapping):
            zone = resolve(environment.stack, fact.get("zone"))
            known = {"AvailabilityZone": zone, "Kind": fact.get("kind")}
            facts[_key(fact.get("id"))] = ApiStruct(known)
    return [facts.get(_key(subnet_id)) for subnet_id in listed]


def reservation_zone(template: ReferencedResource, reservation_id: Value) -> Maybe[str]:
    """Return the zone of the capacity reservation that a launch template targets."""
    fact = template.annotations.get("capacityReservation")
    if not isinstance(fact, Mapping) or fact.get("id") != reservation_id:
        return UNKNOWN
    zone = fact.get("zone")
    return zone if isinstance(zone, str) else UNKNOWN


def _inside(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _key(id: object) -> str:
    return json.dumps(id, sort_keys=True, default=str)
