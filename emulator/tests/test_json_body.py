"""Bodies of responses are those of the API model, for every operation that is served."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.serialize import get_serializer_class

from cdk_batch_mnp_emulator import api_model
from cdk_batch_mnp_emulator.json_body import NotJsonError, json_body

OPERATIONS = [
    "CancelJobs",
    "DescribeComputeEnvironments",
    "DescribeJobDefinitions",
    "DescribeJobQueues",
    "DescribeJobs",
    "GetJobQueueSnapshot",
    "ListJobs",
    "ListTagsForResource",
    "SubmitJob",
    "TagResource",
]


def example(shape: Shape) -> Any:
    """A value with every member of its shape."""
    if isinstance(shape, StructureShape):
        return {name: example(member) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [example(shape.member)]
    if isinstance(shape, MapShape):
        return {"key": example(shape.value)}
    values = {"string": "text", "boolean": False, "float": 0.5, "double": 0.5}
    return values.get(shape.type_name, 0)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_body_is_the_one_that_moto_writes(operation: str) -> None:
    model = api_model.service_model("batch").operation_model(operation)
    result = example(model.output_shape)
    serializer = get_serializer_class("batch", "rest-json")(operation_model=model)
    assert json.loads(json_body("batch", operation, result)) == json.loads(
        serializer.serialize(result)["body"]
    )


def test_members_that_the_api_does_not_have_or_that_have_no_value_are_left_out() -> None:
    job: dict[str, Any] = {"jobId": "a", "jobArn": None, "jobName": "", "attempts": [], "ours": 1}
    body = json_body("batch", "DescribeJobs", {"jobs": [job], "ours": 1})
    assert json.loads(body) == {"jobs": [{"jobId": "a", "jobName": "", "attempts": []}]}


@pytest.mark.parametrize(("service", "operation"), [("s3", "GetObject"), ("lambda", "Invoke")])
def test_a_response_that_is_more_than_json_is_not_written(service: str, operation: str) -> None:
    with pytest.raises(NotJsonError):
        json_body(service, operation, {})
