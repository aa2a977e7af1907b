"""The check of the network: who sends to whom, and what the reports of all nodes mean.

Each node sends to the next one, and the last one to the first, all at the same time.
"""

from __future__ import annotations

from typing import Any, Collection, Mapping, NamedTuple

from cdk_batch_mnp_launch.preflight import Findings
from cdk_batch_mnp_launch.protocol.frames import FrameError
from cdk_batch_mnp_launch.protocol.messages import Host

SLOW = 0.5
"""Part of the median below which a pair of nodes is reported."""
MOST_NAMED = 8
"""How many pairs a message names."""


class Report(NamedTuple):
    """What one node has seen.

    Attributes:
        problem: Why it could not send to the next node, or an empty string.
        rate: Bytes per second from the previous node; 0 if nothing came.
    """

    problem: str
    rate: float

    def as_message(self) -> dict[str, Any]:
        """Return the object that is sent to the main node."""
        return self._asdict()

    @classmethod
    def of_message(cls, message: Mapping[str, Any]) -> Report:
        """Return the report that another node sent.

        Raises:
            FrameError: If the object is not a report.
        """
        try:
            rate = float(message["rate"])
            if not 0 <= rate < 1e15:
                raise ValueError(f"rate {rate}")
            return cls(str(message["problem"]), rate)
        except (KeyError, TypeError, ValueError) as error:
            raise FrameError(f"invalid report of the network: {error}") from error


def next_of(index: int, nodes: int) -> int:
    """Return the index of the node to which a node sends."""
    return (index + 1) % nodes


def previous_of(index: int, nodes: int) -> int:
    """Return the index of the node that sends to a node."""
    return (index - 1) % nodes


def judge(hosts: list[Host], reports: Mapping[int, Report], port: int) -> Findings:
    """Return which pairs of nodes are not connected, and which are slow.

    Args:
        hosts: All nodes, in index order.
        reports: By index; nodes that have not reported are absent.
        port: TCP port of the check.
    """
    nodes = len(hosts)
    silent = Report("it has not reported", 0)
    broken: list[str] = []
    rates: dict[int, float] = {}
    for index in range(nodes):
        there = next_of(index, nodes)
        problem = reports.get(index, silent).problem
        rate = reports.get(there, silent).rate
        if problem or not rate:
            broken.append(
                f"node {index} ({hosts[index].address}) cannot send to node {there}"
                f" ({hosts[there].address}): {problem or 'nothing arrives'}"
            )
        else:
            rates[index] = rate
    errors = []
    if broken:
        errors.append(
            f"{_named(broken)}; the security group of the nodes must allow TCP between its"
            f" members, on all ports or at least on {port}"
        )
    median = _median(rates.values())
    slow = [
        f"node {index} to node {next_of(index, nodes)}: {rate / 1e6:.0f} MB/s"
        for index, rate in rates.items()
        if rate < SLOW * median
    ]
    warnings = []
    if slow:
        warnings.append(f"slow network: {_named(slow)}; the median is {median / 1e6:.0f} MB/s")
    return Findings(errors, warnings)


def _named(parts: list[str]) -> str:
    more = len(parts) - MOST_NAMED
    return "; ".join(parts[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _median(values: Collection[float]) -> float:
    # The module `statistics` takes as long to import as much of the launcher.
    if not values:
        return 0.0
    in_order = sorted(values)
    half = len(in_order) // 2
    return (in_order[half] + in_order[~half]) / 2
