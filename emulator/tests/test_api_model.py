"""Properties of a template become requests of the API, which the API's own model judges."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import StructureShape
from botocore.validate import ParamValidator

from cdk_batch_mnp_emulator.api_model import (
    check,
    check_json,
    input_shape,
    request_from_properties,
)
from cdk_batch_mnp_emulator.errors import ServiceError
from templates import definition, platform

REGISTER = "RegisterJobDefinition"


def request(operation: str, properties: Any) -> dict[str, Any]:
    translated = request_from_properties(input_shape("batch", operation), properties)
    assert isinstance(translated, dict)
    return translated


def complaints(shape: StructureShape, parameters: dict[str, Any]) -> str:
    return str(ParamValidator().validate(parameters, shape).generate_report())


def test_a_whole_job_definition_becomes_a_request_that_botocore_takes() -> None:
    properties = definition("0:1", "2:", num_nodes=4)["Properties"]
    translated = request(REGISTER, properties | {"JobDefinitionName": "solver"})
    assert complaints(input_shape("batch", REGISTER), translated) == ""
    assert translated["nodeProperties"]["nodeRangeProperties"][1]["targetNodes"] == "2:"
    assert translated["retryStrategy"]["evaluateOnExit"] == [
        {"action": "RETRY", "onStatusReason": "Host EC2*"}
    ]


def test_a_compute_environment_keeps_every_compute_resource() -> None:
    resources = platform()["Environment"]["Properties"]["ComputeResources"]
    translated = request("UpdateComputeEnvironment", {"ComputeResources": resources})
    shape = input_shape("batch", "UpdateComputeEnvironment").members["computeResources"]
    assert isinstance(shape, StructureShape)
    assert len(translated["computeResources"]) == len(resources)
    assert set(translated["computeResources"]) <= set(shape.members)
    assert translated["computeResources"]["maxvCpus"] == 16


@pytest.mark.parametrize(
    ("path", "given", "wanted"),
    [
        pytest.param(("SchedulingPriority",), "7", 7, id="text for a number"),
        pytest.param(("PropagateTags",), "true", True, id="text for a boolean"),
        pytest.param(("Tags",), {"AKey": 1}, {"AKey": "1"}, id="keys of a map stay as they are"),
        pytest.param(("JobDefinitionName",), 12, "12", id="a number for text"),
        pytest.param(("JobDefinitionName",), True, "true", id="a boolean for text"),
        pytest.param(("SchedulingPriority",), "many", "many", id="no number stays as it is"),
        pytest.param(
            ("Timeout",),
            {"AttemptDurationSeconds": "60"},
            {"attemptDurationSeconds": 60},
            id="in a part",
        ),
        pytest.param(("Nonsense",), {"A": 1}, {"A": 1}, id="what is unknown stays as it is"),
    ],
)
def test_values_are_taken_as_cloudformation_takes_them(
    path: tuple[str], given: object, wanted: object
) -> None:
    assert list(request(REGISTER, {path[0]: given}).values()) == [wanted]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        pytest.param({"Type": "multinode"}, 'Missing required parameter in input: "job', id="lack"),
        pytest.param(
            {"JobDefinitionName": "a", "Type": "multinode", "NodeProps": {}},
            'Unknown parameter in input: "NodeProps"',
            id="unknown property",
        ),
        pytest.param(
            {"JobDefinitionName": "a", "Type": "multinode", "SchedulingPriority": "many"},
            "Invalid type for parameter schedulingPriority",
            id="wrong type",
        ),
        pytest.param(
            {"JobDefinitionName": "a", "Type": "multi"},
            "Invalid value for parameter type: 'multi', valid values: container, multinode",
            id="no word of the enumeration",
        ),
    ],
)
def test_a_wrong_request_is_refused_with_what_is_wrong(
    properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(ServiceError, match="Parameter validation failed") as refusal:
        check("batch", REGISTER, request(REGISTER, properties), "ClientException")
    assert message in refusal.value.message
    assert refusal.value.code == "ClientException"


def test_words_are_taken_in_small_letters_too() -> None:
    retry = {"evaluateOnExit": [{"action": "retry", "onReason": "*"}]}
    check(
        "batch",
        REGISTER,
        {"jobDefinitionName": "a", "type": "multinode", "retryStrategy": retry},
        "ClientException",
    )


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        pytest.param(
            "TagResource",
            {"resourceArn": "a", "tags": {"k" * 129: "v"}},
            "129 characters, takes at most 128",
            id="key of a map too long",
        ),
        pytest.param(
            "TagResource",
            {"resourceArn": "a", "tags": {str(each): "v" for each in range(51)}},
            "51 items, takes at most 50",
            id="too many items of a map",
        ),
        pytest.param(
            "UntagResource",
            {"resourceArn": "a", "tagKeys": [str(each) for each in range(51)]},
            "51 items, takes at most 50",
            id="too many items of a list",
        ),
        pytest.param(
            "DescribeJobQueues",
            {"maxResults": 2**31},
            "must be from -2147483648 to 2147483647",
            id="no integer of 32 bits",
        ),
        pytest.param("DescribeJobQueues", {"maxResults": True}, "type: bool", id="a boolean"),
        pytest.param(
            "UpdateComputeEnvironment",
            {"computeEnvironment": "a", "updatePolicy": {"jobExecutionTimeoutMinutes": 7201}},
            "must be from 1 to 7200",
            id="a number too high",
        ),
        pytest.param(
            "CreateSchedulingPolicy",
            {
                "name": "a",
                "fairsharePolicy": {
                    "shareDistribution": [{"shareIdentifier": "a", "weightFactor": float("nan")}]
                },
            },
            "nan, must be a number",
            id="not a number",
        ),
    ],
)
def test_upper_bounds_of_the_model_are_enforced_too(
    operation: str, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ServiceError) as refusal:
        check("batch", operation, parameters, "ClientException")
    assert message in refusal.value.message


def test_a_pattern_of_the_model_is_enforced() -> None:
    create = {"StackName": "1-a", "TemplateBody": "{}"}
    check("cloudformation", "CreateStack", create | {"Parameters": []}, "ValidationError")
    with pytest.raises(ServiceError, match=r"ClientRequestToken.* must match"):
        check(
            "cloudformation",
            "CreateStack",
            create | {"ClientRequestToken": "a b"},
            "ValidationError",
        )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[]", "Invalid type for parameter input, value: []"),
        (b"null", "Invalid type for parameter input, value: None"),
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"jobs": "a"}', "Invalid type for parameter jobs, value: 'a'"),
        (b'{"jobs": [1]}', "jobs[0], value: 1, type: int, valid types: str"),
        (b'{"jobs": {"a": 1}}', "type: dict, valid types: list"),
    ],
)
def test_a_body_of_other_types_is_refused_before_a_parser_turns_them(
    body: bytes, message: str
) -> None:
    with pytest.raises(ServiceError) as refusal:
        check_json("batch", "DescribeJobs", body, "ClientException")
    assert message in refusal.value.message


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("DescribeJobs", b'{"jobs": ["a"], "unknown": 4}'),
        ("DescribeJobQueues", b""),
        ("DescribeJobQueues", b'{"maxResults": null}'),
    ],
)
def test_members_that_the_model_does_not_know_are_ignored(operation: str, body: bytes) -> None:
    check_json("batch", operation, body, "ClientException")
