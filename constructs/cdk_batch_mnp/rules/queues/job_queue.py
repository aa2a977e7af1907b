"""Rules about job queues and their compute environments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Submission, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.node_group import NODE_PROPERTIES
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.stuck_reasons import STUCK_REASONS
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import (
    OTHER_KIND,
    needed_across_environments,
    runs_multi_node_jobs,
)

MAX_ENVIRONMENTS = 3
MAX_PRIORITY = 1000
MIN_TIME_LIMIT_SECONDS = 600
MAX_TIME_LIMIT_SECONDS = 86400

STUCK_IN_RUNNABLE = sources.user_guide("job_stuck_in_runnable")
"""Why jobs do not start, and how to cancel them."""


@rule(
    JobQueue,
    "MNP201",
    "A queue has one to three compute environments with distinct orders",
    severity=ERROR,
    why="AWS Batch rejects a queue without a compute environment, with more than three, or with "
    "two of the same order.",
    fix="Attach one compute environment (recommended for multi-node parallel jobs), or up to three "
    "with distinct orders.",
    source=sources.api("CreateJobQueue"),
    distance=OTHER_KIND,
)
def environment_count(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the compute environments, and compares the orders that are known."""
    if queue.environments is UNKNOWN:
        return
    count = fewest(queue.environments)
    has_none = queue.environments == () and queue.runs_batch_jobs is True
    if has_none or count > MAX_ENVIRONMENTS:
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "computeEnvironmentOrder",
            message=f"the queue has {count} compute environments",
            actual=count,
            expected=f"1 to {MAX_ENVIRONMENTS}",
        )
    orders = Counter(
        environment.order
        for environment in queue.environments
        if environment is not UNKNOWN and has_value(environment.order)
    )
    for order, times in sorted(orders.items()):
        if times > 1:
            yield Violation(
                resource=queue,
                property_path=PROPERTIES / "computeEnvironmentOrder",
                message=f"{times} compute environments of the queue have order {order}",
                actual=order,
                expected="distinct orders",
            )


@rule(
    Submission,
    "MNP202",
    "All compute environments of the queue are On-Demand EC2",
    severity=ERROR,
    why="AWS Batch rejects a queue that mixes Fargate and EC2. Spot next to On-Demand is allowed, "
    "but a multi-node parallel job that reaches the Spot environment waits there forever.",
    fix="Use a queue with On-Demand EC2 environments only.",
    source=sources.api("CreateJobQueue"),
    distance=OTHER_KIND,
)
def mixed_environments(submission: Submission, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports Spot, Managed Instances and Fargate environments next to one that can run the job."""
    environments = submission.queue.known_environments
    if not any(runs_multi_node_jobs(each) is True for each in environments):
        return
    for environment in environments:
        if runs_multi_node_jobs(environment) is False and environment.management != "UNMANAGED":
            yield Violation(
                resource=submission.queue,
                property_path=PROPERTIES / "computeEnvironmentOrder",
                message=f"{environment.id} ({environment.type}) shares the queue with environments "
                "for "
                "multi-node parallel jobs",
                actual=environment.type,
                expected="EC2",
            )


@rule(
    JobQueue,
    "MNP203",
    "Job state time limit actions are valid",
    severity=ERROR,
    why="AWS Batch rejects a queue with any other state, action, time or reason.",
    fix="Set state RUNNABLE, action CANCEL, 600 to 86400 seconds and a documented reason. "
    "(TERMINATE is for SageMaker Training job queues.)",
    source=sources.api("JobStateTimeLimitAction"),
)
def time_limit_actions(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares every known member of every action."""
    if queue.time_limit_actions is UNKNOWN:
        return
    for position, action in enumerate(queue.time_limit_actions):
        if action is UNKNOWN:
            continue
        for member, value, allowed in (
            ("state", action.state, ("RUNNABLE",)),
            ("action", action.action, ("CANCEL",)),
            ("reason", action.reason, STUCK_REASONS),
        ):
            if value is not UNKNOWN and value not in allowed:
                yield Violation(
                    resource=queue,
                    property_path=PROPERTIES / "jobStateTimeLimitActions" / position / member,
                    message=f"the {member} of a time limit action is {value or 'not set'}",
                    actual=value or "not set",
                    expected=", ".join(allowed),
                )
        seconds = action.max_time_seconds
        if seconds is UNKNOWN:
            continue
        if seconds is None or not MIN_TIME_LIMIT_SECONDS <= seconds <= MAX_TIME_LIMIT_SECONDS:
            yield Violation(
                resource=queue,
                property_path=PROPERTIES / "jobStateTimeLimitActions" / position / "maxTimeSeconds",
                message="a time limit action has no maxTimeSeconds"
                if seconds is None
                else f"a time limit action applies after {seconds} seconds",
                actual="not set" if seconds is None else seconds,
                expected=f"{MIN_TIME_LIMIT_SECONDS} to {MAX_TIME_LIMIT_SECONDS} seconds",
            )


@rule(
    JobQueue,
    "MNP204",
    "Stuck jobs are canceled",
    severity=WARNING,
    why="A job at the head of the queue that can never start blocks all jobs behind it until "
    "someone intervenes.",
    fix="Add job state time limit actions for the documented reasons, such as "
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY.",
    source=STUCK_IN_RUNNABLE,
)
def no_time_limit(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a queue without job state time limit actions."""
    if queue.time_limit_actions == ():
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "jobStateTimeLimitActions",
            message="no action cancels a job that is stuck at the head of the queue",
            actual="no time limit actions",
            expected="at least one",
        )


@rule(
    Submission,
    "MNP205",
    "One compute environment fits the whole job",
    severity=ERROR,
    why="AWS Batch never spreads a multi-node parallel job over several compute environments. "
    "Their combined capacity does not count, and the job stays in RUNNABLE forever.",
    fix="Raise max vCPUs of one compute environment until it covers every node of the job.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def whole_job(submission: Submission, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a job that only several environments of the queue together could hold.

    The vCPUs of the job are those of its instance type, or at least those that MNP106 counts for
    each environment.
    """
    definition, queue = submission.definition, submission.queue
    needed = needed_across_environments(queue, definition, catalogue)
    if needed is not None:
        name = definition.instance_type or "instances of any type"
        at_least = "" if definition.instance_type else "at least "
        limits = ", ".join(
            f"{environment.id} {environment.max_vcpus}" for environment in queue.known_environments
        )
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message=f"no single compute environment of {queue.id} can hold {definition.num_nodes} "
            f"x {name} ({at_least}{needed} vCPUs; max vCPUs: {limits})",
            actual=f"{at_least}{needed} vCPUs",
            expected="at most the max vCPUs of one compute environment",
        )


@rule(
    JobQueue,
    "MNP206",
    "The queue priority is 0 to 1000",
    severity=ERROR,
    why="AWS Batch rejects any other priority.",
    fix="Set a priority from 0 to 1000. Queues with a higher priority are scheduled first.",
    source=sources.api("CreateJobQueue"),
)
def priority(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the priority. Silent if it is unknown or not set."""
    if has_value(queue.priority) and not 0 <= queue.priority <= MAX_PRIORITY:
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "priority",
            message=f"the queue's priority is {queue.priority}",
            actual=queue.priority,
            expected=f"0 to {MAX_PRIORITY}",
        )


@rule(
    JobQueue,
    "MNP207",
    "A queue for multi-node parallel jobs has one compute environment",
    severity=WARNING,
    why="If the first compute environment has no capacity, a multi-node parallel job waits there "
    "and blocks the queue, even if a later environment has room.",
    fix="Create a queue for each compute environment, and choose the queue at submission.",
    source=STUCK_IN_RUNNABLE,
)
def several_environments(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the compute environments that are known to support multi-node parallel jobs.

    Those that are or may be DISABLED do not count.
    """
    count = sum(
        runs_multi_node_jobs(environment) is True and environment.state in (None, "ENABLED")
        for environment in queue.known_environments
    )
    if count > 1:
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "computeEnvironmentOrder",
            message=f"the queue has {count} compute environments, and the job waits for the first",
            actual=count,
            expected="1",
        )
