"""In which order the containers of a task start and stop, and how the task ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp_emulator.batch.life_cycle.tasks import Fail, Start, Stop, Task


def container(name: str, *dependencies: str, **more: Any) -> dict[str, Any]:
    """A container whose dependencies are such as ``init SUCCESS``."""
    pairs = [each.split() for each in dependencies]
    depends_on = [{"containerName": name, "condition": condition} for name, condition in pairs]
    return {"name": name, "dependsOn": depends_on, **more}


def side(name: str, *dependencies: str, **more: Any) -> dict[str, Any]:
    return container(name, *dependencies, essential=False, **more)


def init_and_main(condition: str = "SUCCESS", **more: Any) -> Task:
    return Task([side("init", **more), container("main", f"init {condition}")])


def test_the_only_container_is_the_task() -> None:
    task = Task([container("main")])
    assert task.step() == [Start(0)]
    assert not task.is_up
    task.started(0)
    assert task.is_up
    task.ended(0, 3, "")
    assert task.step() == []
    assert (task.has_ended, task.has_run, task.exit_code) == (True, True, 3)


def test_containers_without_dependencies_start_together() -> None:
    task = Task([container("main"), side("log"), side("metrics")])
    assert task.step() == [Start(0), Start(1), Start(2)]
    assert task.step() == []


def test_an_init_container_ends_before_the_main_one_starts() -> None:
    task = init_and_main()
    assert task.step() == [Start(0)]
    task.started(0)
    assert (task.step(), task.is_up) == ([], False)
    task.ended(0, 0, "")
    assert (task.step(), task.is_up) == ([Start(1)], False)
    task.started(1)
    assert task.is_up
    assert not task.has_ended


@pytest.mark.parametrize("exit_code", [1, 137])
def test_a_dependency_that_fails_is_the_reason_of_the_task(exit_code: int) -> None:
    task = init_and_main()
    task.step()
    task.started(0)
    task.ended(0, exit_code, "")
    reason = (
        "CannotStartContainerError: main depends on SUCCESS of init, which ended with exit code "
        f"{exit_code}"
    )
    assert task.step() == [Fail(1, 143, reason)]
    assert (task.has_ended, task.has_run, task.exit_code) == (True, False, 143)
    assert task.reason == reason


def test_complete_is_met_by_any_exit_code() -> None:
    task = init_and_main("COMPLETE")
    task.step()
    task.started(0)
    task.ended(0, 1, "")
    assert task.step() == [Start(1)]


def test_start_is_met_once_the_other_runs_and_stays_met_when_it_has_ended() -> None:
    task = Task([side("log"), container("main", "log START"), side("late", "log START")])
    assert task.step() == [Start(0)]
    task.started(0)
    assert task.step() == [Start(1), Start(2)]
    quick = init_and_main("START")
    quick.step()
    quick.started(0)
    quick.ended(0, 9, "")
    assert quick.step() == [Start(1)]


@pytest.mark.parametrize("condition", ["START", "COMPLETE", "SUCCESS"])
def test_a_dependency_that_cannot_start_meets_nothing(condition: str) -> None:
    task = init_and_main(condition)
    task.step()
    task.ended(0, None, "CannotStartContainerError: init was not found")
    (failed,) = task.step()
    assert isinstance(failed, Fail)
    assert "init, which never started (CannotStartContainerError: init was not found)" in (
        failed.reason
    )
    assert task.has_ended


def test_a_failure_goes_on_along_a_chain_of_dependencies() -> None:
    chain = [side("a"), side("b", "a SUCCESS"), container("main", "b SUCCESS")]
    task = Task(chain)
    task.step()
    task.started(0)
    task.ended(0, 1, "")
    assert [type(each) for each in task.step()] == [Fail, Fail]
    assert (task.has_ended, task.exit_code) == (True, 143)


def test_a_non_essential_container_that_fails_changes_nothing_else() -> None:
    task = Task([container("main"), side("log")])
    task.step()
    task.started(0)
    task.started(1)
    task.ended(1, 1, "")
    assert (task.step(), task.has_ended) == ([], False)
    task.ended(0, 0, "")
    assert (task.has_ended, task.exit_code) == (True, 0)


def test_a_side_container_whose_dependency_fails_does_not_end_the_task() -> None:
    task = Task([side("init"), container("main"), side("late", "init SUCCESS")])
    task.step()
    for index in (0, 1):
        task.started(index)
    task.ended(0, 1, "")
    assert [type(each) for each in task.step()] == [Fail]
    assert not task.has_ended
    assert task.is_up


def test_the_end_of_an_essential_container_stops_the_others_each_with_its_own_time() -> None:
    task = Task([container("main"), side("log"), side("metrics", stopTimeout=5)])
    task.step()
    for index in range(3):
        task.started(index)
    task.ended(0, 7, "")
    assert task.step() == [Stop(1, 30), Stop(2, 5)]
    assert (task.step(), task.has_ended) == ([], False)
    task.ended(1, 143, "")
    task.ended(2, 137, "")
    assert (task.has_ended, task.exit_code) == (True, 7)


def test_the_first_essential_container_to_end_decides() -> None:
    task = Task([container("one"), container("two")])
    task.step()
    task.started(0)
    task.started(1)
    task.ended(1, 0, "")
    assert task.step() == [Stop(0, 30)]
    task.ended(0, 143, "")
    assert (task.deciding, task.exit_code) == (1, 0)


def test_containers_are_stopped_in_the_reverse_order_of_their_dependencies() -> None:
    task = Task([side("log"), container("main", "log START"), container("other")])
    task.step()
    task.started(0)
    task.step()
    task.started(1)
    task.started(2)
    task.stop()
    assert task.step() == [Stop(1, 30), Stop(2, 30)]
    task.ended(2, 143, "")
    assert task.step() == []
    task.ended(1, 143, "")
    assert task.step() == [Stop(0, 30)]
    task.ended(0, 143, "")
    assert task.has_ended


def test_what_has_not_started_when_the_task_is_stopped_never_does() -> None:
    task = init_and_main()
    task.step()
    task.started(0)
    task.stop()
    assert task.step() == [Stop(0, 30)]
    task.ended(0, 143, "")
    assert task.step() == []
    assert (task.has_ended, task.has_run, task.exit_code) == (True, False, None)


def test_a_container_that_starts_while_the_task_is_stopped_is_stopped_once() -> None:
    task = Task([container("main")])
    task.step()
    task.stop()
    assert task.step() == [Stop(0, 30)]
    task.started(0)
    assert task.step() == []


def test_a_dependency_that_takes_longer_than_its_start_timeout_fails_the_one_that_waits() -> None:
    task = init_and_main(startTimeout=60)
    task.step()
    assert task.started(0) == 60
    task.timed_out(0)
    (failed, stopped) = task.step()
    assert isinstance(failed, Fail)
    assert failed.reason.endswith("init, which did not end within its startTimeout of 60 seconds")
    assert stopped == Stop(0, 30)


def test_the_start_timeout_is_of_no_account_once_the_dependency_has_ended() -> None:
    task = init_and_main(startTimeout=60)
    task.step()
    task.started(0)
    task.ended(0, 0, "")
    task.timed_out(0)
    assert task.step() == [Start(1)]
    for without in (init_and_main("START", startTimeout=60), init_and_main()):
        without.step()
        assert without.started(0) is None


def test_containers_that_wait_for_each_other_fail() -> None:
    task = Task([container("a", "b START"), side("b", "a START")])
    assert [type(each) for each in task.step()] == [Fail, Fail]
    assert task.has_ended
    assert (
        task.reason == "CannotStartContainerError: container a waits for itself, by its dependsOn"
    )


def test_a_condition_that_is_left_out_is_start() -> None:
    task = Task([side("log"), {"name": "main", "dependsOn": [{"containerName": "log"}]}])
    assert task.step() == [Start(0)]
    task.started(0)
    assert task.step() == [Start(1)]


@st.composite
def definitions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Containers of a valid task, whose dependencies may be circular."""
    essential = draw(st.lists(st.booleans(), min_size=1, max_size=6).filter(any))
    containers = []
    for index, is_essential in enumerate(essential):
        others = [other for other in range(len(essential)) if other != index]
        chosen = draw(st.lists(st.sampled_from(others), max_size=3, unique=True)) if others else []
        dependencies = [
            f"{other} {draw(st.sampled_from(['START', 'COMPLETE', 'SUCCESS']))}" for other in chosen
        ]
        containers.append(container(str(index), *dependencies, essential=is_essential))
    return containers


EVENTS = ("start", "end", "fail", "never start", "stop the task")


@given(definitions(), st.lists(st.tuples(st.integers(0, 5), st.sampled_from(EVENTS)), max_size=20))
def test_every_task_ends_and_does_nothing_twice(
    containers: list[dict[str, Any]], events: list[tuple[int, str]]
) -> None:
    task = Task(containers)
    done = task.step()
    ended: set[int] = set()
    while not task.has_ended:
        started = {each.index for each in done if isinstance(each, Start)}
        alive = sorted(started - ended)
        assert alive
        number, what = events.pop() if events else (0, "end")
        index = alive[number % len(alive)]
        if what == "start":
            task.started(index)
        elif what == "stop the task":
            task.stop()
        else:
            task.ended(index, {"end": 0, "fail": 1, "never start": None}[what], "")
            ended.add(index)
        steps = task.step()
        assert not {each.index for each in steps if isinstance(each, Stop)} & ended
        done += steps
    assert len({(type(each), each.index) for each in done}) == len(done)
    failed = {each.index for each in done if isinstance(each, Fail)}
    assert not failed & {each.index for each in done if isinstance(each, Start)}
    assert task.step() == []
