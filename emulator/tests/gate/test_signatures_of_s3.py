"""Every way in which clients sign for S3 works, and only with the right secret."""

from __future__ import annotations

import http.client
import io
import uuid
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import HmacV1Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from embedded import REGION, EmbeddedAws
from gate.wire import Answer, send, signed

ODD_KEYS = [
    "plain",
    "a b/c+d",
    "a//b/../c/./d",
    "ümläut/日本",
    "~tilde!*'()",
    "100%",
    "a%20b",
    "question?mark=1&more",
    "trailing/",
    "semi;colon,comma=equals@at:colon$",
]


def client(aws: EmbeddedAws, **config: Any) -> Any:
    return boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=aws.url,
        aws_access_key_id=aws.access.access_key_id,
        aws_secret_access_key=aws.access.secret_access_key,
        config=Config(**config),
    )


@pytest.fixture
def bucket(aws: EmbeddedAws) -> str:
    name = f"bucket-{uuid.uuid4().hex}"
    aws.client("s3").create_bucket(Bucket=name)
    return name


def fetch(aws: EmbeddedAws, url: str, method: str = "GET", body: bytes = b"") -> Answer:
    """Use a presigned URL as a browser or curl would."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return send(aws.access, method, target, {"Host": parts.netloc}, body)


@pytest.mark.parametrize("key", ODD_KEYS)
def test_a_key_of_any_letters_is_written_read_and_listed(
    aws: EmbeddedAws, bucket: str, key: str
) -> None:
    s3 = client(aws)
    s3.put_object(Bucket=bucket, Key=key, Body=b"value", Metadata={"a": "two  blanks", "b_c": "d"})
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"value"
    found = s3.list_objects_v2(Bucket=bucket, Prefix=key, Delimiter="|")
    assert [each["Key"] for each in found["Contents"]] == [key]


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_reads_its_object_and_no_other(
    aws: EmbeddedAws, bucket: str, key: str, version: str
) -> None:
    s3 = client(aws, signature_version=version)
    s3.put_object(Bucket=bucket, Key=key, Body=b"value")
    url = s3.generate_presigned_url(
        "get_object",
        Params={"Bucket": bucket, "Key": key, "ResponseContentType": "text/x-own"},
    )
    answer = fetch(aws, url)
    assert (answer.status, answer.text) == (200, "value")
    other = url.replace(f"/{bucket}/", f"/{bucket}-x/", 1)
    assert fetch(aws, other).status == 403
    assert fetch(aws, url, "PUT", b"other").status == 403
    assert fetch(aws, url.replace("text%2Fx-own", "text%2Fhtml")).status == 403
    assert fetch(aws, url.replace("Signature=", "Signature=0")).status == 403


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_ends(aws: EmbeddedAws, bucket: str, version: str) -> None:
    s3 = client(aws, signature_version=version)
    url = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": bucket}, ExpiresIn=-1)
    assert fetch(aws, url).status == 403


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_writes_a_body_that_is_not_signed(
    aws: EmbeddedAws, bucket: str, version: str
) -> None:
    s3 = client(aws, signature_version=version)
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    assert fetch(aws, url, "PUT", b"later").status == 200
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"later"


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("is_right", [True, False])
def test_a_form_uploads_with_a_signed_policy_alone(
    aws: EmbeddedAws, bucket: str, version: str, is_right: bool
) -> None:
    post = client(aws, signature_version=version).generate_presigned_post(bucket, "k")
    fields = dict(post["fields"])
    if not is_right:
        name = "x-amz-signature" if version == "s3v4" else "signature"
        fields[name] = "0" * len(fields[name])
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file = (
        '--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nvalue\r\n--x--\r\n'
    )
    answer = send(
        aws.access,
        "POST",
        urlsplit(post["url"]).path,
        {"Content-Type": "multipart/form-data; boundary=x"},
        "".join([*parts, file]).encode(),
    )
    assert (answer.status < 300) is is_right
    found = client(aws).list_objects_v2(Bucket=bucket).get("Contents", [])
    assert [each["Key"] for each in found] == (["k"] if is_right else [])


def test_version_2_in_a_header_works_with_the_right_secret_alone(
    aws: EmbeddedAws, bucket: str
) -> None:
    s3 = client(aws, signature_version="s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"value", ContentType="text/x-own")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"value"
    wrong = boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=aws.url,
        aws_access_key_id=aws.access.access_key_id,
        aws_secret_access_key="wrong",
        config=Config(signature_version="s3"),
    )
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        wrong.get_object(Bucket=bucket, Key="k")


def test_version_2_with_slashes_in_its_signature_is_not_read_as_version_4(
    aws: EmbeddedAws, bucket: str
) -> None:
    signer = HmacV1Auth(Credentials(aws.access.access_key_id, aws.access.secret_access_key))

    def headers(target: str) -> dict[str, str]:
        request: Any = AWSRequest(method="PUT", url=aws.url + target)
        signer.add_auth(request)
        return dict(request.headers.items())

    signed_targets = (
        (target, headers(target)) for target in (f"/{bucket}/{number}" for number in count())
    )
    target, right = next(
        (target, headers)
        for target, headers in signed_targets
        if headers["Authorization"].count("/") == 4
    )
    assert send(aws.access, "PUT", target, right | {"Content-Length": "0"}).status == 200


def test_version_2_of_a_query_api_works_with_the_right_secret_alone(aws: EmbeddedAws) -> None:
    def simple_db(secret: str) -> Any:
        return boto3.client(
            "sdb",
            region_name=REGION,
            endpoint_url=aws.url,
            aws_access_key_id=aws.access.access_key_id,
            aws_secret_access_key=secret,
        )

    simple_db(aws.access.secret_access_key).create_domain(DomainName="domain")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        simple_db("wrong").list_domains()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(io.BytesIO(b"x" * 300_000), id="seekable"),
        pytest.param(b"", id="empty"),
        pytest.param(b"x" * 300_000, id="bytes"),
    ],
)
@pytest.mark.parametrize(
    "config",
    [
        {},
        {"s3": {"payload_signing_enabled": False}},
        {"request_checksum_calculation": "when_required"},
    ],
    ids=["default", "unsigned", "no checksum"],
)
def test_bodies_are_uploaded_in_every_way(
    aws: EmbeddedAws, bucket: str, body: Any, config: dict[str, Any]
) -> None:
    s3 = client(aws, **config)
    if isinstance(body, io.BytesIO):
        body.seek(0)
    s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm="SHA256")
    stored = s3.get_object(Bucket=bucket, Key="k")["Body"].read()
    assert stored in {b"", b"x" * 300_000}


def test_a_body_other_than_its_signed_hash_is_refused(aws: EmbeddedAws, bucket: str) -> None:
    target = f"/{bucket}/k"
    headers = signed(aws.access, "s3", "PUT", target, b"one", x_amz_content_sha256="0" * 64)
    answer = send(aws.access, "PUT", target, headers, b"two")
    assert (answer.status, "XAmzContentSHA256Mismatch" in answer.text) == (400, True)


def test_a_body_in_chunks_is_read_to_its_end(aws: EmbeddedAws, bucket: str) -> None:
    target = f"/{bucket}/k"
    headers = signed(aws.access, "s3", "PUT", target, x_amz_content_sha256="UNSIGNED-PAYLOAD")
    parts = urlsplit(aws.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.request("PUT", target, iter([b"one", b"two"]), headers, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
    assert aws.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"onetwo"


def test_a_bucket_may_stand_in_the_host(aws: EmbeddedAws, bucket: str) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="a key", Body=b"value")
    host = f"{bucket}.localhost:{urlsplit(aws.url).port}"
    headers = signed(aws.access, "s3", "GET", "/a%20key", host=host)
    assert send(aws.access, "GET", "/a%20key", headers).text == "value"
    assert send(aws.access, "GET", "/a%20key", {"Host": host}).status == 403


def test_a_public_bucket_is_not_public(aws: EmbeddedAws, bucket: str) -> None:
    s3 = aws.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"value", ACL="public-read")
    s3.put_bucket_cors(
        Bucket=bucket,
        CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    )
    assert send(aws.access, "GET", f"/{bucket}/k", {}).status == 403
    headers = signed(aws.access, "s3", "GET", f"/{bucket}/k")
    answer = send(aws.access, "GET", f"/{bucket}/k", headers)
    assert answer.text == "value"
    assert [each for each in answer.headers if each.startswith("access-control-")] == []


def test_other_services_are_presigned_too(aws: EmbeddedAws) -> None:
    sts = aws.client("sts")
    url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
    assert "123456789012" in fetch(aws, url).text
    assert fetch(aws, url.replace("GetCallerIdentity", "GetSessionToken")).status == 403
