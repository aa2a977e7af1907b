"""AWS::SecretsManager: secrets that containers are given."""

from __future__ import annotations

import json
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

_TEMPLATE = ("GenerateStringKey", "SecretStringTemplate")


class Secret:
    """Provides AWS::SecretsManager::Secret."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the secret, with a drawn value if the template asks for one."""
        request: dict[str, Any] = {"Name": context.name}
        request |= without(properties, "GenerateSecretString", "ReplicaRegions", "Tags")
        if (drawing := properties.get("GenerateSecretString")) is not None:
            request["SecretString"] = self._drawn(context, drawing)
        answer = context.call(
            "secretsmanager", "CreateSecret", Tags=context.tag_list(properties), **request
        )
        return Provided(answer["ARN"], {"Id": answer["ARN"]})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the secret gets another name."""
        return "Name" in changed(old, new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the secret's value and description."""
        values = {
            key: new[key] for key in ("Description", "KmsKeyId", "SecretString") if key in new
        } | reset(old, new, {"Description": ""})
        context.call("secretsmanager", "UpdateSecret", SecretId=provided.physical_id, **values)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the secret for good."""
        context.call(
            "secretsmanager",
            "DeleteSecret",
            SecretId=provided.physical_id,
            ForceDeleteWithoutRecovery=True,
        )

    def _drawn(self, context: Context, drawing: Properties) -> str:
        rest = without(drawing, *_TEMPLATE)
        drawn = context.call("secretsmanager", "GetRandomPassword", **rest)["RandomPassword"]
        if "GenerateStringKey" not in drawing:
            return str(drawn)
        template = json.loads(drawing.get("SecretStringTemplate", "{}"))
        return json.dumps(template | {drawing["GenerateStringKey"]: drawn})


PROVIDERS: dict[str, Provider] = {"AWS::SecretsManager::Secret": Secret()}
