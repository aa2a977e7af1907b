"""One task: the order in which its containers start and stop, and how it ends.

Nothing is started or stopped here. The caller does what :meth:`Task.step` returns, and reports what
becomes of it.

Source: ECS Developer Guide, container dependencies (dependsOn, startTimeout, stopTimeout,
essential), and task_manager.go and dependencygraph/graph.go of github.com/aws/amazon-ecs-agent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

STOP_SECONDS = 30.0
"""Between SIGTERM and SIGKILL, unless ``stopTimeout`` is set.

Source: https://docs.aws.amazon.com/batch/latest/userguide/job_timeouts.html.
"""

NEVER_STARTED = 143
"""Exit code of a container whose dependency failed, though its program never ran.

Source: handleTerminalDependencyError in task_manager.go of the ECS agent.
"""

_PRESENT = "CannotStartContainerError"
_AT_END = ("COMPLETE", "SUCCESS")


@dataclass(frozen=True, slots=True)
class Start:
    """Start a container: the index of it."""

    index: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop a container that was started: its index, and the seconds until it is killed."""

    index: int
    grace_seconds: float


@dataclass(frozen=True, slots=True)
class Fail:
    """Record that a container never starts, since a dependency failed: its index and the reason."""

    index: int
    exit_code: int
    reason: str


Step = Start | Stop | Fail


class _Phase(Enum):
    WAITING = "WAITING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    ENDED = "ENDED"


_ALIVE = (_Phase.STARTING, _Phase.RUNNING)


@dataclass(slots=True)
class _Container:
    name: str
    is_essential: bool
    start_seconds: float
    stop_seconds: float
    dependencies: list[tuple[int, str]] = field(default_factory=list)
    phase: _Phase = _Phase.WAITING
    has_run: bool = False
    has_timed_out: bool = False
    is_stopping: bool = False
    is_barred: bool = False  # by a dependency that failed
    exit_code: int | None = None
    reason: str = ""

    @property
    def ran(self) -> bool:
        return self.has_run or (self.exit_code is not None and not self.is_barred)


class Task:
    """The containers of one node.

    A container starts once its dependencies are met, and is stopped once no container that depends
    on it is left. The task ends when an essential container ends, or never starts.

    Args:
        containers: As their definition has them, in its order.
    """

    def __init__(self, containers: Sequence[Mapping[str, Any]]) -> None:
        self._containers = [
            _Container(
                described.get("name", ""),
                described.get("essential", True),
                described.get("startTimeout", 0),
                described.get("stopTimeout", STOP_SECONDS),
            )
            for described in containers
        ]
        positions = {each.name: index for index, each in enumerate(self._containers)}
        for container, definition in zip(self._containers, containers, strict=True):
            container.dependencies = [
                (
                    positions[dependency["containerName"]],
                    dependency.get("condition", "START").upper(),
                )
                for dependency in definition.get("dependsOn", [])
            ]
        self._is_ending = False
        self._decider: int | None = None

    @property
    def is_up(self) -> bool:
        """Whether all containers have started, those that have ended since included."""
        return all(
            container.phase in {_Phase.RUNNING, _Phase.ENDED} for container in self._containers
        ) and any(each.is_essential and each.has_run for each in self._containers)

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it runs or will run."""
        return all(each.phase is _Phase.ENDED for each in self._containers)

    @property
    def deciding(self) -> int:
        """The container that decides how the task ends: the first essential one to end."""
        if self._decider is not None:
            return self._decider
        return next(index for index, each in enumerate(self._containers) if each.is_essential)

    @property
    def has_run(self) -> bool:
        """Whether the program of the container that decides has run."""
        return self._containers[self.deciding].ran

    @property
    def exit_code(self) -> int | None:
        """Of the container that decides; ``None`` if its program never ran."""
        return self._containers[self.deciding].exit_code

    @property
    def reason(self) -> str:
        """Why that container never started, or was ended by something other than itself."""
        return self._containers[self.deciding].reason

    def step(self) -> list[Step]:
        """Return what is to be done now; each of it is returned once."""
        steps: list[Step] = []
        while found := list(self._ending() if self._is_ending else self._starting()):
            steps += found
        return steps

    def started(self, index: int) -> float | None:
        """Note that the program of a container runs.

        Returns:
            After how many seconds to call :meth:`timed_out`, if others wait for its end.
        """
        container = self._containers[index]
        if container.phase is not _Phase.STARTING:
            return None
        container.phase = _Phase.RUNNING
        container.has_run = True
        is_waited_for = any(
            (index, condition) in other.dependencies
            for other in self._containers
            for condition in _AT_END
        )
        return container.start_seconds or None if is_waited_for else None

    def timed_out(self, index: int) -> None:
        """Note that the start timeout of a container is over."""
        self._containers[index].has_timed_out = True

    def ended(self, index: int, exit_code: int | None, reason: str) -> None:
        """Note that nothing of a container is left.

        Args:
            index: Of the container.
            exit_code: Its own; ``None`` if its program never ran.
            reason: Why it never ran, or was ended by something other than itself; or empty.
        """
        container = self._containers[index]
        if container.phase is _Phase.ENDED:
            return
        container.phase = _Phase.ENDED
        container.exit_code, container.reason = exit_code, reason
        if container.is_essential and self._decider is None:
            self._decider = index
            self._is_ending = True

    def stop(self) -> None:
        """End the task from outside: what has not started never does."""
        self._is_ending = True

    def _bar(self, index: int, reason: str) -> Fail:
        self._containers[index].is_barred = True
        self.ended(index, NEVER_STARTED, reason)
        return Fail(index, NEVER_STARTED, reason)

    def _starting(self) -> Iterator[Step]:
        is_stuck = not any(each.phase in _ALIVE for each in self._containers)
        for index, container in self._waiting():
            if reason := self._failed_dependency(container):
                yield self._bar(index, reason)
                return
            if all(self._is_met(*each) for each in container.dependencies):
                container.phase = _Phase.STARTING
                is_stuck = False
                yield Start(index)
        if is_stuck:
            for index, container in self._waiting():
                reason = (
                    f"{_PRESENT}: container {container.name} waits for itself, by its dependsOn"
                )
                yield self._bar(index, reason)

    def _ending(self) -> Iterator[Step]:
        for _, container in self._waiting():
            container.phase = _Phase.ENDED
        for index, container in enumerate(self._containers):
            if container.phase not in _ALIVE or container.is_stopping:
                continue
            if any(
                waiting.phase in _ALIVE and index in {other for other, _ in waiting.dependencies}
                for waiting in self._containers
            ):
                continue
            container.is_stopping = True
            yield Stop(index, container.stop_seconds)

    def _waiting(self) -> list[tuple[int, _Container]]:
        return [
            (index, container)
            for index, container in enumerate(self._containers)
            if container.phase is _Phase.WAITING
        ]

    def _is_met(self, index: int, condition: str) -> bool:
        container = self._containers[index]
        if condition in _AT_END:
            return container.phase is _Phase.ENDED
        # A container that has started and ended since has met START.
        return container.ran

    def _failed_dependency(self, container: _Container) -> str:
        """Return why a dependency of a container can no longer be met; empty if it can."""
        for index, condition in container.dependencies:
            other = self._containers[index]
            if other.phase is _Phase.ENDED and not other.ran:
                how = f"never started ({other.reason})" if other.reason else "never started"
            elif other.phase is _Phase.ENDED and condition == "SUCCESS" and other.exit_code != 0:
                how = f"ended with exit code {other.exit_code}"
            elif other.phase is not _Phase.ENDED and condition in _AT_END and other.has_timed_out:
                how = f"did not end within its startTimeout of {other.start_seconds:g} seconds"
            else:
                continue
            return (
                f"{_PRESENT}: {container.name} depends on {condition} of {other.name}, which {how}"
            )
        return ""
