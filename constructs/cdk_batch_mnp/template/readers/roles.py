"""Read IAM roles, and the policies that are attached to them."""

from __future__ import annotations

from collections import defaultdict

from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.job_definition import unknown_role
from cdk_batch_mnp.model.role import Role, Statement
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    PartialText,
    Reference,
    ReferencedResource,
    referred,
)

ROLE = "AWS::IAM::Role"
INSTANCE_PROFILE = "AWS::IAM::InstanceProfile"
MANAGED_POLICY = "AWS::IAM::ManagedPolicy"

_EVERYTHING = ":iam::aws:policy/AdministratorAccess"

Statements = list[Maybe[Statement]]


class Roles:
    """The roles of the templates.

    Args:
        stacks: The stacks that declare them.
    """

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._found: dict[str, Role] = {}
        self._attached: dict[str, Statements] | None = None

    def of(self, value: Value) -> Maybe[Role] | None:
        """Return the role of an ARN, a name or a reference."""
        resource = referred(value, ROLE)
        return unknown_role(value) if resource is UNKNOWN else self._role(resource)

    def of_profile(self, value: Value) -> Maybe[Role] | None:
        """Return the role of an instance profile."""
        resource = referred(value, INSTANCE_PROFILE)
        if resource is UNKNOWN:
            return None if value is None else UNKNOWN
        roles = resource.known.items("Roles")
        if roles is UNKNOWN or not roles:
            return UNKNOWN
        return self.of(roles[0])

    def is_profile(self, value: Value) -> Maybe[bool]:
        """Return whether a name, an ARN or a reference is that of an instance profile.

        The name of a role may also be that of a profile, unless CloudFormation generates it.
        """
        if referred(value, INSTANCE_PROFILE) is not UNKNOWN:
            return True
        texts = value.parts if isinstance(value, PartialText) else (value,)
        if any(isinstance(text, str) and ":role/" in text for text in texts):
            return False
        if not isinstance(value, Reference) or value.resource.type != ROLE:
            return UNKNOWN
        if value.attribute == "Arn":
            return False
        properties = value.resource.properties
        if value.attribute or properties is UNKNOWN or properties.has("RoleName"):
            return UNKNOWN
        names = [
            resource.known.raw("InstanceProfileName")
            for resource in self._stacks.of_type(INSTANCE_PROFILE)
        ]
        return UNKNOWN if UNKNOWN in names or value in names else False

    def _role(self, resource: ReferencedResource) -> Role:
        if resource.id not in self._found:
            properties = resource.properties
            self._found[resource.id] = Role(
                id=resource.id,
                acknowledged=resource.acknowledged,
                statements=UNKNOWN
                if properties is UNKNOWN
                else (
                    *_inline(properties),
                    *self._managed(properties),
                    *self._separately(resource),
                ),
                trusted=UNKNOWN
                if properties is UNKNOWN
                else _trusted(properties.raw("AssumeRolePolicyDocument")),
            )
        return self._found[resource.id]

    def _managed(self, role: ApiStruct) -> Statements:
        arns = role.items("ManagedPolicyArns")
        if arns is UNKNOWN:
            return [UNKNOWN]
        found: Statements = []
        for arn in arns or ():
            policy = referred(arn, MANAGED_POLICY)
            if policy is not UNKNOWN:
                found += _document(policy.known.raw("PolicyDocument"))
            elif _ends_with(arn, _EVERYTHING):
                found.append(Statement(actions=("*",), resources=("*",)))
            else:
                found.append(UNKNOWN)
        return found

    def _separately(self, role: ReferencedResource) -> Statements:
        """Return what separate policies allow a role."""
        if self._attached is None:
            self._attached = defaultdict(list)
            for policy in self._stacks.of_type(
                "AWS::IAM::Policy", MANAGED_POLICY, "AWS::IAM::RolePolicy"
            ):
                properties = policy.known
                owners = properties.items("Roles")
                if owners is None or owners is UNKNOWN:
                    owners = (properties.raw("RoleName"),)
                for each in owners:
                    owner = referred(each, ROLE)
                    if owner is not UNKNOWN:
                        self._attached[owner.id] += (
                            _document(properties.raw("PolicyDocument"))
                            if policy.is_certain
                            else [UNKNOWN]
                        )
        return self._attached.get(role.id, [])


def _inline(role: ApiStruct) -> Statements:
    policies = role.shapes("Policies")
    if policies is UNKNOWN:
        return [UNKNOWN]
    found: Statements = []
    for policy in policies or ():
        found += [UNKNOWN] if policy is UNKNOWN else _document(policy.raw("PolicyDocument"))
    return found


def _document(document: Value) -> Statements:
    statements = document.get("Statement") if isinstance(document, dict) else UNKNOWN
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return [UNKNOWN]
    found: Statements = []
    for statement in statements:
        if not isinstance(statement, dict):
            found.append(UNKNOWN)
        elif statement.get("Effect") == "Allow":
            found.append(_statement(statement))
        elif statement.get("Effect") != "Deny":
            found.append(UNKNOWN)
    return found


def _trusted(document: Value) -> Maybe[tuple[Maybe[str], ...]]:
    """Return the services that a trust policy names, with or without a condition."""
    statements = document.get("Statement") if isinstance(document, dict) else UNKNOWN
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return UNKNOWN
    found: list[Maybe[str]] = []
    for statement in statements:
        if not isinstance(statement, dict) or not {"NotPrincipal", "NotAction"}.isdisjoint(
            statement
        ):
            found.append(UNKNOWN)
        elif statement.get("Effect") != "Deny":
            found += _trusted_by(statement)
    return tuple(found)


def _trusted_by(statement: dict[str, Value]) -> list[Maybe[str]]:
    actions, principal = _texts(statement.get("Action")), statement.get("Principal")
    if actions is UNKNOWN or UNKNOWN in actions or statement.get("Effect") != "Allow":
        return [UNKNOWN]
    if not any(action.lower() in ("*", "sts:*", "sts:assumerole") for action in actions if action):
        return []
    if principal == "*":
        return ["*"]
    if not isinstance(principal, dict):
        return [UNKNOWN]
    services = _texts(principal.get("Service", []))
    found: list[Maybe[str]] = [UNKNOWN] if services is UNKNOWN else list(services)
    accounts = _texts(principal.get("AWS", []))
    return [*found, "*"] if accounts is not UNKNOWN and "*" in accounts else found


def _statement(statement: dict[str, Value]) -> Maybe[Statement]:
    # A condition may narrow any permission, and NotAction cannot be written as a list of actions.
    if not {"Condition", "NotAction", "NotResource"}.isdisjoint(statement):
        return UNKNOWN
    return Statement(
        actions=_texts(statement.get("Action")), resources=_texts(statement.get("Resource"))
    )


def _texts(value: Value) -> Maybe[tuple[Maybe[str], ...]]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(each if isinstance(each, str) else UNKNOWN for each in value)
    return UNKNOWN


def _ends_with(value: Value, end: str) -> bool:
    if isinstance(value, PartialText):
        value = value.last
    return isinstance(value, str) and value.endswith(end)
