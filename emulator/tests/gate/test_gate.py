"""Only a client with this server's credentials gets an answer, never a web page."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from cdk_batch_mnp_emulator.access import Access
from embedded import REGION, EmbeddedAws
from gate.wire import FORM, send, signed

EVIL = "http://evil.example"
IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"
PORT = "{port}"


def identity(access: Access, **how: str) -> dict[str, str]:
    """Headers of a request that the server answers, unless a test spoils them."""
    return signed(access, "sts", "POST", "/", IDENTITY, content_type=FORM, **how)


def test_a_signed_request_is_answered(aws: EmbeddedAws) -> None:
    answer = send(aws.access, "POST", "/", identity(aws.access), IDENTITY)
    assert answer.status == 200
    assert "123456789012" in answer.text


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"Origin": EVIL}, id="another origin"),
        pytest.param({"Origin": "null"}, id="a sandboxed page"),
        pytest.param({"Origin": ""}, id="an empty origin"),
        pytest.param({"Origin": f"http://127.0.0.1:{PORT}"}, id="our own address"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="an image of a page"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="another port of the machine"),
    ],
)
def test_a_web_page_is_refused_even_with_a_right_signature(
    aws: EmbeddedAws, header: dict[str, str]
) -> None:
    port = str(urlsplit(aws.url).port)
    sent = {name: value.replace(PORT, port) for name, value in header.items()}
    answer = send(aws.access, "POST", "/", identity(aws.access) | sent, IDENTITY)
    assert answer.status == 403
    assert "does not serve web pages" in answer.text
    assert [each for each in answer.headers if each.startswith("access-control-")] == []


@pytest.mark.parametrize("target", ["/", "/bucket", "/v1/describejobqueues", "/moto-api/reset"])
def test_a_preflight_allows_nothing(aws: EmbeddedAws, target: str) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-amz-date",
    }
    for origin in ({"Origin": EVIL}, {}):
        answer = send(aws.access, "OPTIONS", target, {**asked, **origin})
        assert answer.status == 403
        assert [each for each in answer.headers if each.startswith("access-control-")] == []


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:{port}",
        "evil.example",
        "127.0.0.1.evil.example:{port}",
        "localhost.evil.example:{port}",
        "evil-localhost:{port}",
        "evil.example.127.0.0.1:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost:1",
        "127.0.0.1:{port},evil.example",
        "127.0.0.1:{port}@evil.example",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "",
    ],
)
def test_a_rebound_host_is_refused_even_with_a_right_signature(aws: EmbeddedAws, host: str) -> None:
    sent = host.replace(PORT, str(urlsplit(aws.url).port))
    headers = identity(aws.access, host=sent or "none") | {"Host": sent}
    answer = send(aws.access, "POST", "/", headers, IDENTITY)
    assert answer.status == 403
    assert "does not accept requests for" in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:{port}",
        "localhost:{port}",
        "LOCALHOST:{port}",
        "sts.localhost:{port}",
        "my.bucket.localhost:{port}",
        "123456789012.s3-control.localhost:{port}",
        "123456789012.127.0.0.1:{port}",
        "data-localhost:{port}",
        "sync-127.0.0.1:{port}",
    ],
)
def test_the_hosts_that_clients_name_are_answered(aws: EmbeddedAws, host: str) -> None:
    sent = host.replace(PORT, str(urlsplit(aws.url).port))
    answer = send(aws.access, "POST", "/", identity(aws.access, host=sent), IDENTITY)
    assert answer.status == 200


@pytest.mark.parametrize(
    "target",
    [
        "/moto-api/",
        "/moto-api",
        "/moto-api/data.json",
        "/moto-api/reset",
        "/moto-api/recorder/download-recording",
        "//moto-api/data.json",
        "/%6doto-api/data.json",
        "http://127.0.0.1/moto-api/data.json",
        "/latest/meta-data/iam/security-credentials/",
        "/latest/api/token",
        "/favicon.ico",
        "/us-east-1_pool/.well-known/jwks.json",
        "/us-east-1_pool/.well-known/openid-configuration",
        "/",
        "/bucket/key",
        "/v1/describejobqueues",
        "/cloudformation_us-east-1/cfnresponse?stack=x",
        "/2015-03-31/functions",
        "/?Action=ListUsers&Version=2010-05-08",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_nothing_is_answered_without_a_signature(
    aws: EmbeddedAws, method: str, target: str
) -> None:
    assert send(aws.access, method, target, {}).status == 403


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"Content-Type": FORM}, b"Action=ListUsers&Version=2010-05-08", id="query"),
        pytest.param(
            {"Content-Type": FORM},
            b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/r"
            b"&RoleSessionName=s&WebIdentityToken=t",
            id="an operation that AWS lets anybody call",
        ),
        pytest.param(
            {"X-Amz-Target": "AWSCognitoIdentityService.ListIdentityPools"}, b"{}", id="cognito"
        ),
        pytest.param(
            {"Content-Type": "text/plain", "X-Amz-Target": "secretsmanager.ListSecrets"},
            b"{}",
            id="json in a simple request",
        ),
        pytest.param({"Authorization": "Bearer abc"}, b"", id="a bearer's token"),
        pytest.param({"Authorization": "AWS4-HMAC-SHA256 nonsense"}, b"", id="nonsense"),
        pytest.param({"Authorization": "AWS4-HMAC-SHA256"}, b"", id="no credential"),
        pytest.param(
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--x--\r\n',
            id="a form for S3",
        ),
    ],
)
def test_unsigned_calls_of_every_kind_are_refused(
    aws: EmbeddedAws, headers: dict[str, str], body: bytes
) -> None:
    answer = send(aws.access, "POST", "/", headers, body)
    assert answer.status in {400, 403}
    assert "<Error>" in answer.text


def test_a_path_of_motos_own_is_not_served_to_the_owner_either(aws: EmbeddedAws) -> None:
    headers = signed(aws.access, "s3", "GET", "/moto-api/data.json")
    answer = send(aws.access, "GET", "/moto-api/data.json", headers)
    assert answer.status == 403
    assert "does not serve /moto-api/data.json" in answer.text


@pytest.mark.parametrize("key", ["embedded", "AKIAIOSFODNN7EXAMPLE", "x"])
@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sts", "get_caller_identity"),
        ("s3", "list_buckets"),
        ("ec2", "describe_vpcs"),
        ("batch", "describe_job_queues"),
        ("ssm", "describe_parameters"),
        ("iam", "list_users"),
        ("cloudformation", "describe_stacks"),
    ],
)
def test_another_key_opens_no_service(
    aws: EmbeddedAws, service: str, operation: str, key: str
) -> None:
    client = boto3.client(  # type: ignore[call-overload]
        service,
        region_name=REGION,
        endpoint_url=aws.url,
        aws_access_key_id=key,
        aws_secret_access_key="embedded",
    )
    with pytest.raises(ClientError) as refusal:
        getattr(client, operation)()
    error = refusal.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error["Error"]["Code"] in {
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }
    assert f"not one of the embedded AWS on {aws.url}" in error["Error"]["Message"]


def spoilt(headers: dict[str, str], **changes: str) -> dict[str, str]:
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


def test_a_signature_with_another_secret_is_refused(aws: EmbeddedAws) -> None:
    headers = identity(aws.access, secret="x" * 40)
    answer = send(aws.access, "POST", "/", headers, IDENTITY)
    assert (answer.status, "SignatureDoesNotMatch" in answer.text) == (403, True)


@pytest.mark.parametrize("part", ["body", "query", "path", "header", "target", "method", "host"])
def test_a_request_that_was_changed_after_it_was_signed_is_refused(
    aws: EmbeddedAws, part: str
) -> None:
    headers, method, target, body = identity(aws.access), "POST", "/", IDENTITY
    if part == "body":
        body = b"Action=GetSessionToken&Version=2011-06-15"
    elif part == "query":
        target = "/?Action=GetSessionToken"
    elif part == "path":
        target = "/other"
    elif part == "header":
        headers = spoilt(headers, **{"content-type": "text/plain"})
    elif part == "target":
        headers = spoilt(headers, **{"x-amz-target": "AmazonSSM.DescribeParameters"})
    elif part == "method":
        method = "PUT"
    else:
        headers["Host"] = f"localhost:{urlsplit(aws.url).port}"
    answer = send(aws.access, method, target, headers, body)
    assert (answer.status, "SignatureDoesNotMatch" in answer.text) == (403, True)


def test_an_old_signature_is_refused(aws: EmbeddedAws) -> None:
    before = datetime.now(UTC) - timedelta(minutes=20)
    with patch("botocore.auth.get_current_datetime", return_value=before):
        headers = identity(aws.access)
    answer = send(aws.access, "POST", "/", headers, IDENTITY)
    assert (answer.status, "RequestTimeTooSkewed" in answer.text) == (403, True)


def test_the_credentials_of_an_assumed_role_work_with_their_token_alone(aws: EmbeddedAws) -> None:
    given = aws.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/cdk-deploy", RoleSessionName="deploy"
    )["Credentials"]
    own = {"key": given["AccessKeyId"], "secret": given["SecretAccessKey"]}
    answer = send(
        aws.access, "POST", "/", identity(aws.access, token=given["SessionToken"], **own), IDENTITY
    )
    assert answer.status == 200
    assert "assumed-role/cdk-deploy/deploy" in answer.text
    for token in ("wrong", ""):
        headers = identity(aws.access, token=token, **own)
        assert send(aws.access, "POST", "/", headers, IDENTITY).status == 403


def test_the_keys_of_users_work_until_they_are_made_inactive(aws: EmbeddedAws) -> None:
    iam, name = aws.client("iam"), f"user-{uuid.uuid4().hex}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    headers = identity(aws.access, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert name in send(aws.access, "POST", "/", headers, IDENTITY).text
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert send(aws.access, "POST", "/", headers, IDENTITY).status == 403


@pytest.mark.parametrize(
    ("operation", "request_"),
    [("get_session_token", {}), ("get_federation_token", {"Name": "somebody"})],
)
def test_session_tokens_are_drawn_and_work(
    aws: EmbeddedAws, operation: str, request_: dict[str, str]
) -> None:
    ask = getattr(aws.client("sts"), operation)
    first, second = (ask(**request_)["Credentials"] for _ in range(2))
    assert first["AccessKeyId"] != second["AccessKeyId"]
    headers = identity(
        aws.access,
        key=first["AccessKeyId"],
        secret=first["SecretAccessKey"],
        token=first["SessionToken"],
    )
    assert send(aws.access, "POST", "/", headers, IDENTITY).status == 200


def test_credentials_that_have_expired_are_refused(aws: EmbeddedAws) -> None:
    body = (
        b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/r"
        b"&RoleSessionName=deploy&DurationSeconds=-1"
    )
    asking = signed(aws.access, "sts", "POST", "/", body, content_type=FORM)
    text = send(aws.access, "POST", "/", asking, body).text
    key, secret, token = (
        text.partition(f"<{name}>")[2].partition("<")[0]
        for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")
    )
    assert key.startswith("ASIA")
    headers = identity(aws.access, key=key, secret=secret, token=token)
    answer = send(aws.access, "POST", "/", headers, IDENTITY)
    assert (answer.status, "ExpiredToken" in answer.text) == (403, True)


@pytest.mark.parametrize(
    ("length", "status"),
    [("abc", 400), ("-5", 400), ("1e3", 400), ("100000000000", 413), ("9" * 5000, 413)],
)
def test_a_length_that_cannot_be_is_refused_before_anything_is_read(
    aws: EmbeddedAws, length: str, status: int
) -> None:
    headers = identity(aws.access) | {"Content-Length": length}
    answer = send(aws.access, "POST", "/", headers)
    assert answer.status == status
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "target",
    [
        "http://[/",
        "//[::1/x",
        "/?X-Amz-Credential=a/b/c/sts/aws4_request&X-Amz-SignedHeaders=host&X-Amz-Signature=x",
        "/?X-Amz-Credential=" + "/" * 5000,
        "/?AWSAccessKeyId=x&Expires=" + "9" * 5000,
        "/%00%ff?%00=%ff",
        "*",
        "x",
    ],
)
def test_what_cannot_be_read_is_refused(aws: EmbeddedAws, target: str) -> None:
    answer = send(aws.access, "GET", target, {})
    assert 400 <= answer.status < 500
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("seconds", ["9" * 30, "9" * 5000, "-1", "0", "x", "604801", ""])
def test_a_presigned_url_ends_within_seven_days(aws: EmbeddedAws, seconds: str) -> None:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{aws.access.access_key_id}/{moment[:8]}/{REGION}/sts/aws4_request"
    target = (
        f"/?X-Amz-Credential={scope}&X-Amz-Date={moment}&X-Amz-Expires={seconds}"
        "&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    )
    assert send(aws.access, "GET", target, {}).status in {400, 403}
