"""Members that structures must have."""

from __future__ import annotations

from collections.abc import Mapping

from cdk_batch_mnp.model.api_struct import Value, as_text
from cdk_batch_mnp.model.schema.members import api_name
from cdk_batch_mnp.model.unknown import has_value

_REQUIRED_WITH = {
    ("ComputeEnvironment", "ComputeResources"): ("Type", ("MANAGED",)),
    ("ComputeResources", "InstanceTypes"): ("Type", ("EC2", "SPOT")),
    ("ComputeResources", "Subnets"): ("Type", ("EC2", "SPOT", "FARGATE", "FARGATE_SPOT")),
}
"""Members that only some values of another member require.

Source: AWS Batch API; AWS Batch User Guide, compute environment parameters.
"""


def is_absent(data: Mapping[str, Value], name: str, structure: str) -> bool:
    """Return whether a required member is certainly not set, or an empty list."""
    if data.get(name, data.get(api_name(name))) not in (None, [], ()):
        return False
    other, words = _REQUIRED_WITH.get((structure, name), ("", ()))
    decides = as_text(data.get(other, data.get(api_name(other))))
    return not other or (has_value(decides) and decides.upper() in words)
