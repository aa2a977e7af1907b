"""AWS::KMS, and what secrets and parameters have besides their values."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Setting, Tagging
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    ProvisioningError,
)

_SHORTEST_WAIT_DAYS = 7
_DOCUMENT_FIXED = {"AttachmentSource", "DocumentType", "Name", "Requires", "TargetType"}


class Key(ServiceResource):
    """Provides AWS::KMS::Key."""

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Set policy, description, rotation and whether the key is enabled."""
        super().modify(context, provided, old, new)
        named = self.named(provided)
        for name, on, off, default in (
            ("EnableKeyRotation", "EnableKeyRotation", "DisableKeyRotation", False),
            ("Enabled", "EnableKey", "DisableKey", True),
        ):
            wanted = _is_true(new.get(name, default))
            if wanted != _is_true(old.get(name, default)):
                context.call("kms", on if wanted else off, **named)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Schedule the deletion of the key."""
        days = int(properties.get("PendingWindowInDays", 30))
        own = {"PendingWindowInDays": max(days, _SHORTEST_WAIT_DAYS)}
        context.call("kms", "ScheduleKeyDeletion", **self.named(provided), **own)


class Document(ServiceResource):
    """Provides AWS::SSM::Document."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call."""
        return {"DocumentFormat": "JSON", **super().request(context, properties)}

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Make a new default version."""
        named = {"Name": provided.physical_id}
        if old["Content"] != new["Content"]:
            self._make_version(context, named, new)
        if self.tagging:
            self.tagging.apply(context, self.service, provided, old, new)
        return provided

    def _make_version(self, context: Context, named: Properties, new: Properties) -> None:
        try:
            answer = context.call(
                "ssm",
                "UpdateDocument",
                **named,
                Content=_as_text(new["Content"]),
                DocumentVersion="$LATEST",
                DocumentFormat=new.get("DocumentFormat", "JSON"),
            )
        except ProvisioningError as error:
            # No two versions have the same content, and a rollback has that of an earlier one.
            if "matches another document" not in str(error):
                raise
            context.call("ssm", "DeleteDocument", **named)
            context.call("ssm", "CreateDocument", **self.request(context, {**new, **named}))
            return
        version = answer["DocumentDescription"]["DocumentVersion"]
        context.call("ssm", "UpdateDocumentDefaultVersion", **named, DocumentVersion=version)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


PROVIDERS: dict[str, Provider] = {
    "AWS::KMS::Alias": ServiceResource(
        service="kms",
        create_call="CreateAlias",
        update_call="UpdateAlias",
        delete_call="DeleteAlias",
        id="AliasName",
        create_only=frozenset({"AliasName"}),
    ),
    "AWS::KMS::Key": Key(
        service="kms",
        create_call="CreateKey",
        delete_call="ScheduleKeyDeletion",
        answer="KeyMetadata",
        id="KeyId",
        attributes={"Arn": "Arn", "KeyId": "KeyId"},
        renamed={"KeyPolicy": "Policy"},
        apart=("EnableKeyRotation", "Enabled", "PendingWindowInDays", "RotationPeriodInDays"),
        ignored=("BypassPolicyLockoutSafetyCheck", "RotationPeriodInDays"),
        settings=(
            Setting("KeyPolicy", "PutKeyPolicy", argument="Policy", at_creation=True),
            Setting("Description", "UpdateKeyDescription", default="", at_creation=True),
        ),
        tagging=Tagging("KeyId", names=("TagKey", "TagValue")),
    ),
    "AWS::SSM::Document": Document(
        service="ssm",
        create_call="CreateDocument",
        delete_call="DeleteDocument",
        id="Name",
        name="Name",
        converted={"Content": _as_text},
        ignored=("UpdateMethod",),
        create_only=frozenset(_DOCUMENT_FIXED),
    ),
    "AWS::SSM::MaintenanceWindow": ServiceResource(
        service="ssm",
        create_call="CreateMaintenanceWindow",
        delete_call="DeleteMaintenanceWindow",
        id="WindowId",
        ignored=("Tags",),
    ),
    "AWS::SSM::PatchBaseline": ServiceResource(
        service="ssm",
        create_call="CreatePatchBaseline",
        delete_call="DeletePatchBaseline",
        id="BaselineId",
        attributes={"Id": "BaselineId"},
        ignored=("PatchGroups", "DefaultBaseline", "Tags"),
    ),
    "AWS::SecretsManager::ResourcePolicy": ServiceResource(
        service="secretsmanager",
        create_call="PutResourcePolicy",
        update_call="PutResourcePolicy",
        delete_call="DeleteResourcePolicy",
        id="SecretId",
        renamed={"ResourcePolicy": "ResourcePolicy"},
    ),
    "AWS::SecretsManager::RotationSchedule": ServiceResource(
        service="secretsmanager",
        is_only_checked=True,
        create_call="RotateSecret",
        delete_call="CancelRotateSecret",
        id="SecretId",
        ignored=("HostedRotationLambda", "RotateImmediatelyOnUpdate"),
    ),
}
