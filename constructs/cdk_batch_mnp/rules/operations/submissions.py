"""Rules about jobs that EventBridge rules, schedules and state machines submit."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_request import JobRequest
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources

MAX_ATTEMPTS = 10
MIN_TIMEOUT_SECONDS = 60
MAX_DEPENDENCIES = 20


@rule(
    JobRequest,
    "MNP702",
    "Submissions of multi-node jobs override nodes with nodeOverrides",
    severity=ERROR,
    why="AWS Batch rejects overrides of a single container, task or pod for a multi-node job: each "
    "submission fails.",
    fix="Use nodeOverrides, with one nodePropertyOverride for each node range. The BatchSubmitJob "
    "task of the CDK cannot express it; use MnpSubmitJob or a CustomState.",
    source=sources.api("NodeOverrides"),
)
def overrides_of_one_node(request: JobRequest, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for containerOverrides, ecsPropertiesOverride and eksPropertiesOverride.

    Silent if they may be left out, and if the job definition is unknown.
    """
    for name in request.overrides:
        yield Violation(
            resource=request,
            property_path=request.at(name),
            message=f"{request.prefix}{name} is set for a multi-node job",
            actual=name,
            expected="nodeOverrides.nodePropertyOverrides",
        )


@rule(
    JobRequest,
    "MNP703",
    "Multi-node jobs are not array jobs",
    severity=ERROR,
    why="AWS Batch rejects a multi-node job with the size of an array: «Multinode Array Job not "
    "supported».",
    fix="Remove arrayProperties (array_size, size), and submit a job for each case, for example in "
    "a Map state.",
    source="https://github.com/apache/airflow/pull/29522",
)
def no_array(request: JobRequest, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for a size of an array, known or not. Silent if it may be left out."""
    if request.is_array:
        yield Violation(
            resource=request,
            property_path=request.at("arrayProperties"),
            message=f"{request.prefix}a multi-node job is submitted as an array job",
            actual="arrayProperties",
            expected="no arrayProperties",
        )


@rule(
    JobRequest,
    "MNP704",
    "An overridden number of nodes fits the job definition",
    severity=ERROR,
    why="AWS Batch rejects another number of nodes if no node range is open above, or if a node "
    "range or the main node would begin after the last node.",
    fix="Leave the last node range open (such as 1:), or change numNodes.",
    source=sources.api("NodeOverrides"),
)
def number_of_nodes(request: JobRequest, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares a known numNodes with the known node ranges and the main node.

    Silent about open ranges if any node range is unknown.
    """
    definition, number = request.definition, request.num_nodes
    if definition is UNKNOWN or not has_value(number):
        return
    for problem, expected in _misfits(definition, number):
        yield Violation(
            resource=request,
            property_path=request.at("nodeOverrides", "numNodes"),
            message=f"{request.prefix}{problem}",
            actual=number,
            expected=expected,
        )


def _misfits(definition: JobDefinition, number: int) -> Iterator[tuple[str, str]]:
    ranges = _ranges(definition)
    if ranges is not UNKNOWN and ranges and not any(each.endswith(":") for each in ranges):
        yield (
            f"numNodes is overridden, and no node range of {definition.id} is open above: "
            f"{', '.join(ranges)}",
            "no numNodes, or a node range such as 0: or 1:",
        )
    highest = max((_first(group) for group in definition.known_node_groups), default=0)
    if highest >= number:
        yield (
            f"numNodes is {number}, and a node range of {definition.id} begins at node {highest}",
            f"at least {highest + 1}",
        )
    main = definition.main_node
    if has_value(main) and main >= number:
        yield (
            f"numNodes is {number}, and the main node of {definition.id} is node {main}",
            f"at least {main + 1}",
        )


def _first(group: NodeGroup) -> int:
    return group.node_range.start if has_value(group.node_range) else group.first_node


def _ranges(definition: JobDefinition) -> Maybe[tuple[str, ...]]:
    """Return ``targetNodes`` of all node groups; unknown if any is, or has a syntax error."""
    if definition.node_groups is UNKNOWN:
        return UNKNOWN
    found = []
    for group in definition.node_groups:
        if group is UNKNOWN or not has_value(group.node_range):
            return UNKNOWN
        found.append(str(group.target_nodes))
    return tuple(found)


@rule(
    JobRequest,
    "MNP705",
    "Overrides of nodes target the node ranges of the job definition",
    severity=ERROR,
    why="AWS Batch rejects other ranges: «NodeOverride targets should match job definition».",
    fix="Write targetNodes as the job definition does.",
    source="https://github.com/aws/aws-parallelcluster/pull/964",
)
def target_nodes(request: JobRequest, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the nodes of each override with those of the node ranges.

    Ranges that have the same first and last node match. Silent if any node range is unknown.
    """
    definition = request.definition
    if definition is UNKNOWN or request.targets is UNKNOWN:
        return
    ranges = _ranges(definition)
    if ranges is UNKNOWN:
        return
    groups = {_bounds(each, definition.num_nodes) for each in ranges}
    for position, target in enumerate(request.targets):
        if has_value(target) and _bounds(target, definition.num_nodes) not in groups:
            yield Violation(
                resource=request,
                property_path=request.at(
                    "nodeOverrides", "nodePropertyOverrides", position, "targetNodes"
                ),
                message=f"{request.prefix}an override targets nodes {target}, which is not a node "
                f"range of {definition.id}",
                actual=target,
                expected=" or ".join(ranges),
            )


def _bounds(target: str, num_nodes: Maybe[int] | None) -> tuple[str, str]:
    """Return the first and the last node of a range, in the one form that all spellings share."""
    first, colon, last = target.partition(":")
    if not colon:
        last = first
    highest = str(num_nodes - 1) if has_value(num_nodes) else ""
    return first or "0", "" if last in ("", highest) else last


@rule(
    JobRequest,
    "MNP706",
    "Attempts, timeout and dependencies of submissions are within their limits",
    severity=ERROR,
    why="AWS Batch rejects the job.",
    fix="Use 1 to 10 attempts, a timeout of at least 60 seconds, and at most 20 dependencies, each "
    "with the ID of a job. The types N_TO_N and SEQUENTIAL are for array jobs.",
    source=sources.api("SubmitJob"),
)
def limits(request: JobRequest, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks known numbers, and dependencies that are for array jobs."""
    attempts, timeout = request.attempts, request.timeout_seconds
    if has_value(attempts) and not 1 <= attempts <= MAX_ATTEMPTS:
        yield Violation(
            resource=request,
            property_path=request.at("retryStrategy", "attempts"),
            message=f"{request.prefix}the job is attempted {attempts} times",
            actual=attempts,
            expected=f"1 to {MAX_ATTEMPTS}",
        )
    if has_value(timeout) and timeout < MIN_TIMEOUT_SECONDS:
        yield Violation(
            resource=request,
            property_path=request.at("timeout", "attemptDurationSeconds"),
            message=f"{request.prefix}the timeout is {timeout} seconds",
            actual=timeout,
            expected=f"at least {MIN_TIMEOUT_SECONDS} seconds",
        )
    yield from _dependencies(request)


def _dependencies(request: JobRequest) -> Iterator[Violation]:
    if request.dependencies is UNKNOWN:
        return
    number = len(request.dependencies)
    if number > MAX_DEPENDENCIES:
        yield Violation(
            resource=request,
            property_path=request.at("dependsOn"),
            message=f"{request.prefix}the job depends on {number} jobs",
            actual=number,
            expected=f"at most {MAX_DEPENDENCIES}",
        )
    for position, dependency in enumerate(request.dependencies):
        if dependency is UNKNOWN:
            continue
        if dependency.type == "N_TO_N" or not dependency.names_job:
            yield Violation(
                resource=request,
                property_path=request.at("dependsOn", position),
                message=f"{request.prefix}a multi-node job has a dependency for array jobs",
                actual="N_TO_N" if dependency.names_job else "no jobId",
                expected="jobId alone",
            )


@rule(
    JobRequest,
    "MNP707",
    "Submissions do not name a fixed revision of a definition of the same templates",
    severity=WARNING,
    why="Each update of the job definition makes a new revision, and CloudFormation deregisters "
    "the one before it: submissions that name it fail after the next update.",
    fix="Remove the revision, with which a job runs the latest active one, or refer to the job "
    "definition with Ref.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-batch-jobdefinition.html",
)
def fixed_revisions(request: JobRequest, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for a number after the name of a known definition.

    Silent about Ref, and if the definition keeps or may keep its revisions
    (SkipDeregisterOnUpdate).
    """
    definition, revision = request.definition, request.fixed_revision
    if definition is UNKNOWN or revision is None:
        return
    yield Violation(
        resource=request,
        property_path=request.at("jobDefinition"),
        message=f"{request.prefix}the job runs revision {revision} of {definition.id}",
        actual=f"revision {revision}",
        expected="no revision",
    )


@rule(
    JobRequest,
    "MNP708",
    "Submissions have a share identifier if the queue has a fair-share policy",
    severity=ERROR,
    why="AWS Batch rejects a job without a share identifier in a queue with a fair-share policy, "
    "and a job with one in any other queue.",
    fix="Set shareIdentifier (share_identifier of MnpSubmitJob), or remove it. Rules of "
    "EventBridge have no such parameter: use EventBridge Scheduler or a state machine, or a queue "
    "without a policy.",
    source=sources.api("SubmitJob"),
)
def share_identifier(request: JobRequest, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the request with the scheduling policy of its queue.

    Silent if the queue or its policy is unknown, and if the identifier may be left out.
    """
    queue = request.queue
    if queue is UNKNOWN:
        return
    if queue.has_fair_share is True and request.has_share is False:
        problem, actual, expected = "has a fair-share policy, but the job has no", "not set", "set"
    elif (queue.has_fair_share, queue.has_quota_shares, request.has_share) == (False, False, True):
        problem, actual, expected = "has no fair-share policy, but the job has a", "set", "not set"
    else:
        return
    yield Violation(
        resource=request,
        property_path=request.at("shareIdentifier"),
        message=f"{request.prefix}the queue {queue.id} {problem} share identifier",
        actual=actual,
        expected=expected,
    )
