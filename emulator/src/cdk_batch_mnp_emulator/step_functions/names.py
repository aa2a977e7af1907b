"""The names of members: states write JobName where the API of AWS Batch has jobName.

moto passes them on as they are, so it can call only APIs whose names begin with a capital.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel
from moto.stepfunctions.parser.utils import camel_to_snake_case

from cdk_batch_mnp_emulator import api_model


def to_request(
    task: Any,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    """Rename the parameters of a task as the API has them.

    Args:
        task: Of moto's, whose method this becomes.
        parameters: As the state writes them; changed in place.
        boto_service_name: Service that is called, if not the task's.
        service_action_name: Operation that is called, if not the task's.
    """
    operation = _operation(task, boto_service_name, service_action_name)
    if operation is not None and operation.input_shape is not None:
        task._to_boto_request(parameters, operation.input_shape)


def from_response(
    task: Any,
    response: Any,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    """Rename the members of a response as states read them.

    Args:
        task: Of moto's, whose method this becomes.
        response: As the API has it; changed in place.
        boto_service_name: Service that was called, if not the task's.
        service_action_name: Operation that was called, if not the task's.
    """
    operation = _operation(task, boto_service_name, service_action_name)
    if operation is not None and operation.output_shape is not None:
        task._from_boto_response(response, operation.output_shape)


def _operation(task: Any, service: str | None, action: str | None) -> OperationModel | None:
    wanted = task._get_boto_service_action(action)
    try:
        model = api_model.service_model(task._get_boto_service_name(service))
    except UnknownServiceError:
        return None
    for name in model.operation_names:
        if camel_to_snake_case(name) == wanted:
            found: OperationModel = model.operation_model(name)
            return found
    return None
