"""The table of the nodes of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from cdk_batch_mnp_emulator.run.containers import containers, labelled
from cdk_batch_mnp_emulator.run.progress import Followed

_NOTHING = "-"


def table_of(followed: Followed) -> Table:
    """Return the nodes of a job: index, address, state, exit code and seconds."""
    table = Table("node", "address", "state", "exit code", "seconds")
    for column in table.columns:
        column.no_wrap = True
    for index in range(followed.number):
        record = followed.nodes.get(index)
        table.add_row(str(index), *(("", "not started", "", "") if not record else _row(record)))
    return table


def _row(record: Mapping[str, Any]) -> tuple[str, str, str, str]:
    found = containers(record)
    interfaces = found[0].get("networkInterfaces") or [{}]
    exits = [str(each.get("exitCode", _NOTHING)) for each in found]
    return (
        str(interfaces[0].get("privateIpv4Address", _NOTHING)),
        str(record["status"]),
        ", ".join(labelled(record, exits)),
        _seconds(record),
    )


def _seconds(record: Mapping[str, Any]) -> str:
    if "startedAt" not in record or "stoppedAt" not in record:
        return _NOTHING
    return f"{(record['stoppedAt'] - record['startedAt']) / 1000:.1f}"
