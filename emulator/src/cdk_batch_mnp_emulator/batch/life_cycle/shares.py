"""How much of a queue each share of a fair-share policy uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

_DEFAULT_WINDOW_SECONDS = 600


class ShareUsage:
    """vCPUs that the shares of one queue use now, and have used lately.

    What a job that has ended has used counts in proportion to its time in the window of the policy,
    and the less, the longer ago it was.

    Source: Batch API, FairsharePolicy.shareDecaySeconds.
    """

    def __init__(self) -> None:
        self._running: defaultdict[str, int] = defaultdict(int)
        self._ended: list[tuple[str, int, float, float]] = []

    def start(self, share: str, vcpus: int) -> None:
        """Count a job that starts."""
        self._running[share] += vcpus

    def end(self, share: str, vcpus: int, started: float, now: float) -> None:
        """Count a job that has ended; times are in seconds."""
        self._running[share] -= vcpus
        self._ended.append((share, vcpus, started, now))

    def of(self, policy: Mapping[str, int], now: float) -> Mapping[str, float]:
        """Return the usage of each share, in vCPUs.

        Args:
            policy: ``fairsharePolicy`` of the queue.
            now: Time in seconds.
        """
        window = policy.get("shareDecaySeconds") or _DEFAULT_WINDOW_SECONDS
        self._ended = [item for item in self._ended if item[3] > now - window]
        usage: defaultdict[str, float] = defaultdict(float, self._running)
        for share, vcpus, started, ended in self._ended:
            oldest, latest = now - max(started, now - window), now - ended
            # The weight of a moment falls evenly from 1 now to 0 at the end of the window.
            seconds = oldest - latest - (oldest**2 - latest**2) / (2 * window)
            usage[share] += vcpus * seconds / window
        return usage

    def reserved(self, policy: Mapping[str, int], waiting: Iterable[str]) -> float:
        """Return the part of the vCPUs that is kept for shares that are not active.

        Args:
            policy: ``fairsharePolicy`` of the queue.
            waiting: The shares of jobs that are RUNNABLE.

        Source: Batch API, FairsharePolicy.computeReservation.
        """
        ratio = policy.get("computeReservation", 0) / 100
        if not ratio:
            return 0.0
        active = {*waiting, *(share for share, vcpus in self._running.items() if vcpus)}
        return float(ratio ** len(active))
