"""Describing instance types with EC2, and the errors when it does not answer."""

from __future__ import annotations

import socket
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    PartialCredentialsError,
    SSOTokenLoadError,
)
from urllib3 import HTTPResponse

from cdk_batch_mnp.operate import errors
from cdk_batch_mnp.operate.errors import MissingExtraError, OperateError, explained
from cdk_batch_mnp.operate.instance_types import (
    describe_instance_types,
    open_session,
    regions_to_ask,
)
from tests.operate.accounts import answering, session


def test_every_page_is_read_including_types_of_other_regions() -> None:
    asked: dict[str, Any] = {"IncludeUnsupportedInRegion": True}
    account = session()
    with answering(account) as ec2:
        for page, token in (("a.large", None), ("b.large", "1"), ("c.large", "2")):
            answer: dict[str, Any] = {"InstanceTypes": [{"InstanceType": page}]}
            if page != "c.large":
                answer["NextToken"] = str(int(token or 0) + 1)
            expected = asked | ({"NextToken": token} if token else {})
            ec2.add_response("describe_instance_types", answer, expected)
        found = describe_instance_types(account, "us-east-1")
    assert [each["InstanceType"] for each in found] == ["a.large", "b.large", "c.large"]


@pytest.mark.parametrize(
    ("code", "what"),
    [
        pytest.param(
            "UnauthorizedOperation",
            "these credentials do not allow ec2:DescribeInstanceTypes in us-east-1: add the",
            id="no permission",
        ),
        pytest.param("AuthFailure", "AWS rejected these credentials in us-east-1", id="wrong"),
        pytest.param("RequestExpired", "log in (aws sso login", id="expired"),
        pytest.param("InternalError", "us-east-1: An error occurred (InternalError)", id="other"),
    ],
)
def test_a_refusal_is_one_line(code: str, what: str) -> None:
    account = session()
    with answering(account) as ec2:
        ec2.add_client_error("describe_instance_types", code, "It is\nso.", 403)
        with pytest.raises(OperateError) as raised:
            describe_instance_types(account, "us-east-1")
    assert what in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_refusal_of_the_second_page_returns_no_types() -> None:
    account = session()
    with answering(account) as ec2:
        ec2.add_response("describe_instance_types", {"InstanceTypes": [], "NextToken": "1"})
        ec2.add_client_error("describe_instance_types", "UnauthorizedOperation")
        with pytest.raises(OperateError, match="do not allow"):
            describe_instance_types(account, "us-east-1")


PAGE = (
    '<DescribeInstanceTypesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
    "<instanceTypeSet><item><instanceType>a.large</instanceType></item></instanceTypeSet>"
    "</DescribeInstanceTypesResponse>"
)
THROTTLED = (
    "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Slower.</Message></Error>"
    "</Errors></Response>"
)


@pytest.mark.parametrize("refusals", [1, 4, 5])
def test_a_throttled_request_is_tried_five_times(
    refusals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [(503, THROTTLED)] * refusals + [(200, PAGE)]
    account = session()

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        status, text = answers.pop(0)
        body = HTTPResponse(BytesIO(text.encode()), preload_content=False)
        return AWSResponse(request.url, status, HTTPHeaders(), body)

    # A before-send handler that returns a response replaces the network.
    account.events.register("before-send.ec2", answer)  # type: ignore[arg-type]
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    if refusals < 5:
        assert describe_instance_types(account, "us-east-1") == ({"InstanceType": "a.large"},)
    else:
        with pytest.raises(OperateError, match="RequestLimitExceeded"):
            describe_instance_types(account, "us-east-1")
        assert len(answers) == 1


def test_missing_credentials_are_explained() -> None:
    with pytest.raises(OperateError) as raised:
        describe_instance_types(boto3.Session(), "us-east-1")
    assert str(raised.value).startswith("no AWS credentials found: log in (aws sso login")


def test_an_unreachable_endpoint_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
        monkeypatch.setattr("cdk_batch_mnp.operate.instance_types._ATTEMPTS", 2)
        with pytest.raises(OperateError, match=r"^cannot reach AWS in us-east-1: check the"):
            describe_instance_types(session(), "us-east-1")


def test_an_invalid_region_name_is_refused() -> None:
    with pytest.raises(OperateError, match=r"'us east' doesn't match a supported format$"):
        describe_instance_types(session(), "us east")


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(OperateError, match=r"^The config profile \(missing\) could not be found$"):
        open_session("missing")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(
            PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), id="half"
        ),
        pytest.param(SSOTokenLoadError(error_msg="none"), id="not logged in"),
    ],
)
def test_unusable_credentials_are_explained(
    error: BotoCoreError,
) -> None:
    assert "log in (aws sso login" in str(explained(error, action="ec2:X", region="us-east-1"))


def test_an_error_without_a_code_names_the_region() -> None:
    error = ClientError({}, "DescribeInstanceTypes")
    assert str(explained(error, action="ec2:X", region="us-east-1")).startswith("us-east-1: ")


def test_without_boto3_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError) as raised:
        open_session()
    assert str(raised.value) == "boto3 is not installed: pip install 'cdk-batch-mnp[operate]'"


def test_each_region_is_queried_once_and_the_default_is_that_of_the_session() -> None:
    assert regions_to_ask(session("us-east-2"), ["eu-west-1", "us-east-1", "eu-west-1"]) == (
        "eu-west-1",
        "us-east-1",
    )
    assert regions_to_ask(session("us-east-2"), []) == ("us-east-2",)
    with pytest.raises(OperateError, match=r"^no Region is set: use --region"):
        regions_to_ask(session(None), [])
