"""Rules about whether a compute environment can run the whole job."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.node_group import NODE_PROPERTIES, NODE_RANGES
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import is_covered_by, is_open
from cdk_batch_mnp.rules.environments.node_needs import least_vcpus

OTHER_KIND = 8
"""Distance of an environment of a type that does not support multi-node parallel jobs."""
OTHER_TYPE = 2
"""Distance of an environment that cannot launch the instance type."""

_KINDS_WITHOUT_MULTI_NODE = ("SPOT", "ECS_MANAGED_INSTANCES", "FARGATE", "FARGATE_SPOT")


def can_launch(environment: ComputeEnvironment, instance_type: str) -> Maybe[bool]:
    """Return whether an environment's list of types allows an instance type."""
    types = environment.instance_types
    if not has_value(types) or not types or "." not in instance_type:
        return UNKNOWN
    if any(entry is not UNKNOWN and is_covered_by(entry, instance_type) for entry in types):
        return True
    return UNKNOWN if UNKNOWN in types else False


def runs_multi_node_jobs(environment: ComputeEnvironment) -> Maybe[bool]:
    """Return whether an environment is of a type that supports multi-node parallel jobs."""
    if environment.management is UNKNOWN or environment.type is UNKNOWN:
        return UNKNOWN
    if environment.management == "UNMANAGED" or environment.type in _KINDS_WITHOUT_MULTI_NODE:
        return False
    # A type that is newer than this list may support them.
    return True if environment.type == "EC2" else UNKNOWN


def needed_across_environments(
    queue: JobQueue, definition: JobDefinition, catalogue: Catalogue
) -> int | None:
    """Return the fewest vCPUs of a job that only several environments of a queue could hold.

    Returns:
        ``None`` if one of them may hold the job alone, or if all of them cannot.
    """
    name, nodes = definition.instance_type, definition.num_nodes
    # Most queues have one environment.
    if len(queue.known_environments) < 2 or not queue.shows_all_environments:
        return None
    if name is UNKNOWN or not has_value(nodes) or (name is not None and not catalogue.find(name)):
        return None
    limits, needed = [], []
    for environment in queue.known_environments:
        runs = runs_multi_node_jobs(environment)
        launches = True if name is None else can_launch(environment, name)
        if runs is False or launches is False:
            continue
        if runs is UNKNOWN or launches is UNKNOWN or not has_value(environment.max_vcpus):
            return None
        limits.append(environment.max_vcpus)
        needed.append(least_vcpus(definition, environment, nodes, catalogue).vcpus)
    fits_one = any(limit >= least for limit, least in zip(limits, needed, strict=True))
    if len(limits) < 2 or fits_one or min(needed) > sum(limits):
        return None
    return min(needed)


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
    fix="Set the type of the compute environment to EC2, or submit the job to another queue for "
    "multi-node parallel jobs, with an environment of type EC2.",
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
    """Compares max vCPUs with the vCPUs of the instances that the nodes occupy at least.

    They are those of the job's instance type. A job without a type gets one that the environment
    lists: the smallest that each node fits on counts, with every type of a family, and of the
    general families for a bundle. If the types are not known, the vCPUs that the containers of a
    node request count. If the number of nodes is unknown, a job has at least those that its ranges
    name, and as many as the MinValue of a parameter. Silent if max vCPUs are unknown and have no
    MaxValue. If several environments of the queue could hold the job only together, MNP205 reports
    it instead.
    """
    definition, environment = candidate.definition, candidate.environment
    limit, nodes = environment.max_vcpus, definition.fewest_nodes
    if limit is UNKNOWN:
        limit = environment.most_vcpus
    if limit is None or nodes < 1:
        return
    if runs_multi_node_jobs(environment) is not True:
        return
    least = least_vcpus(definition, environment, nodes, catalogue)
    needed, facts = least.vcpus, least.type_of_all
    if limit >= needed:
        return
    if needed_across_environments(candidate.queue, definition, catalogue) is not None:
        return
    if facts is None:
        enough = f"at least {needed}"
        hold = f"{nodes} nodes, which need {enough} vCPUs"
    else:
        enough = str(needed)
        hold = f"{nodes} x {facts.name} ({needed} vCPUs)"
        if definition.instance_type is None and is_open(environment):
            hold += ", the smallest type that a node fits on"
    yield Violation(
        resource=definition,
        property_path=NODE_PROPERTIES / "numNodes",
        message=f"max vCPUs {limit} of {environment.id} cannot hold {hold}",
        actual=f"{needed} vCPUs",
        expected=f"at most {limit} vCPUs",
        fix=f"Set max vCPUs of {environment.id} to {enough}, or reduce numNodes.",
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
    only_by_another = wanted - {entry for entry in types if entry is not UNKNOWN}
    needless = [
        entry
        for entry in types
        if entry not in (UNKNOWN, name)
        and "." not in entry
        and not any(is_covered_by(entry, other) for other in only_by_another)
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
