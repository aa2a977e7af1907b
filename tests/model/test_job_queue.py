"""Reading job queues as the API and as CloudFormation spell them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_queue import ComputeEnvironmentOrder, JobQueue, JobStateTimeLimitAction
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from tests.model.spelling import Spelled, both

QUEUE = {
    "jobQueueName": "solvers",
    "priority": "10",
    "computeEnvironmentOrder": [
        {"order": 2, "computeEnvironment": "second"},
        {"order": 1, "computeEnvironment": "first"},
    ],
    "jobStateTimeLimitActions": [
        {
            "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            "state": "RUNNABLE",
            "maxTimeSeconds": 600,
            "action": "CANCEL",
        }
    ],
}


def named(value: object) -> Any:
    return ComputeEnvironment(id=value) if isinstance(value, str) else UNKNOWN


@pytest.mark.parametrize("spelled", both(QUEUE))
def test_a_job_queue_is_read_in_both_spellings(spelled: Spelled) -> None:
    read = JobQueue.read(ApiStruct(spelled), id="Queue", environment_of=named)
    assert (read.name, read.priority) == ("solvers", 10)
    assert [environment.id for environment in read.known_environments] == ["first", "second"]
    assert read.shows_all_environments
    assert read.time_limit_actions == (
        JobStateTimeLimitAction(
            reason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            state="RUNNABLE",
            max_time_seconds=600,
            action="CANCEL",
        ),
    )
    assert read.has_fair_share is False
    assert read.runs_service_jobs is False


def test_a_queue_with_a_part_unknown_does_not_show_all_environments() -> None:
    order = [{"order": 1, "computeEnvironment": "first"}, UNKNOWN]
    read = JobQueue.read(
        ApiStruct({"computeEnvironmentOrder": order}), id="Q", environment_of=named
    )
    assert read.environments == (
        ComputeEnvironmentOrder(order=1, environment=ComputeEnvironment(id="first")),
        UNKNOWN,
    )
    assert [environment.id for environment in read.known_environments] == ["first"]
    assert not read.shows_all_environments
    hidden = JobQueue.read(
        ApiStruct({"computeEnvironmentOrder": UNKNOWN}), id="Q", environment_of=named
    )
    assert hidden.known_environments == ()
    assert not hidden.shows_all_environments


@pytest.mark.parametrize(
    ("given", "expected"), [(None, UNKNOWN), (True, True), (False, False), (UNKNOWN, UNKNOWN)]
)
def test_a_policy_is_a_fair_share_policy_only_if_it_is_known_to_be(
    given: bool | None, expected: object
) -> None:
    shape = ApiStruct({"schedulingPolicyArn": "arn:policy"})
    read = JobQueue.read(shape, id="Queue", environment_of=named, has_fair_share=given)
    assert read.has_fair_share is expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, False),
        ([{"order": 1, "serviceEnvironment": "training"}], True),
        (PERHAPS, UNKNOWN),
        (UNKNOWN, True),
    ],
    ids=["none", "service environments", "perhaps", "unknown ones"],
)
def test_a_queue_of_service_environments_is_known_as_one(order: object, expected: object) -> None:
    shape = ApiStruct({"serviceEnvironmentOrder": order})
    assert JobQueue.read(shape, id="Q", environment_of=named).runs_service_jobs is expected


@pytest.mark.parametrize(
    ("environments", "service", "expected"),
    [
        ((UNKNOWN,), False, True),
        ((UNKNOWN,), UNKNOWN, True),
        ((), False, True),
        ((), True, False),
        ((), UNKNOWN, UNKNOWN),
        (UNKNOWN, True, False),
        (UNKNOWN, False, True),
        (UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_a_queue_feeds_either_compute_or_service_environments(
    environments: Any, service: Any, expected: object
) -> None:
    read = JobQueue(id="Queue", environments=environments, runs_service_jobs=service)
    assert read.runs_batch_jobs is expected
