"""Read IAM roles, and the policies that are attached to them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.managed_policies import managed_policy, path_of
from cdk_batch_mnp.model.node_group import unknown_role
from cdk_batch_mnp.model.partial_text import Text, is_open, shown
from cdk_batch_mnp.model.policy import Statements
from cdk_batch_mnp.model.role import REGISTER, InstanceProfile, MisplacedPolicy, Role, trusting
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.intrinsics import resolve
from cdk_batch_mnp.template.evaluation.stack import NESTED_STACK, TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    PartialText,
    Pseudo,
    Reference,
    ReferencedResource,
    referred,
    tail,
)
from cdk_batch_mnp.template.readers.policies import read_policy
from cdk_batch_mnp.template.readers.texts import INSTANCE_PROFILE, MANAGED_POLICY, ROLE, Texts

_SEPARATE = ("AWS::IAM::Policy", MANAGED_POLICY, "AWS::IAM::RolePolicy")
_AWS_MANAGED = ":iam::aws:policy/"
_BATCH = "batch:"
_CONNECTOR = "AWS::Serverless::Connector"
_CUSTOM = "AWS::CloudFormation::CustomResource"
_UNKNOWN: Statements = (UNKNOWN,)


class Roles:
    """The roles of the templates.

    Args:
        stacks: The stacks that declare them.
        texts: The texts of the same stacks.
    """

    def __init__(self, stacks: Stacks, texts: Texts) -> None:
        self._stacks = stacks
        self._texts = texts
        self._found: dict[str, Role] = {}
        self._attached: dict[str, Statements] | None = None

    def of(self, value: Value) -> Maybe[Role] | None:
        """Return the role of an ARN, a name or a reference."""
        resource = self._declared(value)
        if resource is not UNKNOWN:
            return self._role(resource)
        if value is not None and (linked := _service_linked(self._texts.of(value))) is not None:
            return linked
        if isinstance(value, Pseudo):
            # The same parameter names the same role.
            return Role(id=shown(self._texts.of(value)))
        return unknown_role(value)

    def of_profile(self, value: Value) -> Maybe[Role] | None:
        """Return the role of an instance profile; ``None`` if no profile is set."""
        profile = self._profile(value)
        if profile is UNKNOWN:
            return None if value is None else UNKNOWN
        roles = profile.known.items("Roles")
        return UNKNOWN if roles is UNKNOWN or not roles else self.of(roles[0])

    def profile(self, value: Value) -> InstanceProfile | None:
        """Return the instance profile of the templates that a value names."""
        profile = self._profile(value)
        if profile is UNKNOWN or profile.properties is UNKNOWN:
            return None
        listed = profile.known.items("Roles")
        return InstanceProfile(
            id=profile.id,
            acknowledged=profile.acknowledged,
            roles=UNKNOWN
            if listed is UNKNOWN
            else tuple(self._texts.of(each) for each in listed or ()),
            arn=self._texts.profile_arn(profile),
        )

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

    @cached_property
    def deployers(self) -> tuple[Role, ...]:
        """The roles that certainly register job definitions.

        They name the action, or allow it and are for AWS CloudFormation.
        """
        owners = (ROLE, *_SEPARATE)
        # Few templates have such a role, and many have thousands of others.
        if not any(_BATCH in str(each.body).lower() for each in self._stacks.of_type(*owners)):
            return ()
        roles = (self._role(each) for each in self._stacks.of_type(ROLE))
        return tuple(
            role
            for role in roles
            if role.decide(REGISTER).allowed is not False
            and (role.names(REGISTER) or role.may_be_assumed_by("cloudformation") is True)
        )

    def _profile(self, value: Value) -> Maybe[ReferencedResource]:
        profile = referred(value, INSTANCE_PROFILE)
        if profile is not UNKNOWN or not isinstance(value, (str, PartialText, Pseudo)):
            return profile
        # ``arn:aws:iam::${AWS::AccountId}:instance-profile/name``: a profile of this account.
        last = value.parts[-1] if isinstance(value, PartialText) else ""
        is_arn = isinstance(last, str) and ":instance-profile/" in last
        return self._named_profiles.get(self._texts.of(tail(value) if is_arn else value), UNKNOWN)

    def _declared(self, value: Value) -> Maybe[ReferencedResource]:
        """Return the role of the templates that a value refers to, or whose name it is."""
        resource = referred(value, ROLE)
        if resource is not UNKNOWN or value is None:
            return resource
        if isinstance(value, PartialText):
            # ``arn:aws:iam::${AWS::AccountId}:role/name``: a role of this account.
            end = tail(value)
            is_arn = isinstance(end, str) and isinstance(value.parts[-1], str)
            value = end if is_arn and ":role" in str(value.parts[-1]) else value
        if not isinstance(value, (str, PartialText, Pseudo)):
            return UNKNOWN
        return self._named.get(self._texts.of(value), UNKNOWN)

    @cached_property
    def _without_known_names(self) -> tuple[str, ...]:
        return tuple(
            role.id for role in self._stacks.of_type(ROLE) if is_open(self._texts.name(role))
        )

    @cached_property
    def _named(self) -> dict[Text, ReferencedResource]:
        """The roles with fixed names; none for a name that is not known, or that several have."""
        found: dict[Text, list[ReferencedResource]] = defaultdict(list)
        for resource in self._stacks.of_type(ROLE):
            if resource.known.has("RoleName"):
                found[self._texts.name(resource)].append(resource)
        return _only_ones(found)

    @cached_property
    def _named_profiles(self) -> dict[Text, ReferencedResource]:
        found: dict[Text, list[ReferencedResource]] = defaultdict(list)
        for resource in self._stacks.of_type(INSTANCE_PROFILE):
            if resource.known.has("InstanceProfileName"):
                name = self._texts.of(resource.known.raw("InstanceProfileName"))
                found[name].append(resource)
        return _only_ones(found)

    def _role(self, resource: ReferencedResource) -> Role:
        if resource.id not in self._found:
            properties = resource.properties
            if properties is UNKNOWN:
                self._found[resource.id] = Role(id=resource.id, acknowledged=resource.acknowledged)
                return self._found[resource.id]
            path = properties.text("Path")
            boundary = properties.raw("PermissionsBoundary")
            self._found[resource.id] = Role(
                id=resource.id,
                acknowledged=resource.acknowledged,
                statements=(
                    *self._inline(properties),
                    *self._managed(properties),
                    *self._separately(resource),
                ),
                boundary=None if boundary is None else self._of_policy(boundary),
                trust=read_policy(
                    properties.raw("AssumeRolePolicyDocument"), self._texts, "the trust policy"
                ),
                arn=self._texts.role_arn(resource),
                path="/" if path is None else path,
                misplaced_policies=tuple(_misplaced(properties.items("ManagedPolicyArns"))),
            )
        return self._found[resource.id]

    def _inline(self, role: ApiStruct) -> Statements:
        policies = role.shapes("Policies")
        if policies is UNKNOWN:
            return _UNKNOWN
        found: Statements = ()
        for policy in policies or ():
            found += _UNKNOWN if policy is UNKNOWN else self._document(policy)
        return found

    def _document(self, policy: ApiStruct) -> Statements:
        name = policy.text("PolicyName")
        origin = f"policy {name}" if isinstance(name, str) else "a policy of the role"
        return read_policy(policy.raw("PolicyDocument"), self._texts, origin)

    def _managed(self, role: ApiStruct) -> Statements:
        arns = role.items("ManagedPolicyArns")
        if arns is UNKNOWN:
            return _UNKNOWN
        found: Statements = ()
        for arn in arns or ():
            found += self._of_policy(arn)
        return found

    def _of_policy(self, arn: Value) -> Statements:
        """Return the statements of the managed policy with an ARN."""
        policy = referred(arn, MANAGED_POLICY)
        if policy is not UNKNOWN:
            return self._written(policy)
        path = _aws_managed_path(arn)
        return (None if path is None else managed_policy(path)) or _UNKNOWN

    def _written(self, policy: ReferencedResource) -> Statements:
        statements = read_policy(policy.known.raw("PolicyDocument"), self._texts, policy.id)
        return statements if policy.is_certain else _perhaps(statements)

    def _separately(self, role: ReferencedResource) -> Statements:
        """Return what separate policies allow a role, or may allow it."""
        if self._attached is None:
            self._attached = {}
            for policy in self._stacks.of_type(*_SEPARATE):
                for owner, is_certain in self._owners(policy):
                    written = self._written(policy)
                    self._attach(owner, written if is_certain else _perhaps(written))
            for resource in self._attaching():
                for logical_id in _mentioned(resource.known):
                    self._attach(logical_id, _UNKNOWN)
            for logical_id in self._exported:
                self._attach(logical_id, _UNKNOWN)
            if not self._stacks.is_whole:
                self._attach(_ANY_ROLE, _UNKNOWN)
        return self._attached.get(role.id, ()) + self._attached.get(_ANY_ROLE, ())

    def _attach(self, owner: str, statements: Statements) -> None:
        assert self._attached is not None  # noqa: S101 - for the type checker
        self._attached[owner] = self._attached.get(owner, ()) + statements

    def _owners(self, policy: ReferencedResource) -> Iterator[tuple[str, bool]]:
        """Yield the IDs of the roles that a policy may be attached to, and whether it is."""
        properties = policy.known
        if policy.properties is UNKNOWN:
            yield _ANY_ROLE, False
            return
        owners: Iterable[Value] | None = None
        listed = properties.items("Roles")
        if policy.type in _SEPARATE[:2]:
            owners = None if listed is UNKNOWN else listed or ()
        elif (name := properties.raw("RoleName")) is not UNKNOWN:
            owners = (name,)
        for owner in (UNKNOWN,) if owners is None else owners:
            role = self._declared(owner)
            if role is not UNKNOWN:
                yield role.id, True
            elif is_open(self._texts.of(owner)):
                yield _ANY_ROLE, False
            else:
                # A role whose name is a parameter may be the one that is named here.
                for logical_id in self._without_known_names:
                    yield logical_id, False

    @property
    def _exported(self) -> Iterator[str]:
        """Yield the IDs of the roles to which other stacks may attach policies by their name."""
        for stack in self._stacks.all:
            for output in stack.outputs.values():
                if not isinstance(output, Mapping) or "Export" not in output:
                    continue
                value = resolve(stack, output.get("Value"))
                if not isinstance(value, Reference) or value.attribute:
                    continue
                if value.resource.type == ROLE:
                    yield value.resource.id

    def _attaching(self) -> Iterator[TemplateResource]:
        """Yield the resources that may attach policies to the roles that they mention."""
        for stack in self._stacks.all:
            for resource in stack.resources.values():
                if (
                    resource.type.startswith("Custom::")
                    or resource.type in (_CUSTOM, _CONNECTOR)
                    or (resource.type == NESTED_STACK and resource.logical_id not in stack.nested)
                ):
                    yield resource


def _service_linked(name: Text) -> Role | None:
    """Return the service-linked role with an ARN, which only its service may assume."""
    found = re.search(r"role/aws-service-role/([a-z0-9-]+\.[a-z0-9.-]+)/", shown(name))
    return None if found is None else Role(id=shown(name), arn=name, trust=trusting(found[1]))


_ANY_ROLE = ""
"""In place of the ID of a role: what may be attached to any of them."""


def _only_ones(
    found: Mapping[Text, list[ReferencedResource]],
) -> dict[Text, ReferencedResource]:
    return {
        name: resources[0]
        for name, resources in found.items()
        if len(resources) == 1 and UNKNOWN not in name
    }


def _perhaps(statements: Statements) -> Statements:
    """Return the statements of a policy that may be attached, or not."""
    return tuple(
        UNKNOWN if statement is UNKNOWN else replace(statement, is_conditional=True)
        for statement in statements
    )


def _mentioned(properties: ApiStruct) -> Iterator[str]:
    pending: list[Value] = [properties.raw(name) for name in properties]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, PartialText):
            pending += value.parts
        elif isinstance(value, Reference) and value.resource.type == ROLE:
            yield value.resource.id


def _aws_managed_path(arn: Value) -> str | None:
    """Return path and name of the AWS managed policy with an ARN, in any partition."""
    end = arn.parts[-1] if isinstance(arn, PartialText) else arn
    if not isinstance(end, str) or _AWS_MANAGED not in end:
        return None
    return end.rpartition(_AWS_MANAGED)[2]


def _misplaced(arns: Maybe[tuple[Value, ...]] | None) -> Iterator[MisplacedPolicy]:
    for index, arn in enumerate(() if arns is UNKNOWN or arns is None else arns):
        named = _aws_managed_path(arn)
        actual = None if named is None else path_of(named.rpartition("/")[2])
        if named is not None and actual is not None and named != actual:
            yield MisplacedPolicy(index=index, named=named, actual=actual)
