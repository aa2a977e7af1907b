"""Heartbeats, by a clock that notices when this process itself was stopped."""

from __future__ import annotations

from typing import Callable

from cdk_batch_mnp_launch.reactor import Reactor


class Watch:
    """Call back at each heartbeat, with whether the silence of others may be judged.

    After this process was stopped itself, as by SIGSTOP or a frozen virtual machine, everyone else
    seems silent, although their frames wait to be read.
    """

    def __init__(
        self,
        reactor: Reactor,
        heartbeat: float,
        silence: float,
        beat: Callable[[bool], None],
    ) -> None:
        self._reactor = reactor
        self._heartbeat = heartbeat
        self._tolerated = heartbeat + silence / 2
        self._beat = beat
        self._last = reactor.now()

    def start(self) -> None:
        """Begin."""
        self._last = self._reactor.now()
        self._reactor.every(self._heartbeat, self._tick)

    def _tick(self) -> None:
        now = self._reactor.now()
        was_stopped = now - self._last > self._tolerated
        self._last = now
        self._beat(not was_stopped)
