"""Rules about job queues, and about which of their environments a job can go to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Submission, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import NODE_PROPERTIES
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import (
    OTHER_KIND,
    fits_only_across_environments,
    runs_multi_node_jobs,
)

MAX_ENVIRONMENTS = 3
MAX_PRIORITY = 1000
MIN_TIME_LIMIT_SECONDS = 600
MAX_TIME_LIMIT_SECONDS = 86400
STUCK_REASONS = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
)
"""Reasons for a stuck job that an action can be tied to.

Source: Batch User Guide, jobs stuck in RUNNABLE.
"""

STUCK_IN_RUNNABLE = sources.user_guide("job_stuck_in_runnable")
"""What Batch tells of jobs that do not start, and how they can be ended."""


@rule(
    JobQueue,
    "MNP201",
    "One to three environments, each with a turn of its own",
    severity=ERROR,
    why="Batch refuses a queue without an environment, with more than three, or with two of the "
    "same order.",
    fix="Give the queue one environment (the best for multi-node jobs) to three, with different "
    "orders.",
    source=sources.api("CreateJobQueue"),
    distance=OTHER_KIND,
)
def environment_count(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the environments, known or not, and compares the orders that are known."""
    if queue.environments is UNKNOWN:
        return
    count = len(queue.environments)
    fewest = 1 if queue.runs_batch_jobs is True else 0
    if not fewest <= count <= MAX_ENVIRONMENTS:
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "computeEnvironmentOrder",
            message=f"the queue has {count} environments",
            actual=count,
            expected=f"1 to {MAX_ENVIRONMENTS}",
        )
    orders = Counter(
        each.order for each in queue.environments if each is not UNKNOWN and has_value(each.order)
    )
    for order, times in sorted(orders.items()):
        if times > 1:
            yield Violation(
                resource=queue,
                property_path=PROPERTIES / "computeEnvironmentOrder",
                message=f"{times} environments of the queue have the order {order}",
                actual=order,
                expected="different orders",
            )


@rule(
    Submission,
    "MNP202",
    "The queue's environments are all On-Demand EC2",
    severity=ERROR,
    why="Batch refuses Fargate beside EC2 in one queue. Spot beside On-Demand is allowed, but a "
    "multi-node job that comes to the Spot environment's turn waits there forever.",
    fix="Give multi-node parallel jobs a queue with On-Demand environments alone.",
    source=sources.api("CreateJobQueue"),
    distance=OTHER_KIND,
)
def mixed_environments(submission: Submission, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for Spot, Managed Instances or Fargate beside an environment that runs such jobs."""
    environments = submission.queue.known_environments
    if not any(runs_multi_node_jobs(each) is True for each in environments):
        return
    for environment in environments:
        if runs_multi_node_jobs(environment) is False and environment.management != "UNMANAGED":
            yield Violation(
                resource=submission.queue,
                property_path=PROPERTIES / "computeEnvironmentOrder",
                message=f"{environment.id} ({environment.type}) is in one queue with environments "
                "for multi-node parallel jobs",
                actual=environment.type,
                expected="EC2",
            )


@rule(
    JobQueue,
    "MNP203",
    "Time limit actions are as Batch knows them",
    severity=ERROR,
    why="Batch refuses a queue with an action of another state, action, time or reason.",
    fix="Set the state RUNNABLE, the action CANCEL, 600 to 86400 seconds and a documented reason "
    "(TERMINATE is for queues of SageMaker Training jobs).",
    source=sources.api("JobStateTimeLimitAction"),
)
def time_limit_actions(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares each member of each action, where it is known."""
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
                    message=f"the {member} of a time limit action is {value or 'left out'}",
                    actual=value or "nothing",
                    expected=", ".join(allowed),
                )
        seconds = action.max_time_seconds
        if seconds is UNKNOWN:
            continue
        if seconds is None or not MIN_TIME_LIMIT_SECONDS <= seconds <= MAX_TIME_LIMIT_SECONDS:
            yield Violation(
                resource=queue,
                property_path=PROPERTIES / "jobStateTimeLimitActions" / position / "maxTimeSeconds",
                message="a time limit action says no time"
                if seconds is None
                else f"a time limit action comes after {seconds} seconds",
                actual="nothing" if seconds is None else seconds,
                expected=f"{MIN_TIME_LIMIT_SECONDS} to {MAX_TIME_LIMIT_SECONDS} seconds",
            )


@rule(
    JobQueue,
    "MNP204",
    "Stuck jobs are cancelled",
    severity=WARNING,
    why="A job at the head of the queue that can never start blocks all jobs behind it, until "
    "somebody notices.",
    fix="Give the queue time limit actions for the documented reasons, such as "
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY.",
    source=STUCK_IN_RUNNABLE,
)
def no_time_limit(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for a queue without any time limit action."""
    if queue.time_limit_actions == ():
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "jobStateTimeLimitActions",
            message="nothing ends a job that is stuck at the head of the queue",
            actual="no time limit action",
            expected="at least one",
        )


@rule(
    Submission,
    "MNP205",
    "One environment takes the whole job",
    severity=ERROR,
    why="Batch never splits a multi-node parallel job over two environments: what they could hold "
    "together does not count, and the job stays in RUNNABLE forever.",
    fix="Raise max vCPUs of one environment until it holds every node of the job.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def whole_job(submission: Submission, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for a job that only several environments of the queue would hold together."""
    definition, queue = submission.definition, submission.queue
    name, nodes = definition.instance_type, definition.num_nodes
    if not has_value(name) or not has_value(nodes) or (facts := catalogue.find(name)) is None:
        return
    needed = nodes * facts.vcpus
    if fits_only_across_environments(queue, needed, name):
        limits = ", ".join(f"{each.id} {each.max_vcpus}" for each in queue.known_environments)
        yield Violation(
            resource=definition,
            property_path=NODE_PROPERTIES / "numNodes",
            message=f"no single environment of {queue.id} holds the {needed} vCPUs of "
            f"{nodes} x {name} (max vCPUs: {limits})",
            actual=f"{needed} vCPUs",
            expected="max vCPUs of one environment",
        )


@rule(
    JobQueue,
    "MNP206",
    "The queue's priority is 0 to 1000",
    severity=ERROR,
    why="Batch refuses a queue of another priority.",
    fix="Choose a priority from 0 to 1000; the higher goes first.",
    source=sources.api("CreateJobQueue"),
)
def priority(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the priority, if it is given and known."""
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
    "One environment behind a queue for multi-node parallel jobs",
    severity=WARNING,
    why="When the first environment has no capacity, a multi-node parallel job waits there and "
    "blocks the queue, though a later environment may have room.",
    fix="Give each environment a queue of its own, and choose the queue at submission.",
    source=STUCK_IN_RUNNABLE,
)
def several_environments(queue: JobQueue, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the environments that are known to run multi-node jobs."""
    count = sum(runs_multi_node_jobs(each) is True for each in queue.known_environments)
    if count > 1:
        yield Violation(
            resource=queue,
            property_path=PROPERTIES / "computeEnvironmentOrder",
            message=f"{count} environments share the queue: the job waits for the first",
            actual=count,
            expected="1",
        )
