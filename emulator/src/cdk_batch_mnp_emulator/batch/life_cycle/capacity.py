"""Which compute environment has room for a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from cdk_batch_mnp_emulator.batch.life_cycle.containers import (
    Container,
    UnsupportedContainerError,
    containers_of_job,
    containers_of_node,
    instance_type_of_node,
    required,
)
from cdk_batch_mnp_emulator.batch.validation.instance_types import BUNDLES

MAX_RESOURCE = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue "
    "cannot meet the CPU requirement of the job."
)
JOB_REQUIREMENT = (
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is "
    "higher than that can be met by the CE(s) attached to the job queue."
)
INVALID_ENVIRONMENTS = "ACTION_REQUIRED - CE(s) associated with the job queue are invalid."
UNDETERMINED = "UNDETERMINED - Batch job is blocked, root cause is undetermined."
"""Status reasons of jobs that block their queue.

Source: https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html.
"""

_NO_SPOT = f"{UNDETERMINED} Multi-node parallel jobs do not run on Spot Instances."
_NO_FARGATE = f"{UNDETERMINED} Multi-node parallel jobs do not run on Fargate."
_NO_KUBERNETES = (
    f"{UNDETERMINED} The embedded AWS runs nothing in a compute environment of Amazon EKS."
)
_BUNDLE_FAMILIES = {
    "optimal": ("c4", "m4", "r4"),
    "default_x86_64": ("m6i", "c6i", "r6i", "c7i"),
    "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
}


@dataclass(frozen=True, slots=True)
class Need:
    """What one node needs of an instance: vCPUs, memory in MiB, and GPUs."""

    vcpus: int
    memory: int
    gpus: int
    instance_type: str | None


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """What an instance type has: vCPUs, memory in MiB, and GPUs."""

    vcpus: int
    memory: int
    gpus: int

    def holds(self, need: Need) -> bool:
        """Return whether an instance of the type can hold a node."""
        # An instance has less memory for tasks than its type says, by an amount that is unknown.
        return need.vcpus <= self.vcpus and need.memory <= self.memory and need.gpus <= self.gpus


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a job runs.

    Attributes:
        environment: The compute environment.
        vcpus: That the job takes of it.
        instance_types: Of its nodes, by index; ``None`` where it is not known.
    """

    environment: Mapping[str, Any]
    vcpus: int
    instance_types: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a job is not placed: its turn has not come, or it never will.

    Attributes:
        reason: Why it can never be placed as the queue is now; empty if it only has to wait.
    """

    reason: str = ""


def needs(job: Mapping[str, Any]) -> list[Need]:
    """Return what each node of a job needs, by index."""
    if "nodeProperties" not in job:
        return [_need(_containers(partial(containers_of_job, job)), None)]
    number = job["nodeProperties"]["numNodes"]
    return [
        _need(
            _containers(partial(containers_of_node, job, index)),
            instance_type_of_node(job, index),
        )
        for index in range(number)
    ]


def place(
    job: Mapping[str, Any],
    asked: Sequence[Need],
    environments: Sequence[Mapping[str, Any]],
    used: Mapping[str, int],
    reserved: float = 0.0,
) -> Placement | Waiting:
    """Return where a job runs now, or why it does not.

    A node of a multi-node parallel job takes a whole instance. Other jobs take their own vCPUs.
    A job that is larger than what is not reserved runs alone.

    Args:
        job: RUNNABLE.
        asked: Its needs.
        environments: Of its queue, in order.
        used: vCPUs that running jobs take, by ARN of the environment.
        reserved: Part of the vCPUs of each environment that is kept for other shares.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/compute_environments.html: the next
    environment is tried if one has no resources available.
    """
    is_multinode = "nodeProperties" in job
    reasons: dict[str, str] = {}
    is_only_full = False
    for environment in environments:
        name = environment["computeEnvironmentName"]
        if environment["state"].upper() != "ENABLED" or environment["status"] != "VALID":
            reasons[name] = INVALID_ENVIRONMENTS
            continue
        if reason := _unsuitable(environment, is_multinode=is_multinode):
            reasons[name] = reason
            continue
        of_need = {need: _type_for(need, environment["computeResources"]) for need in set(asked)}
        types = [of_need[need] for need in asked]
        if any(each is None for each in types):
            reasons[name] = JOB_REQUIREMENT
            continue
        found = [each or "" for each in types]
        vcpus = sum(
            _vcpus(instance_type, need) if is_multinode else need.vcpus
            for instance_type, need in zip(found, asked, strict=True)
        )
        most = environment["computeResources"].get("maxvCpus", vcpus)
        taken = used.get(environment["computeEnvironmentArn"], 0)
        if vcpus > most:
            reasons[name] = MAX_RESOURCE
        elif taken == 0 or taken + vcpus <= most - int(most * reserved):
            return Placement(environment, vcpus, [instance_type or None for instance_type in found])
        else:
            is_only_full = True
    return Waiting() if is_only_full else Waiting(_common(reasons))


def _common(reasons: Mapping[str, str]) -> str:
    """Return the reason that all environments share; if they differ, one that names each."""
    different = list(dict.fromkeys(reasons.values()))
    if len(different) <= 1:
        return different[0] if different else INVALID_ENVIRONMENTS
    each = "; ".join(f"{name}: {reason.partition(' - ')[0]}" for name, reason in reasons.items())
    return f"{UNDETERMINED} Its compute environments differ: {each}."


def _containers(find: Callable[[], Sequence[Container]]) -> Sequence[Container]:
    try:
        return find()
    except UnsupportedContainerError:
        return []  # reported when the job is started


def _need(containers: Sequence[Container], instance_type: str | None) -> Need:
    return Need(
        max(required(containers, "VCPU"), 1),
        required(containers, "MEMORY"),
        required(containers, "GPU"),
        instance_type,
    )


def _unsuitable(environment: Mapping[str, Any], *, is_multinode: bool) -> str:
    if environment["containerOrchestrationType"] == "EKS":
        return _NO_KUBERNETES
    kind = str(environment["computeResources"].get("type", "")).upper()
    if is_multinode and kind.endswith("SPOT"):
        return _NO_SPOT
    if is_multinode and kind.startswith("FARGATE"):
        return _NO_FARGATE
    return ""


def _type_for(need: Need, resources: Mapping[str, Any]) -> str | None:
    """Return the instance type for a node: empty if unknown, ``None`` if no type can hold it."""
    names = resources.get("instanceTypes", [])
    if not names:
        return ""
    types = [name for item in names for name in _types_of(item)]
    if need.instance_type is not None:
        if types and need.instance_type not in types:
            return None
        types = [need.instance_type]
    known = [(facts.vcpus, name) for name in types if (facts := _facts().get(name))]
    if len(known) < len(types) or not types:
        return need.instance_type or ""
    fitting = [item for item in known if _facts()[item[1]].holds(need)]
    return min(fitting)[1] if fitting else None


def _vcpus(instance_type: str, need: Need) -> int:
    facts = _facts().get(instance_type)
    return facts.vcpus if facts else need.vcpus


def _types_of(name: str) -> list[str]:
    if "." in name:
        return [name]
    families: Iterable[str] = _BUNDLE_FAMILIES.get(name, (name,)) if name in BUNDLES else (name,)
    return [instance_type for family in families for instance_type in _families().get(family, [])]


@cache
def _facts() -> Mapping[str, InstanceFacts]:
    # Slow to load, and most commands that are run beside the emulator never need it.
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    return {
        name: InstanceFacts(
            facts["VCpuInfo"]["DefaultVCpus"],
            facts["MemoryInfo"]["SizeInMiB"],
            sum(gpu["Count"] for gpu in facts.get("GpuInfo", {}).get("Gpus", [])),
        )
        for name, facts in INSTANCE_TYPES.items()
    }


@cache
def _families() -> Mapping[str, Sequence[str]]:
    families: dict[str, list[str]] = {}
    for name in _facts():
        families.setdefault(name.split(".")[0], []).append(name)
    return families
