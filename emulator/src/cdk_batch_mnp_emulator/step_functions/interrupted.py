"""Executions that an earlier server has not brought to an end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

PARSER = "moto.stepfunctions.parser.models"

_CAUSE = "The embedded AWS was stopped while the execution ran"


def abort_interrupted() -> None:
    """Abort all executions that moto shows as running, though no thread runs them."""
    from moto.stepfunctions.parser.api import ExecutionStatus
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    for account in stepfunctions_parser_backends.values():
        for backend in account.values():
            for machine in backend.state_machines:
                executions: list[Any] = machine.executions
                for execution in executions:
                    if execution.status == "RUNNING":
                        execution.exec_status = ExecutionStatus.ABORTED
                        execution.stop_date = datetime.now(UTC)
                        execution.cause = _CAUSE
