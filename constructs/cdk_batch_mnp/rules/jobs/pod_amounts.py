"""Rules about the amounts of CPU, memory and GPUs that the containers of pods request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from cdk_batch_mnp.engine.rule import ERROR, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import Value, as_text
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.pod import Pod, PodContainer
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources

CPU, MEMORY, GPU = "cpu", "memory", "nvidia.com/gpu"

LEAST_MEMORY_MIB = 4
"""Source: AWS Batch API, EksContainerResourceRequirements."""

_NUMBER = pattern(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_MEMORY = pattern(r"(?P<mib>[0-9]{1,12})Mi")
_GPUS = pattern(r"[0-9]{1,9}")

_STEPS = {CPU: Fraction(1, 4), GPU: Fraction(1)}

_EXPECTED = {
    CPU: "a multiple of 0.25, at least 0.25",
    MEMORY: f"whole MiB with the suffix Mi, at least {LEAST_MEMORY_MIB}Mi",
    GPU: "a whole number, at least 1",
}
_UNITS = {CPU: "vCPUs", MEMORY: "MiB of memory", GPU: "GPUs"}


@rule(
    JobDefinition,
    "MNP362",
    "Containers of a pod request CPU and memory in the units of AWS Batch",
    severity=ERROR,
    why="CPU is a multiple of 0.25, memory has the suffix Mi, GPUs are whole, and limits are equal "
    "to the requests, or for CPU at least the requests. AWS Batch rejects other amounts. A pod has "
    "to request CPU and memory, by which AWS Batch launches its node.",
    fix="Set limits of cpu, memory and, if needed, nvidia.com/gpu, and leave requests out, or set "
    "the same amounts there.",
    source=sources.user_guide("memory-cpu-batch-eks"),
)
def amounts(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the known limits and requests of containers and init containers.

    At least one container of each pod has to request CPU, and one memory, unless a container is
    unknown.
    """
    for group in definition.known_node_groups:
        if not has_value(group.pod):
            continue
        for container in group.pod.known_containers:
            yield from _of_container(definition, container)
        for name in (CPU, MEMORY):
            if _is_requested(group.pod, name) is False:
                yield Violation(
                    resource=definition,
                    property_path=group.pod.path / "containers",
                    message=f"no container of the pod requests {name}",
                    actual=f"no {name}",
                    expected=_EXPECTED[name],
                )


def _of_container(definition: JobDefinition, container: PodContainer) -> Iterator[Violation]:
    found: dict[str, Mapping[str, Value]] = {}
    for member, given in (("limits", container.limits), ("requests", container.requests)):
        if given is UNKNOWN:
            continue
        found[member] = given
        for name, value in given.items():
            text = as_text(value)
            if name in _EXPECTED and has_value(text) and _parsed(name, text) is None:
                yield Violation(
                    resource=definition,
                    property_path=container.path / "resources" / member,
                    message=f"{name} is {text!r}",
                    actual=text,
                    expected=_EXPECTED[name],
                )
    limits, requests = found.get("limits", {}), found.get("requests", {})
    for name in (name for name in _EXPECTED if name in limits and name in requests):
        limit, request = _amount(name, limits[name]), _amount(name, requests[name])
        if limit is None or request is None:
            continue
        if limit < request or (name != CPU and limit != request):
            yield Violation(
                resource=definition,
                property_path=container.path / "resources",
                message=f"the limit of {name} is {as_text(limits[name])}, but the request is "
                f"{as_text(requests[name])}",
                actual=f"{as_text(limits[name])} and {as_text(requests[name])}",
                expected="a limit of at least the request" if name == CPU else "the same amount",
            )


def _amount(name: str, value: Value) -> Fraction | None:
    text = as_text(value)
    return _parsed(name, text) if has_value(text) else None


def _parsed(name: str, text: str) -> Fraction | None:
    """Return an amount in vCPUs, MiB or GPUs; ``None`` if AWS Batch rejects it."""
    if name == MEMORY:
        memory = _MEMORY.fullmatch(text)
        mib = Fraction(memory["mib"]) if memory else Fraction(0)
        return mib if mib >= LEAST_MEMORY_MIB else None
    if not (_NUMBER if name == CPU else _GPUS).fullmatch(text):
        return None
    amount = Fraction(text)
    return amount if amount > 0 and amount % _STEPS[name] == 0 else None


def _is_requested(pod: Pod, name: str) -> Maybe[bool]:
    """Return whether a container of the pod requests an amount."""
    containers = pod.containers
    if containers is UNKNOWN or not containers or UNKNOWN in containers:
        return UNKNOWN
    found = [
        UNKNOWN if container is UNKNOWN else container.amount(name) for container in containers
    ]
    if any(has_value(amount) for amount in found):
        return True
    return UNKNOWN if UNKNOWN in found else False


@rule(
    Candidate,
    "MNP365",
    "The node's instance type has what the containers of its pod request",
    severity=ERROR,
    why="AWS Batch runs one pod on each node. A pod that requests more than the instance has is "
    "never placed, and the job stays in RUNNABLE. The kubelet and DaemonSets also need CPU and "
    "memory, so a pod cannot have all of an instance.",
    fix="Request less, or use a larger instance type.",
    source=sources.user_guide("memory-cpu-batch-eks"),
)
def pod_fits(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Adds up what the containers request, and compares it with the type of the node range.

    If the definition names no type, the environment's single type counts. Amounts that are unknown
    count as 0. Requests count before limits, because Kubernetes places pods by their requests.
    """
    for group in candidate.definition.known_node_groups:
        instance = _instance(group, candidate, catalogue)
        if not has_value(group.pod) or instance is None:
            continue
        for name, available in (
            (CPU, instance.vcpus),
            (MEMORY, instance.memory_mib),
            (GPU, instance.gpus),
        ):
            requested = _requested(group.pod, name)
            if available is not None and requested > available:
                yield Violation(
                    resource=candidate.definition,
                    property_path=group.pod.path,
                    message=f"the pod requests {_shown(requested)} {_UNITS[name]}, but "
                    f"{instance.name} has {available}",
                    actual=_shown(requested),
                    expected=f"at most {available} {_UNITS[name]}",
                )


def _instance(group: NodeGroup, candidate: Candidate, catalogue: Catalogue) -> InstanceType | None:
    name = group.instance_type
    types = candidate.environment.instance_types
    if name is None and has_value(types) and len(types) == 1:
        (name,) = types
    return catalogue.find(name) if has_value(name) else None


def _requested(pod: Pod, name: str) -> Fraction:
    total = Fraction(0)
    for container in () if pod.containers is UNKNOWN else pod.containers:
        if container is UNKNOWN:
            continue
        for given in (container.requests, container.limits):
            if given is not UNKNOWN and name in given:
                total += _amount(name, given[name]) or 0
                break
    return total


def _shown(amount: Fraction) -> str:
    return str(int(amount)) if amount.denominator == 1 else str(float(amount))
