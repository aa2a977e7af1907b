"""IAM roles, as far as a setup shows what they allow."""

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
    """A role that the nodes' containers, the ECS agent or the instances take on.

    Attributes:
        statements: What it allows, over all of its policies that the setup shows.
        trusted: Services that may take it on (``ec2.amazonaws.com``); ``*`` for whoever asks.
    """

    statements: Maybe[tuple[Maybe[Statement], ...]] = UNKNOWN
    trusted: Maybe[tuple[Maybe[str], ...]] = UNKNOWN

    def may_be_assumed_by(self, service: str) -> Maybe[bool]:
        """Whether a service (``ec2``, ``ecs-tasks``) may take the role on, in any partition."""
        if self.trusted is UNKNOWN:
            return UNKNOWN
        if any(
            each is not UNKNOWN and (each == "*" or each.partition(".")[0] == service)
            for each in self.trusted
        ):
            return True
        return UNKNOWN if UNKNOWN in self.trusted else False
