"""Report names of AWS Batch resources that the API rejects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import Violation
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.resource_name import MAX_LENGTH
from cdk_batch_mnp.model.unknown import Maybe, has_value

_SHOWN = 140
"""Characters of a name in a message."""


def invalid_name(
    resource: Resource, path: PropertyPath, name: Maybe[str] | None, what: str
) -> Iterator[Violation]:
    """Return the violation of a known name with other characters, or with too many."""
    if has_value(name) and not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{MAX_LENGTH}}}", name):
        yield Violation(
            resource=resource,
            property_path=path,
            message=f"the name {name[:_SHOWN]!r} of the {what} is not valid",
            actual=name[:_SHOWN],
            expected=f"1 to {MAX_LENGTH} letters, digits, hyphens and underscores",
        )
