"""AWS::IAM: roles, their policies, instance profiles."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    reset,
    without,
)

_HOLDERS = (("Roles", "Role"), ("Users", "User"), ("Groups", "Group"))


class Role:
    """Provides AWS::IAM::Role."""

    _APART = ("ManagedPolicyArns", "Policies", "Tags")

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the role with its policies."""
        answer = context.call(
            "iam",
            "CreateRole",
            **{"RoleName": context.name} | without(properties, *self._APART),
            Tags=context.tag_list(properties),
        )
        role = answer["Role"]
        provided = Provided(role["RoleName"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})
        self._set_policies(context, role["RoleName"], {}, properties)
        return provided

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the role gets another name or path."""
        return bool(changed(old, new) & {"Path", "RoleName"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the role in its place."""
        name = provided.physical_id
        if old["AssumeRolePolicyDocument"] != new["AssumeRolePolicyDocument"]:
            context.call(
                "iam",
                "UpdateAssumeRolePolicy",
                RoleName=name,
                PolicyDocument=new["AssumeRolePolicyDocument"],
            )
        defaults = {"Description": "", "MaxSessionDuration": 3600}
        settings = {key: new[key] for key in defaults if key in new} | reset(old, new, defaults)
        if settings:
            context.call("iam", "UpdateRole", RoleName=name, **settings)
        self._set_policies(context, name, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the role with its own policies."""
        self._set_policies(context, provided.physical_id, properties, {})
        context.call("iam", "DeleteRole", RoleName=provided.physical_id)

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
        """Put the policy into each."""
        self._put(context, properties)
        return Provided(context.name, {"Id": context.name})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the policy gets another name."""
        return "PolicyName" in changed(old, new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the policy into each, and take it from those that are gone."""
        for holders, _ in _HOLDERS:
            gone = [each for each in old.get(holders, []) if each not in new.get(holders, [])]
            self.delete(context, provided, {"PolicyName": old["PolicyName"], holders: gone})
        self._put(context, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Take the policy from each."""
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
        """Whether the policy gets another name, path or description."""
        return bool(changed(old, new) & {"Description", "ManagedPolicyName", "Path"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the next version into force, and attach the policy anew."""
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
        for each in context.call("iam", "ListPolicyVersions", **own)["Versions"]:
            if not each["IsDefaultVersion"]:
                version = each["VersionId"]
                context.call("iam", "DeletePolicyVersion", VersionId=version, **own)

    def _attach(
        self, context: Context, verb: str, provided: Provided, to: Properties, but: Properties
    ) -> None:
        for holders, kind in _HOLDERS:
            for name in set(to.get(holders, [])) - set(but.get(holders, [])):
                own = {f"{kind}Name": name, "PolicyArn": provided.physical_id}
                context.call("iam", f"{verb}{kind}Policy", **own)


class InstanceProfile:
    """Provides AWS::IAM::InstanceProfile."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the profile around its role."""
        name = properties.get("InstanceProfileName", context.name)
        answer = context.call(
            "iam",
            "CreateInstanceProfile",
            **without(properties, "Roles") | {"InstanceProfileName": name},
        )
        self._set_roles(context, name, [], properties["Roles"])
        return Provided(name, {"Arn": answer["InstanceProfile"]["Arn"]})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the profile gets another name or path."""
        return bool(changed(old, new) & {"InstanceProfileName", "Path"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the profile's role."""
        self._set_roles(context, provided.physical_id, old["Roles"], new["Roles"])
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the profile, not its role."""
        name = provided.physical_id
        self._set_roles(context, name, properties["Roles"], [])
        context.call("iam", "DeleteInstanceProfile", InstanceProfileName=name)

    def _set_roles(self, context: Context, name: str, old: Any, new: Any) -> None:
        for operation, roles in (
            ("RemoveRoleFromInstanceProfile", set(old) - set(new)),
            ("AddRoleToInstanceProfile", set(new) - set(old)),
        ):
            for role in roles:
                context.call("iam", operation, InstanceProfileName=name, RoleName=role)


PROVIDERS: dict[str, Provider] = {
    "AWS::IAM::InstanceProfile": InstanceProfile(),
    "AWS::IAM::ManagedPolicy": ManagedPolicy(),
    "AWS::IAM::Policy": Policy(),
    "AWS::IAM::Role": Role(),
}


def _documents(policies: Iterable[Properties]) -> dict[str, str]:
    return {each["PolicyName"]: json.dumps(each["PolicyDocument"]) for each in policies}
