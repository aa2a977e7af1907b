"""Facts about constructs that a cloud assembly records outside of its templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MAX_CONSTRUCT_DEPTH = 200
"""Levels of constructs at which a finding can be acknowledged."""


@dataclass(slots=True)
class AssemblyMetadata:
    """Facts about constructs that a cloud assembly records.

    Attributes:
        acknowledged: Construct path to rule IDs with reasons.
        paths: Template file and logical ID to construct path.
        nested: Construct path of a nested stack to its template file.
    """

    acknowledged: dict[str, dict[str, str]] = field(default_factory=dict)
    paths: dict[tuple[str, str], str] = field(default_factory=dict)
    nested: dict[str, str] = field(default_factory=dict)

    def acknowledged_at(self, path: str, spend: Callable[[int], None]) -> Mapping[str, str]:
        """Return the acknowledgements on a construct or any of its parents, rule ID to reason.

        Args:
            path: The path of the construct.
            spend: Charges steps of work to the budget.
        """
        if not self.acknowledged:
            return {}
        found: dict[str, str] = {}
        # No construct is deeper, and every split costs the length of the rest.
        parts = path.split("/", MAX_CONSTRUCT_DEPTH)[:MAX_CONSTRUCT_DEPTH]
        spend(len(parts))
        parent = ""
        for part in parts:
            parent = f"{parent}/{part}" if parent else part
            found.update(self.acknowledged.get(parent, {}))
        return found
