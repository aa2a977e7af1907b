"""What the embedded AWS does not support, it says in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from command_line import command_with_aws
from embedded import EmbeddedAws
from gate.wire import FORM, send, signed


def test_an_operation_that_moto_does_not_know_is_refused_by_name(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="does not support cloudtrail LookupEvents"):
        aws.client("cloudtrail").lookup_events()
    with pytest.raises(ClientError, match="does not support cloudformation DetectStackDrift"):
        aws.client("cloudformation").detect_stack_drift(StackName="any")


def test_it_is_reported_once_and_without_a_traceback(tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with errors.open("w") as file, command_with_aws(stderr=file.fileno()) as (_, aws):
        for _ in range(2):
            with pytest.raises(ClientError):
                aws.client("cloudtrail").lookup_events()
    assert errors.read_text() == (
        "embedded AWS: the embedded AWS does not support cloudtrail LookupEvents\n"
    )


def test_other_services_are_motos(aws: EmbeddedAws) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
    zones = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
    assert {zone["RegionName"] for zone in zones} == {"us-east-1"}


DEEP = b"[" * 5000 + b"]" * 5000


@pytest.mark.parametrize(
    "body", [b"[]", b"[1]", b'"x"', b"{", b"\xff", DEEP, b'{"a":' + DEEP + b"}"]
)
@pytest.mark.parametrize(
    ("service", "target", "headers"),
    [
        ("batch", "/v1/describejobqueues", {"content_type": "application/json"}),
        ("batch", "/v1/createcomputeenvironment", {"content_type": "application/json"}),
        ("ssm", "/", {"x_amz_target": "AmazonSSM.DescribeParameters"}),
        ("logs", "/", {"x_amz_target": "Logs_20140328.DescribeLogGroups"}),
        ("secretsmanager", "/", {"x_amz_target": "secretsmanager.ListSecrets"}),
        ("lambda", "/2015-03-31/functions", {"content_type": "application/json"}),
        ("elasticfilesystem", "/2015-02-01/file-systems", {"content_type": "application/json"}),
    ],
)
def test_a_body_of_another_form_is_the_clients_fault(
    aws: EmbeddedAws, service: str, target: str, headers: dict[str, str], body: bytes
) -> None:
    signature = signed(aws.access, service, "POST", target, body, **headers)
    answer = send(aws.access, "POST", target, signature, body)
    assert 400 <= answer.status < 500
    assert "InternalFailure" not in answer.text + str(answer.headers)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("service", ["cloudformation", "ec2", "sts", "iam"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Action=",
        b"Action=Nope&Version=1",
        b"Action=CreateStack&Parameters.member.x.ParameterKey=a",
        b"Action=CreatePlacementGroup&PartitionCount=abc&GroupName=g",
        b"Action=GetSessionToken&DurationSeconds=abc",
        b"Action=DescribeStacks&StackName.a=b&StackName=c",
    ],
)
def test_a_query_of_another_form_is_the_clients_fault(
    aws: EmbeddedAws, service: str, body: bytes
) -> None:
    signature = signed(aws.access, service, "POST", "/", body, content_type=FORM)
    answer = send(aws.access, "POST", "/", signature, body)
    assert answer.status == 200 or 400 <= answer.status < 500
    assert "InternalFailure" not in answer.text
    assert "Traceback" not in answer.text
