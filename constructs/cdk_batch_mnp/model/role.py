"""IAM roles and the permissions that a setup shows."""

from __future__ import annotations

from dataclasses import field

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.partial_text import Text, shown, text
from cdk_batch_mnp.model.policy import (
    ANYTHING,
    Decision,
    Principal,
    Statement,
    Statements,
    decide,
    either,
    limited,
    service,
)
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

REGISTER = "batch:RegisterJobDefinition"
"""The action of who deploys job definitions."""
_ASSUME = "sts:AssumeRole"


@dataclass(frozen=True, slots=True, kw_only=True)
class MisplacedPolicy:
    """An AWS managed policy that is named with another path than its own.

    Attributes:
        index: Its position in the role's list.
        named: Path and name, as written.
        actual: Path and name of the policy of this name.
    """

    index: int
    named: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Resource):
    """A role that AWS Batch, containers, the ECS agent or instances assume.

    Attributes:
        statements: The statements of all its policies.
        boundary: The statements of its permissions boundary; ``None`` if it has none.
        trust: The statements of its trust policy.
        arn: Its ARN, as far as it is known.
        path: Its path (``/``, ``/service-role/``).
        misplaced_policies: AWS managed policies that do not exist under the path in their ARN.
    """

    statements: Maybe[Statements] = UNKNOWN
    boundary: Maybe[Statements] | None = None
    trust: Maybe[Statements] = UNKNOWN
    arn: Text = ANYTHING
    path: Maybe[str] = UNKNOWN
    misplaced_policies: tuple[MisplacedPolicy, ...] = ()
    _decided: dict[tuple[str, Text], Decision] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    def decide(self, action: str, resource: Text = ANYTHING) -> Decision:
        """Return whether the role's policies and its permissions boundary allow an action."""
        key = (action, resource)
        if key not in self._decided:
            decision = decide(_all(self.statements), action, resource)
            if self.boundary is not None and decision.allowed is not False:
                decision = limited(decision, decide(_all(self.boundary), action, resource))
            self._decided[key] = decision
        return self._decided[key]

    def decide_with(self, policy: Maybe[Statements], action: str, resource: Text) -> Decision:
        """Return whether the role or the policy of a resource in its account allow an action."""
        return either(
            self.decide(action, resource),
            decide(_all(policy), action, resource, Principal("AWS", self.arn)),
        )

    def may_be_assumed_by(self, name: str) -> Maybe[bool]:
        """Return whether a service (``ec2``, ``ecs-tasks``) may assume it, in any partition."""
        key = (_ASSUME, (name,))
        if key not in self._decided:
            self._decided[key] = decide(_all(self.trust), _ASSUME, ANYTHING, service(name))
        return self._decided[key].allowed

    def names(self, action: str) -> bool:
        """Return whether a statement without conditions allows an action by its whole name."""
        return any(
            isinstance(statement, Statement)
            and not statement.is_deny
            and not statement.is_conditional
            and not statement.excludes_actions
            and isinstance(statement.actions, tuple)
            and any(
                isinstance(listed, str) and listed.lower() == action.lower()
                for listed in statement.actions
            )
            for statement in _all(self.statements)
        )

    @property
    def trusted_services(self) -> str:
        """The services of its trust policy, for people."""
        names: dict[str, None] = {}
        for statement in _all(self.trust):
            if isinstance(statement, Statement) and not statement.is_deny:
                principals = statement.principals
                for principal in principals if isinstance(principals, tuple) else ():
                    names[shown(principal.name)] = None
        return ", ".join(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProfile(Resource):
    """An instance profile, which passes a role to EC2 instances.

    Attributes:
        roles: What it lists as the names of its roles; EC2 allows exactly one.
        arn: Its ARN, as far as it is known.

    Source: IAM API, CreateInstanceProfile and AddRoleToInstanceProfile.
    """

    roles: Maybe[tuple[Text, ...]] = UNKNOWN
    arn: Text = ANYTHING


def trusting(*services: str) -> Statements:
    """Return a trust policy that allows services to assume a role."""
    return (
        Statement(
            actions=(_ASSUME,),
            resources=None,
            principals=tuple(Principal("Service", text(each)) for each in services),
        ),
    )


def _all(statements: Maybe[Statements]) -> Statements:
    return (UNKNOWN,) if statements is UNKNOWN else statements
