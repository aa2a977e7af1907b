"""Actions that a role certainly does not allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cdk_batch_mnp.engine.rule import Severity, Violation
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.partial_text import Text
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN


@dataclass(frozen=True, slots=True)
class Lacking:
    """Actions that a role does not allow, and why.

    Attributes:
        actions: The actions, for people.
        reasons: Why each is not allowed, for people.
    """

    role: Role
    actions: str
    reasons: str

    def violation(
        self, message: str, expected: str, severity: Severity | None = None, fix: str = ""
    ) -> Violation:
        """Return a violation at the role."""
        return Violation(
            resource=self.role,
            property_path=PROPERTIES,
            message=message,
            actual=self.reasons,
            expected=expected,
            severity=severity,
            fix=fix,
        )


def lacking(
    role: Role, actions: Iterable[str], resources: Callable[[], Iterable[Text]] | None = None
) -> Lacking | None:
    """Return which actions a role certainly does not allow; ``None`` if it may allow all.

    Args:
        role: The role.
        actions: The actions, without wildcards.
        resources: Returns ARNs of resources, of which one is enough. Default: any resource. It is
            called only if the role does not allow an action on all resources.
    """
    reasons: dict[str, None] = {}
    missing: list[str] = []
    for action in actions:
        decisions = [role.decide(action)]
        if resources is not None and decisions[0].allowed is UNKNOWN:
            decisions = [role.decide(action, resource) for resource in resources()]
        if all(decision.allowed is False for decision in decisions):
            missing.append(action)
            reasons |= {decision.reason: None for decision in decisions}
    return Lacking(role, ", ".join(missing), "; ".join(reasons)) if missing else None
