"""Filters of lists of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.protocol import Call


class JobFilter:
    """Whether a job matches a request.

    Args:
        call: The ListJobs request.

    Source: Batch API, ListJobs, filters and jobStatus.
    """

    def __init__(self, call: Call) -> None:
        filters = call.get("filters", [])
        self._name = filters[0]["name"] if filters else ""
        self._values = filters[0]["values"] if filters else []
        self._status = call.get("jobStatus")
        if not filters:
            self._status = self._status or "RUNNING"
        elif self._name != "SHARE_IDENTIFIER":
            self._status = None

    def __call__(self, job: Mapping[str, Any]) -> bool:
        """Return whether the job is one of them."""
        if self._status and job["status"] != self._status.upper():
            return False
        return not self._name or any(self._matches(job, value) for value in self._values)

    def _matches(self, job: Mapping[str, Any], value: str) -> bool:
        created: int = job["createdAt"]
        match self._name:
            case "BEFORE_CREATED_AT":
                return created < int(value)
            case "AFTER_CREATED_AT":
                return created > int(value)
            case "SHARE_IDENTIFIER":
                return bool(job.get("shareIdentifier") == value)
            case "JOB_NAME":
                return is_named(job["jobName"].lower(), value.lower())
        if value.startswith("arn:"):
            return bool(job["jobDefinition"] == value)
        return is_named(job["jobDefinition"].rsplit("/", 1)[-1].split(":")[0], value)


def is_named(name: str, pattern: str) -> bool:
    """Return whether a name is that of a filter, which may end with an asterisk."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
