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
    """

    statements: Maybe[tuple[Maybe[Statement], ...]] = UNKNOWN
