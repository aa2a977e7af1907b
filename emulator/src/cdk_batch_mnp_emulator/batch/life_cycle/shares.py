"""How much of a queue each share of a fair-share policy uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

_DEFAULT_WINDOW_SECONDS = 600


class ShareUsage:
    """vCPUs that the shares of one queue use now, and have used lately.

    What a job that has ended has used counts in proportion to its time in the window of the policy.

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
            usage[share] += vcpus * (ended - max(started, now - window)) / window
        return usage
