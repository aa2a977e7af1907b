"""What a job has to wait for before it is RUNNABLE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FAILED_DEPENDENCY = "Dependent Job failed"


def ids_waited_for(job: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of the jobs that have to succeed first.

    A child of an array job with a dependency of type N_TO_N waits for the child of the same index,
    and with one of type SEQUENTIAL without an id for the child before it.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/job_dependencies.html and
    https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html.
    """
    index = job.get("arrayProperties", {}).get("index")
    for dependency in job.get("dependsOn", []):
        kind, other = dependency.get("type", "").upper(), dependency.get("jobId")
        if index is None:
            if other:
                yield other
        elif kind == "N_TO_N" and other:
            yield f"{other}:{index}"
        elif kind == "SEQUENTIAL" and not other:
            if index > 0:
                yield f"{job['jobId'].rpartition(':')[0]}:{index - 1}"
        elif other:
            yield other


def state_of_dependencies(job: Mapping[str, Any], jobs: Mapping[str, Mapping[str, Any]]) -> str:
    """Return ``SUCCEEDED``, ``FAILED`` or ``PENDING`` for all that a job waits for.

    A job that was deleted from the records counts as ended well.
    """
    states = {jobs[other]["status"] for other in ids_waited_for(job) if other in jobs}
    if "FAILED" in states:
        return "FAILED"
    return "SUCCEEDED" if states <= {"SUCCEEDED"} else "PENDING"
