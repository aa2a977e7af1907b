"""APIs of API Gateway, and the users of Cognito."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ReplacedOnChange
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
    gone_already,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
)


class RestApi(ServiceResource):
    """Provides AWS::ApiGateway::RestApi."""

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the API, with the ID of its root."""
        made = super().provided(context, known, properties)
        found = context.call("apigateway", "GetResources", restApiId=made.physical_id)["items"]
        root = next(each["id"] for each in found if each["path"] == "/")
        return Provided(made.physical_id, {**made.attributes, "RootResourceId": root})


class Method(ServiceResource):
    """Provides AWS::ApiGateway::Method, with its integration."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Put the method, its responses and its integration."""
        made = super().create(context, properties)
        named = self.named(made)
        for response in properties.get("MethodResponses", []):
            context.call("apigateway", "PutMethodResponse", **named, **response)
        integration = dict(properties.get("Integration", {}))
        if integration:
            responses = integration.pop("IntegrationResponses", [])
            if "IntegrationHttpMethod" in integration:
                integration["integrationHttpMethod"] = integration.pop("IntegrationHttpMethod")
            context.call("apigateway", "PutIntegration", **named, **integration)
            for response in responses:
                context.call("apigateway", "PutIntegrationResponse", **named, **response)
        return made


class UserPool(ServiceResource):
    """Provides AWS::Cognito::UserPool."""

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the pool."""
        made = super().provided(context, known, properties)
        id = made.physical_id
        host = f"cognito-idp.{context.region}.amazonaws.com/{id}"
        own = {"ProviderName": host, "ProviderURL": f"https://{host}", "UserPoolId": id}
        return Provided(id, {**made.attributes, **own})


class IdentityPoolRoles(ReplacedOnChange):
    """Provides AWS::Cognito::IdentityPoolRoleAttachment. Roles have no effect here."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Take the attachment."""
        return Provided(str(properties["IdentityPoolId"]), {"Id": properties["IdentityPoolId"]})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Leave the pool."""


class Account(ReplacedOnChange):
    """Provides AWS::ApiGateway::Account. The role of its logs has no effect here."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Take the setting."""
        return Provided(context.name, {"Id": context.name})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Leave the setting."""


class Domain(ServiceResource):
    """Provides AWS::Cognito::UserPoolDomain."""

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the domain."""
        with gone_already():
            context.call(
                self.service,
                self.delete_call,
                Domain=provided.physical_id,
                UserPoolId=properties["UserPoolId"],
            )


def _v2(kind: str, id: str, **more: Any) -> ServiceResource:
    return ServiceResource(
        service="apigatewayv2",
        create_call=f"Create{kind}",
        update_call=f"Update{kind}" if kind not in {"Stage"} else "",
        delete_call=f"Delete{kind}",
        id=id,
        **more,
    )


PROVIDERS: dict[str, Provider] = {
    "AWS::ApiGateway::Account": Account(),
    "AWS::ApiGateway::Authorizer": ServiceResource(
        service="apigateway",
        create_call="CreateAuthorizer",
        delete_call="DeleteAuthorizer",
        id="id",
        id_argument="authorizerId",
        name="Name",
        keys=("RestApiId",),
        renamed={"ProviderARNs": "providerARNs"},
        attributes={"AuthorizerId": "id"},
    ),
    "AWS::ApiGateway::Deployment": ServiceResource(
        service="apigateway",
        create_call="CreateDeployment",
        delete_call="DeleteDeployment",
        id="id",
        id_argument="deploymentId",
        keys=("RestApiId",),
        attributes={"DeploymentId": "id"},
    ),
    "AWS::ApiGateway::Method": Method(
        service="apigateway",
        create_call="PutMethod",
        delete_call="DeleteMethod",
        id="{RestApiId}-{ResourceId}-{HttpMethod}",
        id_argument="httpMethod",
        key="{HttpMethod}",
        keys=("RestApiId", "ResourceId"),
        apart=("Integration", "MethodResponses"),
        is_recreated=True,
    ),
    "AWS::ApiGateway::Resource": ServiceResource(
        service="apigateway",
        create_call="CreateResource",
        delete_call="DeleteResource",
        id="id",
        id_argument="resourceId",
        keys=("RestApiId",),
        attributes={"ResourceId": "id"},
    ),
    "AWS::ApiGateway::RestApi": RestApi(
        service="apigateway",
        create_call="CreateRestApi",
        delete_call="DeleteRestApi",
        id="id",
        id_argument="restApiId",
        name="Name",
        attributes={"RestApiId": "id"},
        create_only=frozenset({"Name"}),
        ignored=("Body", "BodyS3Location", "Mode", "FailOnWarnings", "Tags"),
    ),
    "AWS::ApiGateway::Stage": ServiceResource(
        service="apigateway",
        create_call="CreateStage",
        delete_call="DeleteStage",
        id="StageName",
        keys=("RestApiId",),
        create_only=frozenset({"RestApiId", "StageName"}),
        ignored=("AccessLogSetting", "MethodSettings", "Tags"),
    ),
    "AWS::ApiGatewayV2::Api": _v2(
        "Api",
        "ApiId",
        name="Name",
        attributes={"ApiEndpoint": "ApiEndpoint", "ApiId": "ApiId"},
        create_only=frozenset({"ProtocolType"}),
        ignored=("Body", "BodyS3Location", "FailOnWarnings"),
    ),
    "AWS::ApiGatewayV2::Authorizer": _v2(
        "Authorizer", "AuthorizerId", keys=("ApiId",), attributes={"AuthorizerId": "AuthorizerId"}
    ),
    "AWS::ApiGatewayV2::Integration": _v2(
        "Integration",
        "IntegrationId",
        keys=("ApiId",),
        attributes={"IntegrationId": "IntegrationId"},
    ),
    "AWS::ApiGatewayV2::Route": _v2(
        "Route", "RouteId", keys=("ApiId",), attributes={"RouteId": "RouteId"}
    ),
    "AWS::ApiGatewayV2::Stage": _v2(
        "Stage",
        "StageName",
        keys=("ApiId",),
        create_only=frozenset({"ApiId", "StageName"}),
        ignored=("Tags",),
    ),
    "AWS::Cognito::IdentityPool": ServiceResource(
        service="cognito-identity",
        create_call="CreateIdentityPool",
        delete_call="DeleteIdentityPool",
        id="IdentityPoolId",
        name="IdentityPoolName",
        attributes={"Id": "IdentityPoolId", "Name": "IdentityPoolName"},
        create_only=frozenset({"IdentityPoolName"}),
        ignored=("CognitoStreams", "CognitoEvents", "PushSync", "IdentityPoolTags"),
    ),
    "AWS::Cognito::IdentityPoolRoleAttachment": IdentityPoolRoles(),
    "AWS::Cognito::UserPool": UserPool(
        service="cognito-idp",
        create_call="CreateUserPool",
        update_call="UpdateUserPool",
        delete_call="DeleteUserPool",
        answer="UserPool",
        id="Id",
        id_argument="UserPoolId",
        name="PoolName",
        renamed={"UserPoolName": "PoolName"},
        attributes={"Arn": "Arn"},
        create_only=frozenset({"AliasAttributes", "UsernameAttributes"}),
        ignored=("EnabledMfas", "WebAuthnRelyingPartyID", "WebAuthnUserVerification"),
    ),
    "AWS::Cognito::UserPoolClient": ServiceResource(
        service="cognito-idp",
        create_call="CreateUserPoolClient",
        update_call="UpdateUserPoolClient",
        delete_call="DeleteUserPoolClient",
        answer="UserPoolClient",
        id="ClientId",
        name="ClientName",
        keys=("UserPoolId",),
        attributes={"ClientId": "ClientId", "Name": "ClientName", "ClientSecret": "ClientSecret"},
        create_only=frozenset({"GenerateSecret", "UserPoolId"}),
    ),
    "AWS::Cognito::UserPoolDomain": Domain(
        service="cognito-idp",
        create_call="CreateUserPoolDomain",
        delete_call="DeleteUserPoolDomain",
        id="Domain",
        attributes={"CloudFrontDistribution": "CloudFrontDomain"},
    ),
    "AWS::Cognito::UserPoolGroup": ServiceResource(
        service="cognito-idp",
        create_call="CreateGroup",
        update_call="UpdateGroup",
        delete_call="DeleteGroup",
        id="GroupName",
        name="GroupName",
        keys=("UserPoolId",),
    ),
}
