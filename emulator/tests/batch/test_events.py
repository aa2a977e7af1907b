"""What the life cycle of simulated jobs says to the event bus."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from batch.life_cycle.simulation import CONTAINER, REGION, Simulation
from cdk_batch_mnp_emulator.batch.events import JobEvents
from cdk_batch_mnp_emulator.events.event import Event

LARGE = {
    **CONTAINER,
    "resourceRequirements": [
        {"type": "VCPU", "value": "96"},
        {"type": "MEMORY", "value": "1024"},
    ],
}


class RecordedBus:
    """An event bus with one rule, or with none."""

    def __init__(self, *, has_rule: bool = True) -> None:
        self.has_rule = has_rule
        self.events: list[Event] = []

    def has_rules(self, region: str) -> bool:
        return self.has_rule

    def put(self, region: str, event: Event) -> None:
        assert region == REGION
        self.events.append(event)

    def states(self, job: str) -> list[str]:
        """Return the states of a job in the order of its events."""
        return [
            event["detail"]["status"]
            for event in self.events
            if event["detail"]["jobId"] == job and event["detail-type"] == "Batch Job State Change"
        ]


@pytest.fixture
def bus() -> RecordedBus:
    return RecordedBus()


@pytest.fixture
def batch(tmp_path: Path, bus: RecordedBus) -> Simulation:
    return Simulation(tmp_path, observer=JobEvents(bus, clock=lambda: 1_641_944_200.5))


def test_a_job_of_several_nodes_makes_one_event_for_each_of_its_own_states(
    batch: Simulation, bus: RecordedBus
) -> None:
    job = batch.submit_nodes(3)
    batch.run_all()
    for node in batch.nodes:
        batch.end(node)
    assert bus.states(job) == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert {event["detail"]["jobId"] for event in bus.events} == {job}


def test_an_event_has_the_envelope_of_eventbridge(batch: Simulation, bus: RecordedBus) -> None:
    job = batch.submit_container()
    event = dict(bus.events[0])
    assert len(event.pop("id")) == 36
    assert event.pop("detail")["jobId"] == job
    assert event == {
        "version": "0",
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": "123456789012",
        "time": "2022-01-11T23:36:40Z",
        "region": REGION,
        "resources": [batch.describe(job)["jobArn"]],
    }


def test_an_event_keeps_what_the_job_was_when_it_happened(
    batch: Simulation, bus: RecordedBus
) -> None:
    job = batch.submit_container()
    batch.run_all()
    batch.end(batch.nodes[0], 1)
    assert bus.states(job) == ["RUNNABLE", "STARTING", "RUNNING", "FAILED"]
    runnable, _, running, failed = (event["detail"] for event in bus.events)
    assert "startedAt" not in runnable
    assert "stoppedAt" not in running
    assert runnable["attempts"] == running["attempts"] == []
    assert failed["attempts"][0]["container"]["exitCode"] == 1
    assert failed == batch.describe(job)


def test_a_detail_has_only_what_describe_jobs_has(batch: Simulation, bus: RecordedBus) -> None:
    batch.submit_nodes(2)
    batch.submit_container()
    batch.run_all()
    shape = boto3.client("batch", region_name=REGION).meta.service_model.shape_for("JobDetail")
    for event in bus.events:
        assert set(event["detail"]) <= set(shape.members)  # type: ignore[attr-defined]


def test_a_retry_makes_the_events_of_its_states_again(batch: Simulation, bus: RecordedBus) -> None:
    job = batch.submit_container(retryStrategy={"attempts": 2})
    batch.run_all()
    batch.end(batch.nodes[0], 1)
    batch.run_all()
    batch.end(batch.nodes[1], 0)
    once = ["RUNNABLE", "STARTING", "RUNNING"]
    assert bus.states(job) == [*once, *once, "SUCCEEDED"]


def test_a_job_that_waits_for_another_is_pending_first(batch: Simulation, bus: RecordedBus) -> None:
    first = batch.submit_container()
    second = batch.submit_container(dependsOn=[{"jobId": first}])
    assert bus.states(second) == ["PENDING"]
    batch.run_all()
    batch.end(batch.nodes[0])
    assert bus.states(second) == ["PENDING", "RUNNABLE", "STARTING"]


def test_the_children_of_an_array_and_the_array_itself_make_events(
    batch: Simulation, bus: RecordedBus
) -> None:
    array = batch.submit_container(arrayProperties={"size": 2})
    batch.run_all()
    for node in batch.nodes:
        batch.end(node)
    assert bus.states(array) == ["PENDING", "SUCCEEDED"]
    for index in range(2):
        assert bus.states(f"{array}:{index}")[-1] == "SUCCEEDED"
    last = bus.events[-1]
    assert last["detail"]["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 2


def test_a_job_that_is_terminated_in_the_queue_fails_with_the_reason(
    batch: Simulation, bus: RecordedBus
) -> None:
    for _ in range(33):  # 66 vCPUs for 64
        job = batch.submit_container()
    batch.terminate(job, "not needed")
    assert bus.states(job) == ["RUNNABLE", "FAILED"]
    assert bus.events[-1]["detail"]["statusReason"] == "not needed"
    assert bus.events[-1]["detail"]["isTerminated"]


def test_a_job_that_blocks_its_queue_makes_an_event_once(
    batch: Simulation, bus: RecordedBus
) -> None:
    job = batch.submit_container(LARGE)
    batch.wait(60)
    blocked = [event for event in bus.events if event["detail-type"] == "Batch Job Queue Blocked"]
    (event,) = blocked
    assert event["resources"] == [batch.describe(job)["jobArn"], batch.queue["jobQueueArn"]]
    assert event["detail"]["statusReason"].startswith("MISCONFIGURATION:")
    assert event["detail"]["status"] == "RUNNABLE"


def test_without_a_rule_no_job_is_copied_and_no_event_is_made(tmp_path: Path) -> None:
    bus = RecordedBus(has_rule=False)
    events = JobEvents(bus)
    cannot_be_copied = {"jobArn": "arn", "status": object()}
    events.moved(REGION, cannot_be_copied)
    events.blocked(REGION, cannot_be_copied, {"jobQueueArn": "arn"})
    assert bus.events == []
