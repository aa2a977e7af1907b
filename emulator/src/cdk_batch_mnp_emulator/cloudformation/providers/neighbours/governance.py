"""Budgets, backups, the configuration recorder, detectors, firewalls and resource groups."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Setting, Tagging
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
)
from cdk_batch_mnp_emulator.cloudformation.resource import Context, Properties, Provided, Provider


class Budget(ServiceResource):
    """Provides AWS::Budgets::Budget."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call."""
        own = dict(properties["Budget"])
        own.setdefault("BudgetName", context.name)
        if "BudgetLimit" in own:
            limit = own["BudgetLimit"]
            own["BudgetLimit"] = {**limit, "Amount": str(limit["Amount"])}
        return super().request(context, {**properties, "Budget": own}) | {"AccountId": ACCOUNT}

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the budget."""
        own = {"BudgetName": known["Budget"]["BudgetName"], "AccountId": ACCOUNT}
        return super().provided(context, {**known, **own}, properties)

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the budget gets another name."""
        name = "BudgetName"
        return bool(old["Budget"].get(name) != new["Budget"].get(name))

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Create the budget anew under its name."""
        self.delete(context, provided, old)
        named = {**new["Budget"], "BudgetName": provided.physical_id}
        return self.create(context, {**new, "Budget": named})


class Plan(ServiceResource):
    """Provides AWS::Backup::BackupPlan."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call."""
        plan = dict(properties["BackupPlan"])
        rules = [
            {
                {"TargetBackupVault": "TargetBackupVaultName"}.get(key, key): value
                for key, value in rule.items()
            }
            for rule in plan.pop("BackupPlanRule", [])
        ]
        return super().request(context, properties) | {"BackupPlan": {"Rules": rules, **plan}}


class Group(ServiceResource):
    """Provides AWS::ResourceGroups::Group."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call, with the query as text."""
        query = dict(properties.get("ResourceQuery", {}))
        request = super().request(context, {**properties, "ResourceQuery": query})
        if isinstance(query.get("Query"), dict):
            names = {"ResourceTypeFilters", "TagFilters"}
            own = {key: value for key, value in query["Query"].items() if key in names}
            request["ResourceQuery"] = {**query, "Query": json.dumps(own)}
        return request


class Hub(ServiceResource):
    """Provides AWS::SecurityHub::Hub."""

    def named(self, provided: Provided) -> dict[str, Any]:
        """Return nothing: a Region has one hub."""
        return {}

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Disable the hub."""
        context.call(self.service, self.delete_call)


class WebAcl(ServiceResource):
    """Provides AWS::WAFv2::WebACL, whose calls need a lock token."""

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource, with its lock token."""
        named = self.named(provided)
        kind = self.create_call.removeprefix("Create")
        token = context.call(self.service, f"Get{kind}", **named)["LockToken"]
        context.call(self.service, self.delete_call, **named, LockToken=token)

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the resource, whose reference has three parts."""
        made = super().provided(context, known, properties)
        keys = {name: known[name] for name in ("Name", "Scope", "Id")}
        id = "|".join((known["Name"], known["Id"], known["Scope"]))
        return Provided(id, {**made.attributes, "(keys)": keys})


PROVIDERS: dict[str, Provider] = {
    "AWS::Backup::BackupPlan": Plan(
        service="backup",
        create_call="CreateBackupPlan",
        delete_call="DeleteBackupPlan",
        id="BackupPlanId",
        attributes={
            "BackupPlanArn": "BackupPlanArn",
            "BackupPlanId": "BackupPlanId",
            "VersionId": "VersionId",
        },
        tagging=Tagging(
            "ResourceArn",
            resource="{BackupPlanArn}",
            property="BackupPlanTags",
            created_as="BackupPlanTags",
            is_map=True,
            keys_argument="TagKeyList",
        ),
    ),
    "AWS::Backup::BackupSelection": ServiceResource(
        service="backup",
        is_only_checked=True,
        create_call="CreateBackupSelection",
        delete_call="DeleteBackupSelection",
        id="SelectionId",
        attributes={"Id": "SelectionId", "SelectionId": "SelectionId"},
    ),
    "AWS::Backup::BackupVault": ServiceResource(
        service="backup",
        create_call="CreateBackupVault",
        delete_call="DeleteBackupVault",
        id="BackupVaultName",
        name="BackupVaultName",
        attributes={"BackupVaultArn": "BackupVaultArn", "BackupVaultName": "BackupVaultName"},
        ignored=("AccessPolicy", "Notifications"),
        settings=(Setting("LockConfiguration", "PutBackupVaultLockConfiguration", is_spread=True),),
        tagging=Tagging(
            "ResourceArn",
            resource="{BackupVaultArn}",
            property="BackupVaultTags",
            created_as="BackupVaultTags",
            is_map=True,
            keys_argument="TagKeyList",
        ),
    ),
    "AWS::Budgets::Budget": Budget(
        service="budgets",
        create_call="CreateBudget",
        delete_call="DeleteBudget",
        id="BudgetName",
        keys=("AccountId",),
        ignored=("ResourceTags",),
    ),
    "AWS::CE::AnomalyMonitor": ServiceResource(
        service="ce",
        is_only_checked=True,
        create_call="CreateAnomalyMonitor",
        delete_call="DeleteAnomalyMonitor",
        wrapped="AnomalyMonitor",
        id="MonitorArn",
        attributes={"MonitorArn": "MonitorArn"},
        ignored=("ResourceTags",),
    ),
    "AWS::ResourceGroups::Group": Group(
        service="resource-groups",
        create_call="CreateGroup",
        delete_call="DeleteGroup",
        id="Name",
        name="Name",
        id_argument="GroupName",
        attributes={"Arn": "arn:aws:resource-groups:{Region}:{Account}:group/{Id}"},
        is_recreated=True,
        tagging=Tagging(
            "Arn",
            resource="{Arn}",
            is_map=True,
            tag_call="Tag",
            untag_call="Untag",
            keys_argument="Keys",
        ),
    ),
    "AWS::Config::ConfigRule": ServiceResource(
        service="config",
        create_call="PutConfigRule",
        update_call="PutConfigRule",
        delete_call="DeleteConfigRule",
        wrapped="ConfigRule",
        id="ConfigRuleName",
        name="ConfigRuleName",
    ),
    "AWS::Config::ConfigurationRecorder": ServiceResource(
        service="config",
        create_call="PutConfigurationRecorder",
        update_call="PutConfigurationRecorder",
        delete_call="DeleteConfigurationRecorder",
        wrapped="ConfigurationRecorder",
        id_argument="ConfigurationRecorderName",
        id="Name",
        name="Name",
    ),
    "AWS::Config::DeliveryChannel": ServiceResource(
        service="config",
        create_call="PutDeliveryChannel",
        update_call="PutDeliveryChannel",
        delete_call="DeleteDeliveryChannel",
        wrapped="DeliveryChannel",
        id_argument="DeliveryChannelName",
        id="Name",
        name="Name",
    ),
    "AWS::GuardDuty::Detector": ServiceResource(
        service="guardduty",
        create_call="CreateDetector",
        update_call="UpdateDetector",
        delete_call="DeleteDetector",
        id="DetectorId",
        attributes={"Id": "DetectorId"},
        ignored=("Tags",),
    ),
    "AWS::SecurityHub::Hub": Hub(
        service="securityhub",
        create_call="EnableSecurityHub",
        delete_call="DisableSecurityHub",
        id="arn:aws:securityhub:{Region}:{Account}:hub/default",
        ignored=("Tags", "AutoEnableControls"),
    ),
    "AWS::WAFv2::WebACL": WebAcl(
        service="wafv2",
        create_call="CreateWebACL",
        delete_call="DeleteWebACL",
        answer="Summary",
        id="Id",
        name="Name",
        attributes={"Arn": "ARN", "Id": "Id"},
        tagging=Tagging("ResourceARN", resource="{Arn}"),
    ),
}
