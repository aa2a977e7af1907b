"""The conditions of a retry strategy."""

from __future__ import annotations

MAX_EXIT_CONDITIONS = 5
"""Maximum number of evaluateOnExit entries. Source: Batch API, RetryStrategy."""

CONDITIONS = (
    ("onExitCode", "on_exit_code"),
    ("onReason", "on_reason"),
    ("onStatusReason", "on_status_reason"),
)
"""Conditions of an evaluateOnExit entry: the name in the API and in the model."""
