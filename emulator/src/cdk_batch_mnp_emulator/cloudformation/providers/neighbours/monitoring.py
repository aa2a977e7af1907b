"""Alarms and dashboards, filters and destinations of log groups, and trails."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Setting, Tagging
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
)
from cdk_batch_mnp_emulator.cloudformation.resource import Context, Properties, Provided, Provider

_ALARM = "arn:aws:cloudwatch:{Region}:{Account}:alarm:{Id}"
_ALARM_TAGS = Tagging("ResourceARN", resource=_ALARM)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Trail(ServiceResource):
    """Provides AWS::CloudTrail::Trail."""

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Start or stop logging."""
        if old.get("IsLogging", False) != new["IsLogging"]:
            verb = "StartLogging" if new["IsLogging"] else "StopLogging"
            context.call(self.service, verb, **self.named(provided))


PROVIDERS: dict[str, Provider] = {
    "AWS::CloudTrail::Trail": Trail(
        service="cloudtrail",
        create_call="CreateTrail",
        update_call="UpdateTrail",
        delete_call="DeleteTrail",
        id="Name",
        name="Name",
        attributes={"Arn": "TrailARN", "SnsTopicArn": "SnsTopicARN"},
        renamed={
            "CloudWatchLogsLogGroupArn": "CloudWatchLogsLogGroupArn",
            "EnableLogFileValidation": "EnableLogFileValidation",
            "KMSKeyId": "KmsKeyId",
            "TrailName": "Name",
        },
        apart=("IsLogging", "EventSelectors", "InsightSelectors", "AdvancedEventSelectors"),
        create_only=frozenset({"TrailName"}),
        tagging=Tagging(
            "ResourceId",
            resource="{Arn}",
            created_as="TagsList",
            tag_call="AddTags",
            tags_argument="TagsList",
        ),
    ),
    "AWS::CloudWatch::Alarm": ServiceResource(
        service="cloudwatch",
        create_call="PutMetricAlarm",
        update_call="PutMetricAlarm",
        delete_call="DeleteAlarms",
        delete_argument="AlarmNames",
        is_listed=True,
        id="AlarmName",
        name="AlarmName",
        attributes={"Arn": _ALARM},
        tagging=_ALARM_TAGS,
    ),
    "AWS::CloudWatch::CompositeAlarm": ServiceResource(
        service="cloudwatch",
        is_only_checked=True,
        create_call="PutCompositeAlarm",
        update_call="PutCompositeAlarm",
        delete_call="DeleteAlarms",
        delete_argument="AlarmNames",
        is_listed=True,
        id="AlarmName",
        name="AlarmName",
        attributes={"Arn": _ALARM},
        tagging=_ALARM_TAGS,
    ),
    "AWS::CloudWatch::Dashboard": ServiceResource(
        service="cloudwatch",
        create_call="PutDashboard",
        update_call="PutDashboard",
        delete_call="DeleteDashboards",
        delete_argument="DashboardNames",
        is_listed=True,
        id="DashboardName",
        name="DashboardName",
    ),
    "AWS::CloudWatch::InsightRule": ServiceResource(
        service="cloudwatch",
        create_call="PutInsightRule",
        update_call="PutInsightRule",
        delete_call="DeleteInsightRules",
        delete_argument="RuleNames",
        is_listed=True,
        id="RuleName",
        renamed={"RuleBody": "RuleDefinition"},
        converted={"RuleBody": _as_text},
        attributes={
            "Arn": "arn:aws:cloudwatch:{Region}:{Account}:insight-rule/{Id}",
            "RuleName": "RuleName",
        },
    ),
    "AWS::Logs::Destination": ServiceResource(
        service="logs",
        create_call="PutDestination",
        update_call="PutDestination",
        delete_call="DeleteDestination",
        id="DestinationName",
        attributes={"Arn": "arn:aws:logs:{Region}:{Account}:destination:{Id}"},
        settings=(Setting("DestinationPolicy", "PutDestinationPolicy", argument="AccessPolicy"),),
    ),
    "AWS::Logs::LogStream": ServiceResource(
        service="logs",
        create_call="CreateLogStream",
        delete_call="DeleteLogStream",
        id="LogStreamName",
        name="LogStreamName",
        keys=("LogGroupName",),
    ),
    "AWS::Logs::MetricFilter": ServiceResource(
        service="logs",
        create_call="PutMetricFilter",
        is_recreated=True,  # moto would have both
        delete_call="DeleteMetricFilter",
        id="FilterName",
        name="FilterName",
        keys=("LogGroupName",),
    ),
    "AWS::Logs::QueryDefinition": ServiceResource(
        service="logs",
        is_only_checked=True,
        create_call="PutQueryDefinition",
        update_call="PutQueryDefinition",
        delete_call="DeleteQueryDefinition",
        id="queryDefinitionId",
        attributes={"QueryDefinitionId": "queryDefinitionId"},
    ),
    "AWS::Logs::ResourcePolicy": ServiceResource(
        service="logs",
        create_call="PutResourcePolicy",
        update_call="PutResourcePolicy",
        delete_call="DeleteResourcePolicy",
        id="PolicyName",
    ),
    "AWS::Logs::SubscriptionFilter": ServiceResource(
        service="logs",
        create_call="PutSubscriptionFilter",
        update_call="PutSubscriptionFilter",
        delete_call="DeleteSubscriptionFilter",
        id="FilterName",
        name="FilterName",
        keys=("LogGroupName",),
    ),
}
