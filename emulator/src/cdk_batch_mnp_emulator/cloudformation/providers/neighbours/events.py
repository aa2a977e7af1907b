"""What EventBridge, its scheduler and its pipes have besides rules, and activities."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Tagging
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
)
from cdk_batch_mnp_emulator.cloudformation.resource import Context, Properties, Provider, without


class BusPolicy(ServiceResource):
    """Provides AWS::Events::EventBusPolicy."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the call that adds the statement, in either of its two forms."""
        if "Statement" not in properties:
            return super().request(context, properties)
        statement = {"Sid": properties["StatementId"], **properties["Statement"]}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        bus = {key: properties[key] for key in ("EventBusName",) if key in properties}
        return {**bus, "Policy": policy, "StatementId": properties["StatementId"]}


class Schedule(ServiceResource):
    """Provides AWS::Scheduler::Schedule."""

    def update(self, context: Context, provided: Any, old: Properties, new: Properties) -> Any:
        """Set the whole schedule, as the update call requires it."""
        own = {"Name": provided.physical_id}
        context.call(self.service, self.update_call, **{**without(new, "Name"), **own})
        return provided


PROVIDERS: dict[str, Provider] = {
    "AWS::Events::ApiDestination": ServiceResource(
        service="events",
        create_call="CreateApiDestination",
        update_call="UpdateApiDestination",
        delete_call="DeleteApiDestination",
        id="Name",
        name="Name",
        attributes={"Arn": "ApiDestinationArn", "ArnForPolicy": "ApiDestinationArn"},
    ),
    "AWS::Events::Connection": ServiceResource(
        service="events",
        create_call="CreateConnection",
        update_call="UpdateConnection",
        delete_call="DeleteConnection",
        id="Name",
        name="Name",
        attributes={
            "Arn": "ConnectionArn",
            "ArnForPolicy": "ConnectionArn",
            "SecretArn": "arn:aws:secretsmanager:{Region}:{Account}:secret:events!connection/{Id}",
        },
    ),
    "AWS::Events::EventBusPolicy": BusPolicy(
        service="events",
        create_call="PutPermission",
        update_call="PutPermission",
        delete_call="RemovePermission",
        id="StatementId",
        keys=("EventBusName",),
    ),
    "AWS::Pipes::Pipe": ServiceResource(
        service="pipes",
        create_call="CreatePipe",
        update_call="UpdatePipe",
        delete_call="DeletePipe",
        id="Name",
        name="Name",
        attributes={"Arn": "Arn"},
        create_only=frozenset({"Name", "Source"}),
        tagging=Tagging("resourceArn", resource="{Arn}", is_map=True),
    ),
    "AWS::Scheduler::Schedule": Schedule(
        service="scheduler",
        create_call="CreateSchedule",
        update_call="UpdateSchedule",
        delete_call="DeleteSchedule",
        id="Name",
        name="Name",
        keys=("GroupName",),
        attributes={"Arn": "ScheduleArn"},
        create_only=frozenset({"Name", "GroupName"}),
    ),
    "AWS::Scheduler::ScheduleGroup": ServiceResource(
        service="scheduler",
        create_call="CreateScheduleGroup",
        delete_call="DeleteScheduleGroup",
        id="Name",
        name="Name",
        attributes={"Arn": "ScheduleGroupArn"},
        tagging=Tagging("ResourceArn", resource="{Arn}"),
    ),
    "AWS::StepFunctions::Activity": ServiceResource(
        service="stepfunctions",
        create_call="CreateActivity",
        delete_call="DeleteActivity",
        id="activityArn",
        name="Name",
        attributes={"Arn": "activityArn", "Name": "Name"},
        ignored=("EncryptionConfiguration",),
        tagging=Tagging("resourceArn", names=("key", "value")),
    ),
}
