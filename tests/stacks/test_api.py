"""The Batch resources of the reference platforms, compared with the model of the API itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_batch_mnp_emulator import api_model
from cdk_batch_mnp_emulator.errors import ServiceError
from tests.stacks.conftest import Synthesized

REQUESTS = {
    "AWS::Batch::ComputeEnvironment": ("CreateComputeEnvironment", "computeEnvironmentName"),
    "AWS::Batch::JobQueue": ("CreateJobQueue", "jobQueueName"),
    "AWS::Batch::JobDefinition": ("RegisterJobDefinition", "jobDefinitionName"),
}
"""What CloudFormation calls for each type, with the name that it makes up."""

NOT_OF_CREATION = {"ReplaceComputeEnvironment", "UpdatePolicy", "UpdateToLatestImageVersion"}
"""What CloudFormation reads itself, and what it passes on to UpdateComputeEnvironment alone."""


def deployed(value: Any) -> Any:
    """Put a text in the place of what only the deployment knows."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return "known-at-deployment"
        return {key: deployed(each) for key, each in value.items() if key not in NOT_OF_CREATION}
    return [deployed(each) for each in value] if isinstance(value, list) else value


def check(kind: str, properties: Mapping[str, Any]) -> None:
    operation, name = REQUESTS[kind]
    request = api_model.request_from_properties(
        api_model.input_shape("batch", operation), deployed({name: "name", **properties})
    )
    api_model.check("batch", operation, request, "ClientException")


@pytest.mark.parametrize("kind", REQUESTS)
def test_the_api_takes_every_resource(platform: Synthesized, kind: str) -> None:
    resources = platform.resources(kind)
    assert resources
    for resource in resources.values():
        check(kind, resource["Properties"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"NodeProperties": {"MainNode": 0}}, "numNodes", id="a member is missing"),
        pytest.param({"Timeouts": {}}, "Timeouts", id="a member is unknown"),
        pytest.param({"SchedulingPriority": "high"}, "schedulingPriority", id="another type"),
        pytest.param({"PlatformCapabilities": ["GPU"]}, "GPU", id="no word of the enumeration"),
    ],
)
def test_the_api_refuses_what_is_wrong(change: dict[str, Any], expected: str) -> None:
    with pytest.raises(ServiceError, match=expected):
        check("AWS::Batch::JobDefinition", {"Type": "multinode", **change})
