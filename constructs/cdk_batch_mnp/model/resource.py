"""What every modelled AWS resource has: a place that a finding can point to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

METADATA_KEY = "cdk-batch-mnp"
"""Key of the Metadata, of a resource or a template, that tells the checks what they must know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A modelled resource.

    Attributes:
        id: Construct path or logical id, unique in its setup; what findings name.
        acknowledged: Rule ids whose findings on this resource are accepted, each with the reason.
    """

    id: str
    acknowledged: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
