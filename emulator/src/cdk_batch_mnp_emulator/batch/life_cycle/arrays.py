"""Array jobs: the children that a parent stands for, and what it says about them.

Source: https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from cdk_batch_mnp_emulator.batch.state import Description

FAILED_CHILD = "Array Child Job failed"

STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


def is_parent(job: Mapping[str, Any]) -> bool:
    """Return whether a job is an array job, rather than a child of one."""
    return "size" in job.get("arrayProperties", {})


def is_child(job: Mapping[str, Any]) -> bool:
    """Return whether a job is a child of an array job."""
    return "arrayProperties" in job and "index" in job["arrayProperties"]


def parent_id(job: Mapping[str, Any]) -> str | None:
    """Return the id of the array job that a job is a child of."""
    if not is_child(job):
        return None
    return str(job["jobId"]).rpartition(":")[0]


def children_of(parent: Mapping[str, Any], now: int) -> list[Description]:
    """Return the children of an array job.

    Args:
        parent: Just submitted.
        now: Time in milliseconds.
    """
    return [
        {
            **parent,
            "jobId": f"{parent['jobId']}:{index}",
            "jobArn": f"{parent['jobArn']}:{index}",
            "arrayProperties": {"index": index},
            "attempts": [],
            "createdAt": now,
            "status": "SUBMITTED",
            **{
                name: copy.deepcopy(parent[name])
                for name in ("container", "ecsProperties")
                if name in parent
            },
        }
        for index in range(parent["arrayProperties"]["size"])
    ]


def begin_summary(parent: Description) -> None:
    """Write the first summary of the children's states."""
    size = parent["arrayProperties"]["size"]
    parent["arrayProperties"] = {
        "size": size,
        "statusSummary": dict.fromkeys(STATUSES, 0) | {"SUBMITTED": size},
    }


def count_move(parent: Description, before: str, after: str, now: int) -> None:
    """Count a child that has moved from one state to another; the time is in milliseconds."""
    properties = parent["arrayProperties"]
    properties["statusSummary"][before] -= 1
    properties["statusSummary"][after] += 1
    properties["statusSummaryLastUpdatedAt"] = now


def verdict(parent: Mapping[str, Any]) -> str | None:
    """Return the last state of an array job once all children have ended; ``None`` before."""
    properties = parent["arrayProperties"]
    summary = properties["statusSummary"]
    if summary["SUCCEEDED"] + summary["FAILED"] < properties["size"]:
        return None
    return "FAILED" if summary["FAILED"] else "SUCCEEDED"
