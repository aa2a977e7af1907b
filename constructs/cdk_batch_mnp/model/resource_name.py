"""Names of AWS Batch resources, also those of which only parts are known."""

from __future__ import annotations

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.partial_text import Text, known_parts

MAX_LENGTH = 128
"""Source: AWS Batch API, CreateComputeEnvironment, CreateJobQueue, CreateSchedulingPolicy."""

_OTHER = pattern(r"[^A-Za-z0-9_-]")


def cannot_be_name(name: Text) -> bool:
    """Return whether the known parts of a name suffice to reject it."""
    known = known_parts(name)
    return len(known) > MAX_LENGTH or _OTHER.search(known) is not None
