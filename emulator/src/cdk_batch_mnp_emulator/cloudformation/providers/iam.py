"""AWS::IAM: roles, their policies, instance profiles."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import (
    ApiResource,
    Setting,
    Tagging,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    reset,
)

_HOLDERS = (("Roles", "Role"), ("Users", "User"), ("Groups", "Group"))


_ROLE_DEFAULTS = {"Description": "", "MaxSessionDuration": 3600}


class Role(ApiResource):
    """Provides AWS::IAM::Role."""

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Update the role and its policies."""
        super().modify(context, provided, old, new)
        if old:  # set by the create call
            settings = {key: new[key] for key in _ROLE_DEFAULTS if key in new}
            if settings := settings | reset(old, new, _ROLE_DEFAULTS):
                context.call(self.service, "UpdateRole", **self.named(provided), **settings)
        self._set_policies(context, provided.physical_id, old, new)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the role with its inline policies."""
        self._set_policies(context, provided.physical_id, properties, {})
        super().delete(context, provided, properties)

    def _set_policies(self, context: Context, name: str, old: Properties, new: Properties) -> None:
        before, after = (_documents(each.get("Policies", [])) for each in (old, new))
        for policy in set(before) - set(after):
            context.call("iam", "DeleteRolePolicy", RoleName=name, PolicyName=policy)
        for policy, document in after.items():
            context.call(
                "iam",
                "PutRolePolicy",
                RoleName=name,
                PolicyName=policy,
                PolicyDocument=document,
            )
        attached, wanted = (set(each.get("ManagedPolicyArns", [])) for each in (old, new))
        for arn in attached - wanted:
            context.call("iam", "DetachRolePolicy", RoleName=name, PolicyArn=arn)
        for arn in wanted - attached:
            context.call("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)


class Policy:
    """Provides AWS::IAM::Policy: one inline policy, in each of its roles, users and groups."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Put the policy into each role, user and group."""
        self._put(context, properties)
        return Provided(context.name, {"Id": context.name})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the name of the policy changes."""
        return "PolicyName" in changed(old, new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the policy into each of them, and remove it from those that are no longer listed."""
        for holders, _ in _HOLDERS:
            gone = [each for each in old.get(holders, []) if each not in new.get(holders, [])]
            self.delete(context, provided, {"PolicyName": old["PolicyName"], holders: gone})
        self._put(context, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the policy from each of them."""
        for holders, kind in _HOLDERS:
            for name in properties.get(holders, []):
                context.call(
                    "iam",
                    f"Delete{kind}Policy",
                    **{f"{kind}Name": name},
                    PolicyName=properties["PolicyName"],
                )

    def _put(self, context: Context, properties: Properties) -> None:
        for holders, kind in _HOLDERS:
            for name in properties.get(holders, []):
                context.call(
                    "iam",
                    f"Put{kind}Policy",
                    **{f"{kind}Name": name},
                    PolicyName=properties["PolicyName"],
                    PolicyDocument=properties["PolicyDocument"],
                )


class ManagedPolicy:
    """Provides AWS::IAM::ManagedPolicy, attached to its roles, users and groups."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the policy and attach it."""
        request: dict[str, Any] = {"PolicyName": properties.get("ManagedPolicyName", context.name)}
        for name in ("Description", "Path", "PolicyDocument"):
            if name in properties:
                request[name] = properties[name]
        answer = context.call("iam", "CreatePolicy", **request)
        provided = Provided(answer["Policy"]["Arn"], {"PolicyArn": answer["Policy"]["Arn"]})
        self._attach(context, "Attach", provided, properties, {})
        return provided

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the name, path or description of the policy changes."""
        return bool(changed(old, new) & {"Description", "ManagedPolicyName", "Path"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Create a new default version, and update the attachments of the policy."""
        if old["PolicyDocument"] != new["PolicyDocument"]:
            context.call(
                "iam",
                "CreatePolicyVersion",
                PolicyArn=provided.physical_id,
                PolicyDocument=new["PolicyDocument"],
                SetAsDefault=True,
            )
            self._delete_older_versions(context, provided)
        self._attach(context, "Detach", provided, old, new)
        self._attach(context, "Attach", provided, new, old)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Detach the policy and delete it."""
        self._attach(context, "Detach", provided, properties, {})
        context.call("iam", "DeletePolicy", PolicyArn=provided.physical_id)

    def _delete_older_versions(self, context: Context, provided: Provided) -> None:
        own = {"PolicyArn": provided.physical_id}
        for listed in context.call("iam", "ListPolicyVersions", **own)["Versions"]:
            if not listed["IsDefaultVersion"]:
                version = listed["VersionId"]
                context.call("iam", "DeletePolicyVersion", VersionId=version, **own)

    def _attach(
        self, context: Context, verb: str, provided: Provided, to: Properties, but: Properties
    ) -> None:
        for holders, kind in _HOLDERS:
            for name in set(to.get(holders, [])) - set(but.get(holders, [])):
                own = {f"{kind}Name": name, "PolicyArn": provided.physical_id}
                context.call("iam", f"{verb}{kind}Policy", **own)


class InstanceProfile(ApiResource):
    """Provides AWS::IAM::InstanceProfile."""

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Update the role of the profile."""
        self._set_roles(context, provided.physical_id, old.get("Roles", []), new.get("Roles", []))

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the profile, not its role."""
        self.modify(context, provided, properties, {})
        super().delete(context, provided, properties)

    def _set_roles(self, context: Context, name: str, old: Any, new: Any) -> None:
        for operation, roles in (
            ("RemoveRoleFromInstanceProfile", set(old) - set(new)),
            ("AddRoleToInstanceProfile", set(new) - set(old)),
        ):
            for role in roles:
                context.call("iam", operation, InstanceProfileName=name, RoleName=role)


PROVIDERS: dict[str, Provider] = {
    "AWS::IAM::InstanceProfile": InstanceProfile(
        service="iam",
        create_call="CreateInstanceProfile",
        delete_call="DeleteInstanceProfile",
        answer="InstanceProfile",
        id="InstanceProfileName",
        name="InstanceProfileName",
        attributes={"Arn": "Arn"},
        apart=("Roles",),
        create_only=frozenset({"InstanceProfileName", "Path"}),
    ),
    "AWS::IAM::ManagedPolicy": ManagedPolicy(),
    "AWS::IAM::Policy": Policy(),
    "AWS::IAM::Role": Role(
        service="iam",
        create_call="CreateRole",
        delete_call="DeleteRole",
        answer="Role",
        id="RoleName",
        name="RoleName",
        attributes={"Arn": "Arn", "RoleId": "RoleId"},
        apart=("ManagedPolicyArns", "Policies"),
        create_only=frozenset({"Path", "RoleName"}),
        settings=(
            Setting(
                "AssumeRolePolicyDocument",
                "UpdateAssumeRolePolicy",
                argument="PolicyDocument",
                at_creation=True,
            ),
        ),
        tagging=Tagging("RoleName", tag_call="TagRole", untag_call="UntagRole"),
    ),
}


def _documents(policies: Iterable[Properties]) -> dict[str, str]:
    return {each["PolicyName"]: json.dumps(each["PolicyDocument"]) for each in policies}
