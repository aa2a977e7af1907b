"""AWS::IAM: users and groups with their policies and keys, and identity providers."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import (
    NOTHING,
    ReplacedOnChange,
    Tagging,
)
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
    gone_already,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    ProvisioningError,
    changed,
)


@dataclass(frozen=True, kw_only=True)
class Identity(ServiceResource):
    """Provides AWS::IAM::User and AWS::IAM::Group, with their inline and managed policies.

    Attributes:
        kind: ``User`` or ``Group``.
    """

    kind: str
    service: str = "iam"

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Set the policies, and of users their groups and password."""
        named = self.named(provided)
        before, after = _inline(old), _inline(new)
        for name in set(before) - set(after):
            self._call(context, "Delete{}Policy", **named, PolicyName=name)
        for name, document in after.items():
            if before.get(name) != document:
                own = {"PolicyName": name, "PolicyDocument": document}
                self._call(context, "Put{}Policy", **named, **own)
        for verb, arns in _differences(old, new, "ManagedPolicyArns", "Detach", "Attach"):
            for arn in arns:
                self._call(context, f"{verb}{{}}Policy", **named, PolicyArn=arn)
        for verb, groups in _differences(old, new, "Groups", "RemoveUserFrom", "AddUserTo"):
            for group in groups:
                with gone_already() if verb == "RemoveUserFrom" else contextlib.nullcontext():
                    context.call("iam", f"{verb}Group", **named, GroupName=group)
        self._set_login(context, provided, old, new)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the identity, with what belongs to it."""
        with gone_already():
            self.modify(context, provided, properties, NOTHING)
            if self.kind == "Group":
                for user in context.call("iam", "GetGroup", **self.named(provided))["Users"]:
                    own = {"UserName": user["UserName"], **self.named(provided)}
                    context.call("iam", "RemoveUserFromGroup", **own)
        super().delete(context, provided, properties)

    def _set_login(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        before, after = old.get("LoginProfile"), new.get("LoginProfile")
        if before == after:
            return
        named = self.named(provided)
        if after is None:
            context.call("iam", "DeleteLoginProfile", **named)
        else:
            verb = "Create" if before is None else "Update"
            context.call("iam", f"{verb}LoginProfile", **named, **after)

    def _call(self, context: Context, operation: str, **arguments: Any) -> None:
        context.call("iam", operation.format(self.kind), **arguments)


class Membership(ReplacedOnChange):
    """Provides AWS::IAM::UserToGroupAddition."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Add the users to the group."""
        for user in properties["Users"]:
            context.call("iam", "AddUserToGroup", UserName=user, GroupName=properties["GroupName"])
        return Provided(context.name, {"Id": context.name})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Remove the users from the group."""
        for user in properties["Users"]:
            own = {"UserName": user, "GroupName": properties["GroupName"]}
            with gone_already():
                context.call("iam", "RemoveUserFromGroup", **own)


@dataclass(frozen=True)
class InlinePolicy:
    """Provides AWS::IAM::RolePolicy, AWS::IAM::UserPolicy and AWS::IAM::GroupPolicy."""

    kind: str

    def create(self, context: Context, properties: Properties) -> Provided:
        """Put the policy."""
        context.call("iam", f"Put{self.kind}Policy", **properties)
        return Provided(f"{properties['PolicyName']}|{properties[f'{self.kind}Name']}")

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the policy gets another name or holder."""
        return bool(changed(old, new) - {"PolicyDocument"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the new policy."""
        return self.create(context, new)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the policy."""
        own = {name: properties[name] for name in (f"{self.kind}Name", "PolicyName")}
        with gone_already():
            context.call("iam", f"Delete{self.kind}Policy", **own)


class AccessKey(ServiceResource):
    """Provides AWS::IAM::AccessKey."""

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Activate or deactivate the key."""
        status = new.get("Status", "Active")
        if status != old.get("Status", "Active"):
            context.call("iam", "UpdateAccessKey", **self.named(provided), Status=status)


class ServiceLinkedRole(ServiceResource):
    """Provides AWS::IAM::ServiceLinkedRole. An account has one of each."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the role."""
        try:
            return super().create(context, properties)
        except ProvisioningError as error:
            if "taken" not in str(error) and "exists" not in str(error):
                raise
            raise ProvisioningError(
                f"Service role name for {properties['AWSServiceName']} has been taken in this "
                "account"
            ) from error


def _inline(properties: Properties) -> dict[str, Any]:
    return {each["PolicyName"]: each["PolicyDocument"] for each in properties.get("Policies", [])}


def _differences(
    old: Properties, new: Properties, name: str, gone: str, added: str
) -> list[tuple[str, list[str]]]:
    before, after = old.get(name, []), new.get(name, [])
    return [
        (gone, [each for each in before if each not in after]),
        (added, [each for each in after if each not in before]),
    ]


PROVIDERS: dict[str, Provider] = {
    "AWS::IAM::AccessKey": AccessKey(
        service="iam",
        create_call="CreateAccessKey",
        delete_call="DeleteAccessKey",
        answer="AccessKey",
        id="AccessKeyId",
        keys=("UserName",),
        attributes={"SecretAccessKey": "SecretAccessKey"},
        apart=("Status",),
    ),
    "AWS::IAM::Group": Identity(
        kind="Group",
        create_call="CreateGroup",
        update_call="UpdateGroup",
        delete_call="DeleteGroup",
        answer="Group",
        id="GroupName",
        name="GroupName",
        attributes={"Arn": "Arn"},
        apart=("ManagedPolicyArns", "Policies"),
        create_only=frozenset({"GroupName", "Path"}),
    ),
    "AWS::IAM::GroupPolicy": InlinePolicy("Group"),
    "AWS::IAM::OIDCProvider": ServiceResource(
        service="iam",
        create_call="CreateOpenIDConnectProvider",
        delete_call="DeleteOpenIDConnectProvider",
        id="OpenIDConnectProviderArn",
        attributes={"Arn": "OpenIDConnectProviderArn"},
        name="Url",
        renamed={"ClientIdList": "ClientIDList"},
        is_recreated=True,
        tagging=Tagging(
            "OpenIDConnectProviderArn",
            tag_call="TagOpenIDConnectProvider",
            untag_call="UntagOpenIDConnectProvider",
        ),
    ),
    "AWS::IAM::RolePolicy": InlinePolicy("Role"),
    "AWS::IAM::SAMLProvider": ServiceResource(
        service="iam",
        create_call="CreateSAMLProvider",
        update_call="UpdateSAMLProvider",
        delete_call="DeleteSAMLProvider",
        id="SAMLProviderArn",
        name="Name",
        attributes={"Arn": "SAMLProviderArn"},
        renamed={"SamlMetadataDocument": "SAMLMetadataDocument"},
        create_only=frozenset({"Name"}),
        ignored=("Tags",),
    ),
    "AWS::IAM::ServiceLinkedRole": ServiceLinkedRole(
        service="iam",
        create_call="CreateServiceLinkedRole",
        delete_call="DeleteServiceLinkedRole",
        update_call="UpdateRole",
        answer="Role",
        id="RoleName",
        attributes={"RoleName": "RoleName"},
        create_only=frozenset({"AWSServiceName", "CustomSuffix"}),
    ),
    "AWS::IAM::User": Identity(
        kind="User",
        create_call="CreateUser",
        delete_call="DeleteUser",
        answer="User",
        id="UserName",
        name="UserName",
        attributes={"Arn": "Arn"},
        apart=("Groups", "LoginProfile", "ManagedPolicyArns", "Policies"),
        ignored=("PermissionsBoundary",),
        create_only=frozenset({"UserName", "Path"}),
        tagging=Tagging("UserName", tag_call="TagUser", untag_call="UntagUser"),
    ),
    "AWS::IAM::UserPolicy": InlinePolicy("User"),
    "AWS::IAM::UserToGroupAddition": Membership(),
}
