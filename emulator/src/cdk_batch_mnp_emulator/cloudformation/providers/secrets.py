"""AWS::SecretsManager: secrets that containers read."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ApiResource, Tagging
from cdk_batch_mnp_emulator.cloudformation.resource import Context, Properties, Provider, without

_TEMPLATE = ("GenerateStringKey", "SecretStringTemplate")


class Secret(ApiResource):
    """Provides AWS::SecretsManager::Secret."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call, with a random value if requested."""
        request = super().request(context, properties)
        if (drawing := properties.get("GenerateSecretString")) is not None:
            request["SecretString"] = self._drawn(context, drawing)
        return request

    def _drawn(self, context: Context, drawing: Properties) -> str:
        rest = without(drawing, *_TEMPLATE)
        drawn = context.call(self.service, "GetRandomPassword", **rest)["RandomPassword"]
        if "GenerateStringKey" not in drawing:
            return str(drawn)
        template = json.loads(drawing.get("SecretStringTemplate", "{}"))
        return json.dumps(template | {drawing["GenerateStringKey"]: drawn})


PROVIDERS: dict[str, Provider] = {
    "AWS::SecretsManager::Secret": Secret(
        service="secretsmanager",
        create_call="CreateSecret",
        update_call="UpdateSecret",
        delete_call="DeleteSecret",
        id="ARN",
        id_argument="SecretId",
        name="Name",
        attributes={"Id": "ARN"},
        apart=("GenerateSecretString", "ReplicaRegions"),
        create_only=frozenset({"Name"}),
        defaults={"Description": ""},
        deletion={"ForceDeleteWithoutRecovery": True},
        tagging=Tagging("SecretId"),
    )
}
