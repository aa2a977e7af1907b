"""Log groups, parameters, and the policies of buckets."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.account import arn
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    without,
)


class LogGroup:
    """Provides AWS::Logs::LogGroup."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the group, and say how long it keeps events."""
        name = properties.get("LogGroupName", context.name)
        request: dict[str, Any] = {"logGroupName": name}
        for key in ("KmsKeyId", "LogGroupClass"):
            if key in properties:
                request[key] = properties[key]
        if tags := context.tag_list(properties):
            request["tags"] = {each["Key"]: each["Value"] for each in tags}
        context.call("logs", "CreateLogGroup", **request)
        self._keep(context, name, properties)
        return Provided(name, {"Arn": arn("logs", context.region, f"log-group:{name}:*")})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the group gets another name."""
        return "LogGroupName" in changed(old, new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change how long the group keeps events, and its tags."""
        self._keep(context, provided.physical_id, new)
        before, after = (
            {each["Key"]: each["Value"] for each in properties.get("Tags", [])}
            for properties in (old, new)
        )
        own_arn = str(provided.attributes["Arn"]).removesuffix(":*")
        if gone := sorted(set(before) - set(after)):
            context.call("logs", "UntagResource", resourceArn=own_arn, tagKeys=gone)
        if after and after != before:
            context.call("logs", "TagResource", resourceArn=own_arn, tags=after)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the group with its events."""
        context.call("logs", "DeleteLogGroup", logGroupName=provided.physical_id)

    def _keep(self, context: Context, name: str, properties: Properties) -> None:
        days = properties.get("RetentionInDays")
        if days is None:
            context.call("logs", "DeleteRetentionPolicy", logGroupName=name)
        else:
            context.call("logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=days)


class BucketPolicy:
    """Provides AWS::S3::BucketPolicy."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Put the policy on the bucket."""
        self._put(context, properties)
        return Provided(properties["Bucket"])

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether it is another bucket's."""
        return "Bucket" in changed(old, new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the new policy on the bucket."""
        self._put(context, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Take the policy from the bucket."""
        context.call("s3", "DeleteBucketPolicy", Bucket=provided.physical_id)

    def _put(self, context: Context, properties: Properties) -> None:
        context.call(
            "s3",
            "PutBucketPolicy",
            Bucket=properties["Bucket"],
            Policy=properties["PolicyDocument"],
        )


class SsmParameter:
    """Provides AWS::SSM::Parameter."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Put the parameter into the store."""
        named = {"Name": context.name} | dict(properties)
        tags = {**context.tags, **properties.get("Tags", {})}
        named["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        return self._put(context, named)

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the parameter gets another name."""
        return "Name" in changed(old, new)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Put the new value into the store."""
        named = without(new, "Tags") | {"Name": provided.physical_id, "Overwrite": True}
        return self._put(context, named)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the parameter."""
        context.call("ssm", "DeleteParameter", Name=provided.physical_id)

    def _put(self, context: Context, named: Properties) -> Provided:
        context.call("ssm", "PutParameter", **named)
        return Provided(named["Name"], {"Type": named["Type"], "Value": named["Value"]})


PROVIDERS: dict[str, Provider] = {
    "AWS::Logs::LogGroup": LogGroup(),
    "AWS::S3::BucketPolicy": BucketPolicy(),
    "AWS::SSM::Parameter": SsmParameter(),
}
