"""AWS::DynamoDB: tables, global ones as their replica in the Region of the stack."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import NOTHING
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import gone_already
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    without,
)

_CREATED = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
)
_FIXED = {"KeySchema", "LocalSecondaryIndexes", "TableName"}
_UPDATED = ("BillingMode", "DeletionProtectionEnabled", "ProvisionedThroughput", "TableClass")
_OF_INDEX = (
    "IndexName",
    "KeySchema",
    "OnDemandThroughput",
    "Projection",
    "ProvisionedThroughput",
)
_FREE = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
"""Throughput of tables whose capacity an autoscaling setting of a global table gives."""


class Table:
    """Provides AWS::DynamoDB::Table."""

    def properties(self, context: Context, properties: Properties) -> Properties:
        """Return the properties as those of a table in one Region."""
        return properties

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the table, and set what its creation does not take."""
        own = self.properties(context, properties)
        name = own.get("TableName", context.name)
        request = {key: own[key] for key in _CREATED if key in own} | {"TableName": name}
        if "GlobalSecondaryIndexes" in own:
            request["GlobalSecondaryIndexes"] = [_index(i) for i in own["GlobalSecondaryIndexes"]]
        request |= _encryption(own) | _stream(own)
        if tags := context.tag_list(own):
            request["Tags"] = tags
        described = context.call("dynamodb", "CreateTable", **request)["TableDescription"]
        provided = _provided(context, name, described)
        self._set(context, name, NOTHING, own)
        return provided

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the name or the key of the table changes."""
        return bool(changed(old, new) & _FIXED)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the table, one index after the other, as DynamoDB requires it."""
        name = provided.physical_id
        before, after = self.properties(context, old), self.properties(context, new)
        different = changed(before, after)
        request = {key: after[key] for key in _UPDATED if key in different and key in after}
        if different & {"StreamSpecification"} and before.get("StreamSpecification"):
            off = {"StreamEnabled": False}
            context.call("dynamodb", "UpdateTable", TableName=name, StreamSpecification=off)
        if different & {"StreamSpecification"}:
            request |= _stream(after)
        if different & {"SSESpecification"}:
            request |= _encryption(after)
        if request:
            context.call("dynamodb", "UpdateTable", TableName=name, **request)
        self._set_indexes(context, name, before, after)
        self._set_tags(context, provided, before, after)
        self._set(context, name, before, after)
        described = context.call("dynamodb", "DescribeTable", TableName=name)["Table"]
        return _provided(context, name, described)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the table."""
        with gone_already():
            context.call("dynamodb", "DeleteTable", TableName=provided.physical_id)

    def _set_indexes(self, context: Context, name: str, old: Properties, new: Properties) -> None:
        before, after = _indexes(old), _indexes(new)
        changes: list[dict[str, Any]] = [
            {"Delete": {"IndexName": index}}
            for index in before
            if before[index] != after.get(index) and _is_other(before[index], after.get(index))
        ]
        changes += [
            {"Create": after[index]}
            for index in after
            if before.get(index) != after[index] and _is_other(after[index], before.get(index))
        ]
        changes += [
            {"Update": {"IndexName": index, key: after[index][key]}}
            for index in set(before) & set(after)
            for key in ("ProvisionedThroughput",)
            if key in after[index] and before[index].get(key) != after[index][key]
        ]
        for change in changes:
            context.call(
                "dynamodb",
                "UpdateTable",
                TableName=name,
                AttributeDefinitions=new["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=[change],
            )

    def _set_tags(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        arn = provided.attributes["Arn"]
        before, after = (
            {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
            for properties in (old, new)
        )
        # moto keeps the old value of a tag that it gets again.
        if gone := sorted(key for key in before if before[key] != after.get(key)):
            context.call("dynamodb", "UntagResource", ResourceArn=arn, TagKeys=gone)
        if after and before != after:
            context.call("dynamodb", "TagResource", ResourceArn=arn, Tags=list(new["Tags"]))

    def _set(self, context: Context, name: str, old: Properties, new: Properties) -> None:
        live = "TimeToLiveSpecification"
        before, after = old.get(live), new.get(live)
        if before != after:
            off = {**(before or {}), "Enabled": False}
            context.call("dynamodb", "UpdateTimeToLive", TableName=name, **{live: after or off})
        backups = "PointInTimeRecoverySpecification"
        if old.get(backups) != new.get(backups):
            own = new.get(backups, {"PointInTimeRecoveryEnabled": False})
            enabled = {backups: without(own, "RecoveryPeriodInDays")}
            context.call("dynamodb", "UpdateContinuousBackups", TableName=name, **enabled)
        if (policy := new.get("ResourcePolicy")) and policy != old.get("ResourcePolicy"):
            arn = _arn(context, name)
            document = policy["PolicyDocument"]
            context.call("dynamodb", "PutResourcePolicy", ResourceArn=arn, Policy=document)


class GlobalTable(Table):
    """Provides AWS::DynamoDB::GlobalTable, which TableV2 of the CDK is."""

    def properties(self, context: Context, properties: Properties) -> Properties:
        """Return the properties of the replica in the Region of the stack, with the common ones."""
        replicas = properties.get("Replicas", [])
        own: Properties = next((each for each in replicas if each["Region"] == context.region), {})
        is_paid = properties.get("BillingMode") == "PAY_PER_REQUEST"
        throughput = {} if is_paid else {"ProvisionedThroughput": _FREE}
        indexes = [
            without(index, "WriteProvisionedThroughputSettings", "WriteOnDemandThroughputSettings")
            | throughput
            for index in properties.get("GlobalSecondaryIndexes", [])
        ]
        common = without(
            properties,
            "Replicas",
            "WriteProvisionedThroughputSettings",
            "WriteOnDemandThroughputSettings",
        )
        kept = without(
            own,
            "Region",
            "GlobalSecondaryIndexes",
            "ReadProvisionedThroughputSettings",
            "ReadOnDemandThroughputSettings",
        )
        return {
            **common,
            **throughput,
            **kept,
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        }


def _index(index: Properties) -> dict[str, Any]:
    return {key: index[key] for key in _OF_INDEX if key in index}


def _indexes(properties: Properties) -> dict[str, dict[str, Any]]:
    return {
        index["IndexName"]: _index(index) for index in properties.get("GlobalSecondaryIndexes", [])
    }


def _is_other(index: Properties, than: Properties | None) -> bool:
    fixed = ("KeySchema", "Projection")
    return than is None or any(index.get(key) != than.get(key) for key in fixed)


def _stream(properties: Properties) -> dict[str, Any]:
    if "StreamSpecification" not in properties:
        return {}
    kept = without(properties["StreamSpecification"], "ResourcePolicy")
    return {"StreamSpecification": {"StreamEnabled": True, **kept}}


def _encryption(properties: Properties) -> dict[str, Any]:
    if "SSESpecification" not in properties:
        return {}
    own = dict(properties["SSESpecification"])
    return {"SSESpecification": {"Enabled": own.pop("SSEEnabled", False), **own}}


def _arn(context: Context, name: str) -> str:
    return f"arn:aws:dynamodb:{context.region}:{ACCOUNT}:table/{name}"


def _provided(context: Context, name: str, described: Properties) -> Provided:
    attributes = {
        "Arn": described["TableArn"],
        "StreamArn": described.get("LatestStreamArn", ""),
        "TableId": described.get("TableId", ""),
    }
    return Provided(name, attributes)


PROVIDERS: dict[str, Provider] = {
    "AWS::DynamoDB::GlobalTable": GlobalTable(),
    "AWS::DynamoDB::Table": Table(),
}
