"""Log groups, parameters and bucket policies."""

from __future__ import annotations

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
    without,
)

_NOT_IN_MOTO = (
    "BearerTokenAuthenticationEnabled",
    "DataProtectionPolicy",
    "DeletionProtectionEnabled",
    "FieldIndexPolicies",
    "ResourcePolicyDocument",
)
"""Properties of log groups that are accepted without effect."""

_LOG_GROUP = "arn:aws:logs:{Region}:{Account}:log-group:{Id}"


class BucketPolicy(ApiResource):
    """Provides AWS::S3::BucketPolicy."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the call that puts the bucket policy."""
        return {"Bucket": properties["Bucket"], "Policy": properties["PolicyDocument"]}

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the new bucket policy."""
        return self.create(context, new)


class SsmParameter(ApiResource):
    """Provides AWS::SSM::Parameter."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the call that puts the parameter."""
        request = super().request(context, properties)
        # A call that overwrites a parameter accepts no tags.
        return without(request, "Tags") if "Overwrite" in request else request

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the new value of the parameter."""
        return self.create(context, {**new, **self.named(provided), "Overwrite": True})


PROVIDERS: dict[str, Provider] = {
    "AWS::Logs::LogGroup": ApiResource(
        service="logs",
        create_call="CreateLogGroup",
        delete_call="DeleteLogGroup",
        id="LogGroupName",
        name="LogGroupName",
        attributes={"Arn": f"{_LOG_GROUP}:*"},
        create_only=frozenset({"LogGroupName"}),
        apart=_NOT_IN_MOTO,
        settings=(
            Setting("RetentionInDays", "PutRetentionPolicy", reset_call="DeleteRetentionPolicy"),
        ),
        tagging=Tagging("resourceArn", resource=_LOG_GROUP, is_map=True),
    ),
    "AWS::S3::BucketPolicy": BucketPolicy(
        service="s3",
        create_call="PutBucketPolicy",
        delete_call="DeleteBucketPolicy",
        id="Bucket",
        create_only=frozenset({"Bucket"}),
    ),
    "AWS::SSM::Parameter": SsmParameter(
        service="ssm",
        create_call="PutParameter",
        delete_call="DeleteParameter",
        id="Name",
        name="Name",
        attributes={"Type": "Type", "Value": "Value"},
        create_only=frozenset({"Name"}),
        tagging=Tagging("ResourceId"),
    ),
}
