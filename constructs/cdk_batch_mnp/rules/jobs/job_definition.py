"""Rules about a job definition as a whole: retries, timeout, names, size."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Submission, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.exit_conditions import CONDITIONS, MAX_EXIT_CONDITIONS
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

MAX_ATTEMPTS = 10
MAX_PATTERN_LENGTH = 512
MIN_TIMEOUT_SECONDS = 60
MAX_SCHEDULING_PRIORITY = 9999
MAX_SIZE = 24 * 1024
MAX_NAME_LENGTH = 128
MAX_TAGS = 50
MAX_TAG_KEY_LENGTH = 128
MAX_TAG_VALUE_LENGTH = 256

EXIT_ACTIONS = ("RETRY", "EXIT")

_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*"


@rule(
    JobDefinition,
    "MNP315",
    "A retry strategy has 1 to 10 attempts and at most five exit conditions",
    severity=ERROR,
    why="AWS Batch rejects any other retry strategy.",
    fix="Set 1 to 10 attempts, and at most five evaluateOnExit entries, each with an action and a "
    "condition. A pattern may contain an asterisk only at the end.",
    source=sources.api("RetryStrategy"),
)
def retry_strategy(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the attempts, the number of entries, and each entry's action and patterns."""
    strategy = definition.retry_strategy
    if not has_value(strategy):
        return
    attempts, rules = strategy.attempts, strategy.evaluate_on_exit
    if has_value(attempts) and not 1 <= attempts <= MAX_ATTEMPTS:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "retryStrategy" / "attempts",
            message=f"the job has {attempts} attempts",
            actual=attempts,
            expected=f"1 to {MAX_ATTEMPTS}",
        )
    if rules is UNKNOWN or not rules:
        return
    if attempts is None and fewest(rules):
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "retryStrategy" / "attempts",
            message="evaluateOnExit is set without attempts",
            actual="not set",
            expected=f"1 to {MAX_ATTEMPTS}",
        )
    if (count := fewest(rules)) > MAX_EXIT_CONDITIONS:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "retryStrategy" / "evaluateOnExit",
            message=f"evaluateOnExit has {count} entries",
            actual=count,
            expected=f"at most {MAX_EXIT_CONDITIONS}",
        )
    for position, condition in enumerate(rules):
        if condition is UNKNOWN:
            continue
        path = PROPERTIES / "retryStrategy" / "evaluateOnExit" / position
        action = condition.action
        if action is not UNKNOWN and (action or "").upper() not in EXIT_ACTIONS:
            yield Violation(
                resource=definition,
                property_path=path / "action",
                message=f"the action of an evaluateOnExit entry is {action or 'not set'}",
                actual=action or "not set",
                expected=" or ".join(EXIT_ACTIONS),
            )
        patterns = [(name, getattr(condition, attribute)) for name, attribute in CONDITIONS]
        if all(pattern is None for _, pattern in patterns):
            yield Violation(
                resource=definition,
                property_path=path,
                message="an evaluateOnExit entry has no condition",
                actual="no condition",
                expected="onExitCode, onReason or onStatusReason",
            )
        for name, pattern in patterns:
            if has_value(pattern) and (wrong := _wrong_pattern(name, pattern)):
                yield Violation(
                    resource=definition,
                    property_path=path / name,
                    message=f"the pattern {pattern[:60]!r} {wrong}",
                    actual=pattern[:60],
                    expected=f"at most {MAX_PATTERN_LENGTH} characters, an asterisk only at the "
                    "end",
                )


def _wrong_pattern(name: str, pattern: str) -> str:
    if len(pattern) > MAX_PATTERN_LENGTH:
        return f"has {len(pattern)} characters"
    if "*" in pattern[:-1]:
        return "has an asterisk before its end"
    if name == "onExitCode" and not re.fullmatch(r"[0-9]*\*?", pattern):
        return "is not an exit code"
    return ""


@rule(
    JobDefinition,
    "MNP317",
    "A job has a timeout of at least 60 seconds",
    severity=ERROR,
    why="AWS Batch rejects a shorter timeout. The timeout covers the whole multi-node job. Without "
    "one, a job that hangs keeps all of its instances running, at your cost, until someone "
    "notices.",
    fix="Set a timeout above the longest expected run, at least 60 seconds.",
    source=sources.api("JobTimeout"),
)
def timeout(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the timeout. A missing timeout is a warning."""
    seconds = definition.timeout_seconds
    if seconds is None:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "timeout",
            message="the job has no timeout",
            actual="no timeout",
            expected=f"at least {MIN_TIMEOUT_SECONDS} seconds",
            severity=WARNING,
        )
    elif seconds is not UNKNOWN and seconds < MIN_TIMEOUT_SECONDS:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "timeout" / "attemptDurationSeconds",
            message=f"the job's timeout is {seconds} seconds",
            actual=seconds,
            expected=f"at least {MIN_TIMEOUT_SECONDS} seconds",
        )


@rule(
    JobDefinition,
    "MNP318",
    "The job definition's name and tags are valid",
    severity=ERROR,
    why="AWS Batch rejects names and tags outside the documented limits.",
    fix="Use up to 128 letters, digits, hyphens and underscores for the name, and at most 50 tags, "
    "with keys of up to 128 and values of up to 256 characters. Keys must not start with aws:.",
    source=sources.api("RegisterJobDefinition"),
)
def names_and_tags(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the name, and the number, keys and values of the tags, as far as they are known."""
    name, tags = definition.name, definition.tags
    if has_value(name) and not (re.fullmatch(_NAME, name) and len(name) <= MAX_NAME_LENGTH):
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "jobDefinitionName",
            message=f"the name {name[:140]!r} is not valid",
            actual=name[:140],
            expected=f"1 to {MAX_NAME_LENGTH} letters, digits, hyphens and underscores, starting "
            "with a letter or digit",
        )
    if not has_value(tags):
        return
    if (count := fewest(tags)) > MAX_TAGS:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "tags",
            message=f"the job definition has {count} tags",
            actual=count,
            expected=f"at most {MAX_TAGS}",
        )
    for key, value in tags.items():
        if value is PERHAPS:
            continue
        if not 1 <= len(key) <= MAX_TAG_KEY_LENGTH or key.lower().startswith("aws:"):
            yield Violation(
                resource=definition,
                property_path=PROPERTIES / "tags",
                message=f"the tag key {key[:140]!r} is not valid",
                actual=key[:140],
                expected=f"1 to {MAX_TAG_KEY_LENGTH} characters, not starting with aws:",
            )
        if isinstance(value, str) and len(value) > MAX_TAG_VALUE_LENGTH:
            yield Violation(
                resource=definition,
                property_path=PROPERTIES / "tags",
                message=f"the value of tag {key!r} has {len(value)} characters",
                actual=len(value),
                expected=f"at most {MAX_TAG_VALUE_LENGTH} characters",
            )


@rule(
    JobDefinition,
    "MNP323",
    "The scheduling priority is 0 to 9999",
    severity=ERROR,
    why="AWS Batch rejects any other scheduling priority.",
    fix="Set a scheduling priority from 0 to 9999. Jobs with a higher priority are scheduled "
    "first.",
    source=sources.api("RegisterJobDefinition"),
)
def scheduling_priority(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the scheduling priority. Silent if it is unknown or not set."""
    priority = definition.scheduling_priority
    if has_value(priority) and not 0 <= priority <= MAX_SCHEDULING_PRIORITY:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "schedulingPriority",
            message=f"the scheduling priority is {priority}",
            actual=priority,
            expected=f"0 to {MAX_SCHEDULING_PRIORITY}",
        )


@rule(
    JobDefinition,
    "MNP324",
    "A job definition is at most 24 KiB",
    severity=ERROR,
    why="AWS Batch rejects larger definitions.",
    fix="Move long commands and variables into the image, a file or Parameter Store.",
    source=sources.user_guide("service_limits"),
)
def definition_size(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the size of the definition as JSON. Silent if any part of it is unknown."""
    if definition.size is not UNKNOWN and definition.size > MAX_SIZE:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES,
            message=f"the job definition has {definition.size} bytes",
            actual=definition.size,
            expected=f"at most {MAX_SIZE} bytes",
        )


@rule(
    Submission,
    "MNP326",
    "Jobs for a fair-share queue have a scheduling priority",
    severity=WARNING,
    why="In a fair-share queue, the scheduling priority orders the jobs of a share. Without one in "
    "the definition, every submission has to set it.",
    fix="Set schedulingPriority in the definition.",
    source=sources.api("RegisterJobDefinition"),
)
def fair_share_priority(submission: Submission, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports a definition without a scheduling priority for a queue with a fair-share policy."""
    definition, queue = submission.definition, submission.queue
    if queue.has_fair_share is True and definition.scheduling_priority is None:
        yield Violation(
            resource=definition,
            property_path=PROPERTIES / "schedulingPriority",
            message=f"{queue.id} has a fair-share policy, but the job has no scheduling priority",
            actual="no scheduling priority",
            expected=f"0 to {MAX_SCHEDULING_PRIORITY}",
        )
