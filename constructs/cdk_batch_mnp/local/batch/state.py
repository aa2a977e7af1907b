"""What AWS Batch keeps: every resource as the API describes it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_batch_mnp.local.account import last_part
from cdk_batch_mnp.local.errors import ServiceError

Description = dict[str, Any]
"""A resource as its Describe operation gives it."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


@dataclass(slots=True)
class RegionState:
    """AWS Batch in one Region.

    Attributes:
        environments: Compute environments by name.
        queues: Job queues by name.
        definitions: Revisions of each job definition by name, oldest first.
        policies: Scheduling policies by name.
        jobs: Jobs by id.
    """

    environments: dict[str, Description] = field(default_factory=dict)
    queues: dict[str, Description] = field(default_factory=dict)
    definitions: dict[str, list[Description]] = field(default_factory=dict)
    policies: dict[str, Description] = field(default_factory=dict)
    jobs: dict[str, Description] = field(default_factory=dict)


class BatchState:
    """AWS Batch in every Region."""

    def __init__(self) -> None:
        self._regions: defaultdict[str, RegionState] = defaultdict(RegionState)

    def of(self, region: str) -> RegionState:
        """Give a Region's part."""
        return self._regions[region]


def refused(message: str) -> ServiceError:
    """Give the error of a request that Batch refuses."""
    return ServiceError("ClientException", message)


def check_name(what: str, name: str) -> None:
    """Refuse a name that Batch does not take: letters, digits, ``-`` and ``_``, up to 128.

    Raises:
        ServiceError: It is another.
    """
    if not _NAME.fullmatch(name):
        raise refused(
            f"{what} should match valid pattern: 1 to 128 letters, digits, hyphens or underscores, "
            f"and a letter or digit first, not {name!r}"
        )


def find(resources: Mapping[str, Description], what: str, name_or_arn: str) -> Description:
    """Give a resource by name or ARN.

    Raises:
        ServiceError: There is none.
    """
    found = resources.get(last_part(name_or_arn))
    if found is None:
        raise refused(f"{what} {name_or_arn} does not exist")
    return found


def chosen(resources: Mapping[str, Description], names: Iterable[str] | None) -> list[Description]:
    """Give the resources of these names or ARNs that exist; all of them if none is named."""
    if not names:
        return list(resources.values())
    known = [last_part(each) for each in names]
    return [resources[each] for each in known if each in resources]
