"""IAM roles and the permissions that a setup shows."""

from __future__ import annotations

from dataclasses import dataclass

from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An ``Allow`` statement of a policy, actions and resources as written."""

    actions: Maybe[tuple[Maybe[str], ...]]
    resources: Maybe[tuple[Maybe[str], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Resource):
    """A role that containers, the ECS agent or instances assume.

    Attributes:
        statements: The ``Allow`` statements of all policies that are known.
        trusted: Principals that may assume it (``ec2.amazonaws.com``); ``*`` for any.
    """

    statements: Maybe[tuple[Maybe[Statement], ...]] = UNKNOWN
    trusted: Maybe[tuple[Maybe[str], ...]] = UNKNOWN

    def may_be_assumed_by(self, service: str) -> Maybe[bool]:
        """Return whether a service (``ec2``, ``ecs-tasks``) may assume it, in any partition."""
        if self.trusted is UNKNOWN:
            return UNKNOWN
        if any(
            principal is not UNKNOWN
            and (principal == "*" or principal.partition(".")[0] == service)
            for principal in self.trusted
        ):
            return True
        return UNKNOWN if UNKNOWN in self.trusted else False
