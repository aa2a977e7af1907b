"""What all modelled AWS resources have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

METADATA_KEY = "cdk-batch-mnp"
"""Key of the Metadata of a resource or template that passes facts to the checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A modelled resource.

    Attributes:
        id: Construct path or logical ID, unique in its setup. Findings refer to it.
        acknowledged: IDs of the rules that are acknowledged for this resource, with the reasons.
    """

    id: str
    acknowledged: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
