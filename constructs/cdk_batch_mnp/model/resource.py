"""Common attributes of all AWS resources in the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

METADATA_KEY = "cdk-batch-mnp"
"""Key of the Metadata of a resource or template that passes facts to the checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a resource is deployed.

    Attributes:
        account: The account's id.
        region: The Region's name.
    """

    account: Maybe[str] = UNKNOWN
    region: Maybe[str] = UNKNOWN

    def may_be(self, other: Location) -> bool:
        """Whether both may be the same account and Region."""
        return all(
            one is UNKNOWN or another is UNKNOWN or one == another
            for one, another in ((self.account, other.account), (self.region, other.region))
        )


ANYWHERE = Location()
"""A location with unknown account and Region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """An AWS resource in the model.

    Attributes:
        id: Construct path or logical ID, unique in its setup. Findings refer to it.
        acknowledged: IDs of the rules that are acknowledged for this resource, with the reasons.
    """

    id: str
    acknowledged: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
