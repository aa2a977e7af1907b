"""Rules about whether an environment can take the whole job."""

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
"""Distance of an environment of a kind that runs no multi-node jobs at all."""
OTHER_TYPE = 2
"""Distance of an environment that cannot launch the instance type."""

_KINDS_WITHOUT_MULTI_NODE = ("SPOT", "ECS_MANAGED_INSTANCES", "FARGATE", "FARGATE_SPOT")
_BUNDLES = {"optimal": "x86_64", "default_x86_64": "x86_64", "default_arm64": "arm64"}
_GENERAL = {
    # The families that the documents name, and what Batch says it may put in their place: newer
    # general ones. Network-, storage- and GPU-optimized families are never among them.
    "x86_64": re.compile(r"[cmr][0-9]+[ai]?(-flex)?\..+"),
    "arm64": re.compile(r"[cmr][0-9]+g\..+"),
}


def smallest_type(
    definition: JobDefinition, environment: ComputeEnvironment, catalogue: Catalogue
) -> Maybe[InstanceType]:
    """The instance type of the job's nodes, or the one with the fewest vCPUs that they can get.

    A definition that names no type gets one that the environment lists; what a family or a bundle
    stands for is not looked into.
    """
    named, listed = definition.instance_type, environment.instance_types
    if named is UNKNOWN or (named is None and not has_value(listed)):
        return UNKNOWN
    names = (listed or ()) if named is None else (named,)
    facts = [None if each is UNKNOWN else catalogue.find(each) for each in names]
    known = [each for each in facts if each is not None]
    if not known or len(known) < len(facts):
        return UNKNOWN
    return min(known, key=lambda each: (each.vcpus, each.name))


def can_launch(environment: ComputeEnvironment, instance_type: str) -> Maybe[bool]:
    """Whether an environment's list of types allows an instance type."""
    types = environment.instance_types
    if not has_value(types) or not types or "." not in instance_type:
        return UNKNOWN
    if any(each is not UNKNOWN and stands_for(each, instance_type) for each in types):
        return True
    return UNKNOWN if UNKNOWN in types else False


def stands_for(listed: str, instance_type: str) -> bool:
    """Whether an environment that lists a type, a family or a bundle can launch a type."""
    if listed in _BUNDLES:
        return bool(_GENERAL[_BUNDLES[listed]].fullmatch(instance_type))
    return listed in (instance_type, instance_type.partition(".")[0])


def runs_multi_node_jobs(environment: ComputeEnvironment) -> Maybe[bool]:
    """Whether an environment is of a kind that runs multi-node parallel jobs."""
    if environment.management is UNKNOWN or environment.type is UNKNOWN:
        return UNKNOWN
    if environment.management == "UNMANAGED" or environment.type in _KINDS_WITHOUT_MULTI_NODE:
        return False
    # Of a kind that is newer than this list nothing is known.
    return True if environment.type == "EC2" else UNKNOWN


def fits_only_across_environments(queue: JobQueue, needed: int, instance_type: str) -> bool:
    """Whether only several environments of a queue together would hold a job.

    It is not if one of which too little is known may hold it alone.
    """
    if not queue.shows_all_environments:
        return False
    holding = []
    for each in queue.known_environments:
        runs, launches = runs_multi_node_jobs(each), can_launch(each, instance_type)
        if runs is False or launches is False:
            continue
        if runs is UNKNOWN or launches is UNKNOWN or not has_value(each.max_vcpus):
            return False
        holding.append(each.max_vcpus)
    return len(holding) > 1 and max(holding) < needed <= sum(holding)


def _wrong_kind(candidate: Candidate, seen: str, limit: str, what: str) -> Violation:
    return Violation(
        resource=candidate.definition,
        property_path=NODE_PROPERTIES,
        message=f"{candidate.environment.id} is {what}, which runs no multi-node parallel jobs",
        actual=seen,
        expected=limit,
    )


@rule(
    Candidate,
    "MNP101",
    "Multi-node parallel jobs run On-Demand",
    severity=ERROR,
    why="Batch runs no multi-node parallel job on Spot Instances or on ECS Managed Instances: the "
    "job stays in RUNNABLE.",
    fix="Submit to a queue whose environment has the type EC2, or change the environment's type.",
    source=sources.api("ComputeResource"),
    distance=OTHER_KIND,
)
def on_demand(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for the types SPOT and ECS_MANAGED_INSTANCES."""
    kind = candidate.environment.type
    if kind in ("SPOT", "ECS_MANAGED_INSTANCES"):
        yield _wrong_kind(
            candidate, str(kind), "EC2", "Spot" if kind == "SPOT" else "ECS Managed Instances"
        )


@rule(
    Candidate,
    "MNP102",
    "Multi-node parallel jobs do not run on Fargate",
    severity=ERROR,
    why="Multi-node parallel jobs run on EC2 instances alone; Fargate has none.",
    fix="Submit to a queue whose environment has the type EC2.",
    source=sources.api("RegisterJobDefinition"),
    distance=OTHER_KIND,
)
def not_fargate(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for the types FARGATE and FARGATE_SPOT."""
    kind = candidate.environment.type
    if kind in ("FARGATE", "FARGATE_SPOT"):
        yield _wrong_kind(candidate, str(kind), "EC2", "Fargate")


@rule(
    Candidate,
    "MNP103",
    "Multi-node parallel jobs run in managed environments",
    severity=ERROR,
    why="Batch runs no multi-node parallel jobs in UNMANAGED compute environments.",
    fix="Use an environment of the type MANAGED.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
    distance=OTHER_KIND,
)
def managed(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for the type UNMANAGED."""
    if candidate.environment.management == "UNMANAGED":
        yield _wrong_kind(candidate, "UNMANAGED", "MANAGED", "UNMANAGED")


@rule(
    Candidate,
    "MNP104",
    "EKS environments take EKS node groups, ECS ones take containers",
    severity=ERROR,
    why="A node group is written for one of the two: eksProperties describe a pod, container and "
    "ecsProperties a task of ECS.",
    fix="Write every node range for the kind of environment that the job goes to.",
    source=sources.api("NodeRangeProperty"),
    distance=OTHER_KIND,
)
def orchestration(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares each range's form with the environment's, where both are known."""
    environment = candidate.environment
    if environment.is_eks is UNKNOWN:
        return
    for group in candidate.definition.known_node_groups:
        if not group.kinds or ("eksProperties" in group.kinds) == environment.is_eks:
            continue
        wanted = "eksProperties" if environment.is_eks else "container or ecsProperties"
        yield Violation(
            resource=candidate.definition,
            property_path=group.path,
            message=f"{environment.id} runs on {'EKS' if environment.is_eks else 'ECS'}, and the "
            f"node range has {', '.join(group.kinds)}",
            actual=", ".join(group.kinds),
            expected=wanted,
        )


@rule(
    Candidate,
    "MNP106",
    "The environment's max vCPUs hold every node of the job",
    severity=ERROR,
    why="A node takes a whole instance, and Batch starts the job only when all of its instances "
    "fit below the environment's max vCPUs: otherwise it stays in RUNNABLE forever.",
    fix="Raise max vCPUs to nodes x the instance type's vCPUs, or lower the number of nodes.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def max_vcpus(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares max vCPUs with nodes x vCPUs of the instance type, where all three are known.

    A definition that names no type is held against the smallest that the environment lists. Silent
    where several environments of the queue would hold the job together: that is MNP205.
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
            fix=f"Set max vCPUs of {environment.id} to {needed}, or lower numNodes.",
        )


@rule(
    Candidate,
    "MNP107",
    "The environment can launch the job's instance type",
    severity=ERROR,
    why="Batch launches only the types that an environment lists: a job that names another one "
    "stays in RUNNABLE forever.",
    fix="Add the instance type to the environment, or name one of the environment's types.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
    distance=OTHER_TYPE,
)
def launchable(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the job's type with the environment's exact types, families and bundles.

    ``optimal`` and ``default_x86_64`` stand for general x86 families (c, m, r), ``default_arm64``
    for general Graviton ones; Batch may put newer ones of them in their place.
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
            message=f"{environment.id} cannot launch {name}: it lists {listed}",
            actual=name,
            expected=listed,
            fix=f"Add {name} to the instance types of {environment.id}, or name one of them.",
        )


@rule(
    Candidate,
    "MNP109",
    "No optimal or family beside the exact type that jobs name",
    severity=WARNING,
    why="The further types serve no job that names its type, and other jobs may fill the "
    "environment's vCPUs with them. The stock constructs add optimal unless they are told not to.",
    fix="Remove it from the instance types (use_optimal_instance_classes=False in the stock "
    "constructs).",
    source=sources.api("ComputeResource"),
)
def needless_types(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for a bundle or a family in an environment that also lists the job's exact type.

    Silent about one that stands for a type which another definition names, and altogether where
    the setup has definitions that may run on any type, such as those of single-node jobs.
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
            message=f"{', '.join(needless)} beside {name}, which the jobs name",
            actual=", ".join(needless),
            expected=name,
        )
