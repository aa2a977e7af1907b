"""IAM policies, and whether they allow an action on a resource.

Source: IAM User Guide, policy evaluation logic and IAM JSON policy elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.partial_text import Text, Token, matches
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, is_known

ANYTHING: Text = (UNKNOWN,)
"""A resource or principal of which nothing is known."""
PARTITION, REGION, ACCOUNT = (
    Token(f"any {name}", is_segment=True) for name in ("partition", "Region", "account")
)
"""Segments of ARNs of which nothing is known."""

_SUFFIXES = (
    *(".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".c2s.ic.gov"),
    *(".sc2s.sgov.gov", ".csp.hci.ic.gov", ".cloud.adc-e.uk"),
)
"""How the principals of services end, in any partition. Source: botocore, partitions.json."""

PrincipalKind = Literal["AWS", "Service", "Federated", "CanonicalUser"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A principal of a policy, or the caller that a policy is evaluated for.

    Attributes:
        name: An ARN or an account; for a service, its principal (``ec2.amazonaws.com``).
    """

    kind: PrincipalKind
    name: Text


def service(name: str) -> Principal:
    """Return the caller for a service (``ec2``, ``ecs-tasks``), in any partition."""
    return Principal("Service", (name,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of a policy, as written.

    Attributes:
        is_deny: Whether its effect is ``Deny``.
        actions: The actions, with wildcards; letter case does not count.
        excludes_actions: Whether it is for all other actions (``NotAction``).
        resources: The resources, with wildcards; ``None`` if the policy has no such element, as
            trust policies.
        excludes_resources: Whether it is for all other resources (``NotResource``).
        principals: The principals of a resource policy; ``None`` in a policy of a role. Unknown
            for ``NotPrincipal``.
        is_conditional: Whether it has conditions, which may hold or not.
        origin: The policy that it belongs to, for people.
    """

    is_deny: bool = False
    actions: Maybe[tuple[Maybe[str], ...]] = UNKNOWN
    excludes_actions: bool = False
    resources: Maybe[tuple[Text, ...]] | None = UNKNOWN
    excludes_resources: bool = False
    principals: Maybe[tuple[Principal, ...]] | None = None
    is_conditional: bool = False
    origin: str = ""

    def applies(self, action: str, resource: Text, caller: Principal | None) -> Maybe[bool]:
        """Return whether it is about an action of a caller on a resource."""
        is_certain = not self.is_conditional
        for answer in self._answers(action, resource, caller):
            if answer is False:
                return False
            is_certain = is_certain and answer is True
        return True if is_certain else UNKNOWN

    def _answers(
        self, action: str, resource: Text, caller: Principal | None
    ) -> Iterator[Maybe[bool]]:
        yield _about(self._action(action), self.excludes_actions)
        if self.resources is not None:
            yield _about(_any_of(self.resources, resource), self.excludes_resources)
        if caller is not None and self.principals is not None:
            yield _named(self.principals, caller)

    def _action(self, action: str) -> Maybe[bool]:
        if self.actions is UNKNOWN:
            return UNKNOWN
        wanted = (action.lower(),)
        if any(
            pattern is not UNKNOWN and matches((pattern.lower(),), wanted) is True
            for pattern in self.actions
        ):
            return True
        return UNKNOWN if UNKNOWN in self.actions else False


Statements = tuple[Maybe[Statement], ...]
"""The statements of some policies; ``UNKNOWN`` for each that cannot be known."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether policies allow an action.

    Attributes:
        allowed: Unknown if it depends on what is not known.
        reason: Why it is not allowed, for people.
        is_denied: Whether a ``Deny`` statement forbids it, whatever else allows it.
    """

    allowed: Maybe[bool]
    reason: str = ""
    is_denied: bool = False


def decide(
    statements: Statements, action: str, resource: Text = ANYTHING, caller: Principal | None = None
) -> Decision:
    """Return whether statements allow an action on a resource.

    A condition may hold or not: whatever depends on one is unknown.

    Args:
        statements: The statements of all policies that apply.
        action: The action, without wildcards.
        resource: The ARN of the resource.
        caller: Who calls, in a resource policy.
    """
    may_be_allowed = may_be_denied = is_allowed = False
    for statement in statements:
        if statement is UNKNOWN:
            may_be_allowed = may_be_denied = True
            continue
        applies = statement.applies(action, resource, caller)
        if applies is False:
            continue
        if statement.is_deny:
            if applies is True:
                return Decision(False, f"{statement.origin or 'a policy'} denies it", True)
            may_be_denied = True
        else:
            may_be_allowed = True
            is_allowed = is_allowed or applies is True
    if not may_be_allowed:
        return Decision(False, "no policy allows it")
    return Decision(True if is_allowed and not may_be_denied else UNKNOWN)


def either(one: Decision, other: Decision) -> Decision:
    """Return what two policies decide together, each of which is enough to allow an action.

    In one account, either the caller's own policies or the resource's policy allow it.
    """
    for decision in (one, other):
        if decision.is_denied:
            return decision
    if one.allowed is False:
        return Decision(other.allowed, one.reason)
    if other.allowed is False or one.allowed is UNKNOWN:
        return one
    return other


def limited(decision: Decision, boundary: Decision) -> Decision:
    """Return a decision within a permissions boundary, which has to allow the action too."""
    if decision.allowed is False:
        return decision
    if boundary.allowed is False:
        reason = boundary.reason if boundary.is_denied else "the permissions boundary forbids it"
        return Decision(False, reason, boundary.is_denied)
    return Decision(UNKNOWN) if UNKNOWN in (decision.allowed, boundary.allowed) else decision


def _about(named: Maybe[bool], excludes: bool) -> Maybe[bool]:
    return named if named is UNKNOWN else named is not excludes


def _any_of(patterns: Maybe[Iterable[Text]], value: Text) -> Maybe[bool]:
    if patterns is UNKNOWN:
        return UNKNOWN
    answers = [matches(pattern, value) for pattern in patterns]
    return True if True in answers else UNKNOWN if UNKNOWN in answers else False


def _named(principals: Maybe[Iterable[Principal]], caller: Principal) -> Maybe[bool]:
    if principals is UNKNOWN:
        return UNKNOWN
    answers = [_is(principal, caller) for principal in principals]
    return True if True in answers else UNKNOWN if UNKNOWN in answers else False


def _is(principal: Principal, caller: Principal) -> Maybe[bool]:
    if principal.kind == "AWS" and principal.name == ("*",):
        return True
    if caller.name == ANYTHING:
        return UNKNOWN
    if principal.kind != caller.kind:
        return False
    if principal.kind == "Service":
        return _same_service(principal.name, caller.name)
    if _is_account(principal.name):
        return False  # It leaves the decision to the policies of the account's roles.
    # A principal has no wildcards, so that it can be the pattern.
    same = matches(principal.name, caller.name)
    return UNKNOWN if same is False and _may_be_a_unique_id(principal.name) else same


@lru_cache(maxsize=1024)
def _same_service(name: Text, caller: Text) -> Maybe[bool]:
    """Compare services up to the first dot: the rest depends on the partition."""
    whole = matches((*caller, ".*"), name)
    if whole is True and isinstance(only := name[0], str) and len(name) == 1:
        return only.endswith(_SUFFIXES)
    if whole is not UNKNOWN:
        return whole
    first = name[0]
    # ``ec2.${AWS::URLSuffix}``: what is not known comes after the name of the service.
    if isinstance(first, str) and "." in first:
        return first.partition(".")[0] == caller[0]
    return UNKNOWN


def _is_account(name: Text) -> bool:
    if name and isinstance(name[-1], str) and name[-1].endswith(":root"):
        return True
    only = name[0] if len(name) == 1 else None
    if isinstance(only, Token):
        return only.name.startswith("AWS::AccountId")
    return isinstance(only, str) and len(only) == 12 and only.isdigit()


def _may_be_a_unique_id(name: Text) -> bool:
    """Return whether a principal may be the unique ID of a role (``AROA...``)."""
    return all(is_known(each) for each in name) and not any(
        isinstance(part, str) and ":" in part for part in name
    )
