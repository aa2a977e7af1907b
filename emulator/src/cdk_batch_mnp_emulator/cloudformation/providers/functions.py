"""Lambda functions with their versions, aliases and layers, and state machines."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ApiResource, Tagging
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    ProvisioningError,
    changed,
    without,
)

_FUNCTION = "arn:aws:lambda:{Region}:{Account}:function:{Id}"
_FUNCTION_APART = (
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DurableConfig",
    "FunctionScalingConfig",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "RuntimeManagementConfig",
    "SnapStart",
    "TenancyConfig",
)
"""Properties that are accepted without effect."""

_MODULE = "index"

_FOR_INLINE_CODE = Path(__file__).with_name("cfn_response")
"""Modules that CloudFormation adds to inline code, to answer for custom resources.

Source: CloudFormation user guide, "cfn-response module".
"""
_WORD = re.compile(r"\$\{([\w.-]+)\}")


class Function(ApiResource):
    """Provides AWS::Lambda::Function."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the creating call, with inline code as a zip file."""
        request = super().request(context, properties)
        return request | {"Code": _code(properties)}

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the code, the configuration or both."""
        different = changed(old, new)
        named = self.named(provided)
        if different & {"Code", "Runtime"}:
            context.call(self.service, "UpdateFunctionCode", **named, **_code(new))
        apart = {*self.apart, "Architectures", "Code", "FunctionName", "PackageType", "Tags"}
        if different - apart:
            request = without(new, *apart)
            if "Environment" in old:
                request.setdefault("Environment", {"Variables": {}})
            context.call(self.service, "UpdateFunctionConfiguration", **named, **request)
        if self.tagging:
            self.tagging.apply(context, self.service, provided, old, new)
        return provided


def _code(properties: Properties) -> dict[str, Any]:
    code = dict(properties["Code"])
    code.pop("SourceKMSKeyArn", None)
    if "ZipFile" in code:
        code["ZipFile"] = _zipped(str(code["ZipFile"]), str(properties.get("Runtime", "")))
    return code


def _zipped(text: str, runtime: str) -> bytes:
    end = "js" if runtime.startswith("nodejs") else "py"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{_MODULE}.{end}", text)
        if "cfn-response" in text or "cfnresponse" in text:
            archive.write(_FOR_INLINE_CODE / "cfnresponse.py", "cfnresponse.py")
            archive.write(_FOR_INLINE_CODE / "cfn-response.js", "node_modules/cfn-response.js")
    return content.getvalue()


class Version(ApiResource):
    """Provides AWS::Lambda::Version."""

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Leave the version; it ends with its function."""


class Alias(ApiResource):
    """Provides AWS::Lambda::Alias."""

    def named(self, provided: Provided) -> dict[str, Any]:
        """Return the arguments that name the alias in a call."""
        function, _, name = provided.physical_id.rpartition(":")
        return {"FunctionName": function, "Name": name}


class LayerVersion(ApiResource):
    """Provides AWS::Lambda::LayerVersion."""

    def named(self, provided: Provided) -> dict[str, Any]:
        """Return the arguments that name the version in a call."""
        layer, _, number = provided.physical_id.rpartition(":")
        return {"LayerName": layer.rpartition(":")[2], "VersionNumber": int(number)}


class StateMachine(ApiResource):
    """Provides AWS::StepFunctions::StateMachine."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the creating call."""
        request = super().request(context, properties)
        for theirs, ours in (("StateMachineName", "Name"), ("StateMachineType", "Type")):
            if theirs in request:
                request[ours] = request.pop(theirs)
        return request | {"Definition": _definition(context, properties)}

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the definition and the configuration."""
        request = without(new, *self.apart, "StateMachineName", "StateMachineType", "Tags")
        request["Definition"] = _definition(context, new)
        context.call(self.service, "UpdateStateMachine", **self.named(provided), **request)
        if self.tagging:
            self.tagging.apply(context, self.service, provided, old, new)
        return provided


def _definition(context: Context, properties: Properties) -> str:
    if "DefinitionString" in properties:
        text = str(properties["DefinitionString"])
    elif "Definition" in properties:
        text = json.dumps(properties["Definition"])
    elif "DefinitionS3Location" in properties:
        where = properties["DefinitionS3Location"]
        found = context.call("s3", "GetObject", Bucket=where["Bucket"], Key=where["Key"])
        text = found["Body"].read().decode()
    else:
        raise ProvisioningError(
            "a state machine needs DefinitionString, Definition or DefinitionS3Location"
        )
    words: Mapping[str, Any] = properties.get("DefinitionSubstitutions", {})
    return _WORD.sub(lambda match: str(words.get(match[1], match[0])), text)


PROVIDERS: dict[str, Provider] = {
    "AWS::Lambda::Alias": Alias(
        service="lambda",
        create_call="CreateAlias",
        update_call="UpdateAlias",
        delete_call="DeleteAlias",
        id="AliasArn",
        attributes={"AliasArn": "AliasArn"},
        apart=("ProvisionedConcurrencyConfig",),
        create_only=frozenset({"FunctionName", "Name"}),
    ),
    "AWS::Lambda::Function": Function(
        service="lambda",
        create_call="CreateFunction",
        delete_call="DeleteFunction",
        id="FunctionName",
        name="FunctionName",
        attributes={"Arn": _FUNCTION},
        create_only=frozenset({"FunctionName", "PackageType"}),
        apart=_FUNCTION_APART,
        tagging=Tagging("Resource", resource=_FUNCTION, is_map=True),
    ),
    "AWS::Lambda::LayerVersion": LayerVersion(
        service="lambda",
        create_call="PublishLayerVersion",
        delete_call="DeleteLayerVersion",
        id="LayerVersionArn",
        name="LayerName",
        attributes={"LayerVersionArn": "LayerVersionArn"},
        create_only=frozenset({"Content", "LayerName"}),
    ),
    "AWS::Lambda::Version": Version(
        service="lambda",
        create_call="PublishVersion",
        delete_call="",
        id="FunctionArn",
        attributes={"FunctionArn": "FunctionArn", "Version": "Version"},
        apart=("ProvisionedConcurrencyConfig", "RuntimePolicy", "FunctionScalingConfig"),
    ),
    "AWS::StepFunctions::StateMachine": StateMachine(
        service="stepfunctions",
        create_call="CreateStateMachine",
        delete_call="DeleteStateMachine",
        id="stateMachineArn",
        name="StateMachineName",
        attributes={"Arn": "stateMachineArn", "Name": "Name"},
        create_only=frozenset({"StateMachineName", "StateMachineType"}),
        apart=("Definition", "DefinitionS3Location", "DefinitionString", "DefinitionSubstitutions"),
        tagging=Tagging("resourceArn"),
    ),
}
