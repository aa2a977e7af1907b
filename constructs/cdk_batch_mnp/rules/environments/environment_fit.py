"""Rules about whether a compute environment can run the whole job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_definition import NODE_PROPERTIES, NODE_RANGES, JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources

OTHER_KIND = 8
"""Distance of an environment of a type that does not support multi-node parallel jobs."""
OTHER_TYPE = 2
"""Distance of an environment that cannot launch the instance type."""

_KINDS_WITHOUT_MULTI_NODE = ("SPOT", "ECS_MANAGED_INSTANCES", "FARGATE", "FARGATE_SPOT")
_BUNDLES = {"optimal": "x86_64", "default_x86_64": "x86_64", "default_arm64": "arm64"}
_GENERAL = {
    # The documented families, and the newer general ones that AWS Batch may choose instead.
    # Network-, storage- and GPU-optimized families are never among them.
    "x86_64": r"[cmr][0-9]+[ai]?(-flex)?\..+",
    "arm64": r"[cmr][0-9]+g\..+",
}


def smallest_type(
    definition: JobDefinition, environment: ComputeEnvironment, catalogue: Catalogue
) -> Maybe[InstanceType]:
    """Return the instance type of the job's nodes, or the smallest one that they can get.

    A definition without an instance type gets one that the environment lists. Families and bundles
    are not resolved.
    """
    named, listed = definition.instance_type, environment.instance_types
    if named is UNKNOWN or (named is None and not has_value(listed)):
        return UNKNOWN
    names = (listed or ()) if named is None else (named,)
    facts = [None if name is UNKNOWN else catalogue.find(name) for name in names]
    known = [fact for fact in facts if fact is not None]
    if not known or len(known) < len(facts):
        return UNKNOWN
    return min(known, key=lambda each: (each.vcpus, each.name))


def can_launch(environment: ComputeEnvironment, instance_type: str) -> Maybe[bool]:
    """Return whether an environment's list of types allows an instance type."""
    types = environment.instance_types
    if not has_value(types) or not types or "." not in instance_type:
        return UNKNOWN
    if any(each is not UNKNOWN and stands_for(each, instance_type) for each in types):
        return True
    return UNKNOWN if UNKNOWN in types else False


def stands_for(listed: str, instance_type: str) -> bool:
    """Return whether a listed type, family or bundle covers an instance type."""
    if listed in _BUNDLES:
        return bool(re.fullmatch(_GENERAL[_BUNDLES[listed]], instance_type))
    return listed in (instance_type, instance_type.partition(".")[0])


def runs_multi_node_jobs(environment: ComputeEnvironment) -> Maybe[bool]:
    """Return whether an environment is of a type that supports multi-node parallel jobs."""
    if environment.management is UNKNOWN or environment.type is UNKNOWN:
        return UNKNOWN
    if environment.management == "UNMANAGED" or environment.type in _KINDS_WITHOUT_MULTI_NODE:
        return False
    # A type that is newer than this list may support them.
    return True if environment.type == "EC2" else UNKNOWN


def fits_only_across_environments(queue: JobQueue, needed: int, instance_type: str) -> bool:
    """Return whether only several environments of a queue together could hold a job.

    It is false if an environment that is not fully known may hold the job alone.
    """
    if not queue.shows_all_environments:
        return False
    holding = []
    for environment in queue.known_environments:
        runs, launches = runs_multi_node_jobs(environment), can_launch(environment, instance_type)
        if runs is False or launches is False:
            continue
        if runs is UNKNOWN or launches is UNKNOWN or not has_value(environment.max_vcpus):
            return False
        holding.append(environment.max_vcpus)
    return len(holding) > 1 and max(holding) < needed <= sum(holding)


def _wrong_type(candidate: Candidate, actual: str, expected: str, what: str) -> Violation:
    return Violation(
        resource=candidate.definition,
        property_path=NODE_PROPERTIES,
        message=f"{candidate.environment.id} is {what}, which does not support multi-node parallel "
        "jobs",
        actual=actual,
        expected=expected,
    )


@rule(
    Candidate,
    "MNP101",
    "Multi-node parallel jobs require On-Demand capacity",
    severity=ERROR,
    why="AWS Batch does not support multi-node parallel jobs on Spot Instances or on ECS Managed "
    "Instances. The job stays in RUNNABLE.",
    fix="Submit the job to a queue whose compute environment has type EC2, or change the "
    "environment's type.",
    source=sources.api("ComputeResource"),
    distance=OTHER_KIND,
)
def on_demand(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports compute environments of type SPOT or ECS_MANAGED_INSTANCES."""
    kind = candidate.environment.type
    if kind in ("SPOT", "ECS_MANAGED_INSTANCES"):
        yield _wrong_type(
            candidate, str(kind), "EC2", "Spot" if kind == "SPOT" else "ECS Managed Instances"
        )


@rule(
    Candidate,
    "MNP102",
    "Multi-node parallel jobs do not run on Fargate",
    severity=ERROR,
    why="Multi-node parallel jobs run only on EC2 instances.",
    fix="Submit the job to a queue whose compute environment has type EC2.",
    source=sources.api("RegisterJobDefinition"),
    distance=OTHER_KIND,
)
def not_fargate(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports compute environments of type FARGATE or FARGATE_SPOT."""
    kind = candidate.environment.type
    if kind in ("FARGATE", "FARGATE_SPOT"):
        yield _wrong_type(candidate, str(kind), "EC2", "Fargate")


@rule(
    Candidate,
    "MNP103",
    "Multi-node parallel jobs require a managed compute environment",
    severity=ERROR,
    why="AWS Batch does not support multi-node parallel jobs in UNMANAGED compute environments.",
    fix="Use a compute environment of type MANAGED.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
    distance=OTHER_KIND,
)
def managed(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports compute environments of type UNMANAGED."""
    if candidate.environment.management == "UNMANAGED":
        yield _wrong_type(candidate, "UNMANAGED", "MANAGED", "UNMANAGED")


@rule(
    Candidate,
    "MNP104",
    "Node ranges match the orchestration type of the compute environment",
    severity=ERROR,
    why="eksProperties describe a pod for Amazon EKS; container and ecsProperties describe an "
    "Amazon ECS task. A job cannot run in a compute environment of the other type.",
    fix="Write every node range for the type of compute environment that the job runs in.",
    source=sources.api("NodeRangeProperty"),
    distance=OTHER_KIND,
)
def orchestration(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares each node range with the environment's type. Silent if either is unknown."""
    environment = candidate.environment
    if environment.is_eks is UNKNOWN:
        return
    for group in candidate.definition.known_node_groups:
        if not group.kinds or ("eksProperties" in group.kinds) == environment.is_eks:
            continue
        expected = "eksProperties" if environment.is_eks else "container or ecsProperties"
        yield Violation(
            resource=candidate.definition,
            property_path=group.path,
            message=f"{environment.id} runs on {'EKS' if environment.is_eks else 'ECS'}, but the "
            f"node range has {', '.join(group.kinds)}",
            actual=", ".join(group.kinds),
            expected=expected,
        )


@rule(
    Candidate,
    "MNP106",
    "Max vCPUs cover every node of the job",
    severity=ERROR,
    why="Every node occupies a whole instance, and AWS Batch starts the job only when all of its "
    "instances fit within the environment's max vCPUs. Otherwise the job stays in RUNNABLE "
    "forever.",
    fix="Raise max vCPUs to the number of nodes times the instance type's vCPUs, or reduce the "
    "number of nodes.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def max_vcpus(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares max vCPUs with the number of nodes times the vCPUs of the instance type.

    Silent if any of the three is unknown. A definition without an instance type is checked
    against the smallest type that the environment lists. If several environments of the queue
    could hold the job only together, MNP205 reports it instead.
    """
    definition, environment = candidate.definition, candidate.environment
    limit, nodes = environment.max_vcpus, definition.num_nodes
    if not has_value(limit) or not has_value(nodes):
        return
    facts = smallest_type(definition, environment, catalogue)
    if facts is UNKNOWN or limit >= (needed := nodes * facts.vcpus):
        return
    if runs_multi_node_jobs(environment) is True and not (
        has_value(definition.instance_type)
        and fits_only_across_environments(candidate.queue, needed, facts.name)
    ):
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message=f"max vCPUs {limit} of {environment.id} cannot hold "
            f"{nodes} x {facts.name} ({needed} vCPUs)",
            actual=f"{needed} vCPUs",
            expected=f"at most {limit} vCPUs",
            fix=f"Set max vCPUs of {environment.id} to {needed}, or reduce numNodes.",
        )


@rule(
    Candidate,
    "MNP107",
    "The compute environment can launch the job's instance type",
    severity=ERROR,
    why="AWS Batch launches only the instance types that the compute environment lists. A job that "
    "names another type stays in RUNNABLE forever.",
    fix="Add the instance type to the compute environment, or use one of its types in the job "
    "definition.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
    distance=OTHER_TYPE,
)
def launchable(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the job's type with the types, families and bundles that the environment lists.

    ``optimal`` and ``default_x86_64`` cover the general x86 families (c, m, r),
    ``default_arm64`` the Graviton ones, including newer generations that AWS Batch may choose.
    """
    definition, environment = candidate.definition, candidate.environment
    name = definition.instance_type
    if not has_value(name) or can_launch(environment, name) is not False:
        return
    if runs_multi_node_jobs(environment) is True:
        listed = ", ".join(map(str, environment.instance_types or ()))
        yield Violation(
            resource=definition,
            property_path=NODE_RANGES,
            message=f"{environment.id} cannot launch {name}, only {listed}",
            actual=name,
            expected=listed,
            fix=f"Add {name} to the instance types of {environment.id}, or use one of them.",
        )


@rule(
    Candidate,
    "MNP109",
    "No optimal or instance family next to the job's exact type",
    severity=WARNING,
    why="A job that names its instance type never uses the additional types, and other jobs may "
    "fill the environment's vCPUs with them. The aws-batch L2 constructs add optimal by default.",
    fix="Remove it from the instance types. With the L2 constructs, set "
    "use_optimal_instance_classes=False.",
    source=sources.api("ComputeResource"),
)
def needless_types(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a bundle or a family in an environment that also lists the job's exact type.

    Silent if another definition names a type that the bundle or family covers, or if a
    definition may run on any type, such as a single-node job.
    """
    environment, wanted = candidate.environment, candidate.wanted_types
    types, name = environment.instance_types, candidate.definition.instance_type
    if not has_value(types) or not has_value(name) or name not in types or wanted is UNKNOWN:
        return
    only_by_another = wanted - {each for each in types if each is not UNKNOWN}
    needless = [
        each
        for each in types
        if each not in (UNKNOWN, name)
        and "." not in each
        and not any(stands_for(each, other) for other in only_by_another)
    ]
    if needless:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "instanceTypes",
            message=f"the environment lists {', '.join(needless)} next to {name}, which the jobs "
            "use",
            actual=", ".join(needless),
            expected=name,
        )
