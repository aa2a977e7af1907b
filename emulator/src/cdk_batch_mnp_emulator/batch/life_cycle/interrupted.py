"""Jobs that an earlier server has not brought to an end."""

from __future__ import annotations

from cdk_batch_mnp_emulator.batch.life_cycle import arrays
from cdk_batch_mnp_emulator.batch.life_cycle.records import attempt_of_job, attempt_of_node
from cdk_batch_mnp_emulator.batch.state import Description, RegionState

RAN = "The embedded AWS was stopped while the job ran"
WAITED = "The embedded AWS was stopped before the job started"
NODE_RAN = "The embedded AWS was stopped while the node ran"

_ENDED = frozenset({"SUCCEEDED", "FAILED"})
_RAN = frozenset({"STARTING", "RUNNING"})


def fail_interrupted(region: RegionState, now: int) -> None:
    """Fail all jobs and nodes of a Region that have not ended.

    Also those that have not started: whatever submitted them may be gone, and a server that is
    started starts no programs by itself.

    Args:
        region: From an earlier server, and not yet in use.
        now: In milliseconds since the epoch.
    """
    for job in list(region.jobs.values()):
        if job["status"] in _ENDED or arrays.is_parent(job):
            continue
        nodes = region.nodes.get(job["jobId"], {})
        before = job["status"]
        if before in _RAN:
            _end(job, RAN, now)
            main = nodes.get(job.get("nodeProperties", {}).get("mainNode", -1))
            if main is not None and main["status"] not in _ENDED:
                _end(main, NODE_RAN, now)
                main["attempts"].append(attempt_of_node(main))
            if "nodeProperties" not in job and job.keys() & {"container", "ecsProperties"}:
                job["attempts"].append(attempt_of_node(job))
            elif main is not None:
                job["attempts"].append(attempt_of_job(job, main))
        else:
            _end(job, WAITED, now)
        for node in nodes.values():
            if node["status"] not in _ENDED:
                _end(node, NODE_RAN, now)
                node["attempts"].append(attempt_of_node(node))
        _count(region, job, before, now)


def _count(region: RegionState, job: Description, before: str, now: int) -> None:
    parent = region.jobs.get(arrays.parent_id(job) or "")
    if parent is None:
        return
    arrays.count_move(parent, before, "FAILED", now)
    if (end := arrays.verdict(parent)) is not None:
        _end(parent, arrays.FAILED_CHILD, now)
        parent["status"] = end


def _end(record: Description, reason: str, now: int) -> None:
    record["status"] = "FAILED"
    record["statusReason"] = reason
    record["stoppedAt"] = now
