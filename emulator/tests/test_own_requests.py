"""What the server asks itself gets the answer that it would get over a connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from werkzeug import Request, Response
from werkzeug.serving import make_server

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.own_requests import OwnRequests
from cdk_batch_mnp_emulator.serving import HOST
from cdk_batch_mnp_emulator.wsgi import Environ, StartResponse, WebApplication
from embedded import REGION

NOWHERE = Access.drawn("http://127.0.0.1:1")
_COMPARED = (
    *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REQUEST_URI"),
    *("SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR", "CONTENT_TYPE"),
)
_OF_A_CONNECTION = ("HTTP_EXPECT", "HTTP_AMZ_SDK_INVOCATION_ID", "HTTP_ACCEPT_ENCODING")
_AT_ITS_TIME = ("HTTP_X_AMZ_DATE", "HTTP_AUTHORIZATION")


class Seen:
    """An application that keeps the requests that it answers."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.environs.append(
            {
                name: value
                for name, value in environ.items()
                if name in _COMPARED
                or (name.startswith("HTTP_") and name not in (*_OF_A_CONNECTION, *_AT_ITS_TIME))
            }
        )
        self.bodies.append(Request(environ).get_data())
        headers = [("ETag", '"1"'), ("x-amz-meta-a", "1"), ("Content-Type", "text/plain")]
        return Response(b"content", headers=headers)(environ, start_response)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def access(seen: Seen) -> Iterator[Access]:
    server = make_server(HOST, 0, seen, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Access.drawn(f"http://{HOST}:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


REQUESTS: dict[str, Callable[[Endpoint], Any]] = {
    "query": lambda aws: aws.client("ec2", REGION).describe_vpcs(VpcIds=["vpc-1"]),
    "JSON": lambda aws: aws.client("logs", REGION).create_log_group(logGroupName="ä"),
    "a path": lambda aws: aws.client("batch", REGION).list_tags_for_resource(resourceArn="a:b/ä c"),
    "a query string": lambda aws: aws.client("s3", REGION).list_objects_v2(
        Bucket="bucket", Prefix="a b/ä&c=%2F"
    ),
    "bytes": lambda aws: aws.client("s3", REGION).put_object(
        Bucket="bucket", Key="a//b ä%2F", Body=b"\0\xff", Metadata={"a": "1"}
    ),
    "a file": lambda aws: aws.client("s3", REGION).put_object(
        Bucket="bucket", Key="key", Body=BytesIO(b"file")
    ),
    "an object": lambda aws: aws.client("s3", REGION).get_object(Bucket="bucket", Key="key"),
    "no body": lambda aws: aws.client("s3", REGION).head_object(Bucket="bucket", Key="key"),
}


def asked(aws: Endpoint, ask: Callable[[Endpoint], Any]) -> Any:
    try:
        answer = ask(aws)
    except Exception as error:  # the answer is none to most requests
        return str(error)
    metadata = answer.pop("ResponseMetadata")
    if "Body" in answer:
        answer["Body"] = answer["Body"].read()
    return metadata["HTTPStatusCode"], answer


@pytest.mark.parametrize("ask", REQUESTS.values(), ids=REQUESTS.keys())
def test_a_request_and_its_answer_are_those_of_a_connection(
    access: Access, seen: Seen, ask: Callable[[Endpoint], Any]
) -> None:
    over_a_connection, inside = Endpoint(access), Endpoint(access)
    inside.answer_with(OwnRequests(seen).answer)
    answers = [asked(aws, ask) for aws in (over_a_connection, inside)]
    assert answers[0] == answers[1]
    assert seen.environs[0] == seen.environs[1]
    assert seen.bodies[0] == seen.bodies[1]


def endpoint_of(application: WebApplication) -> Endpoint:
    endpoint = Endpoint(NOWHERE)
    endpoint.answer_with(OwnRequests(application).answer)
    return endpoint


def test_an_application_that_fails_is_an_error_of_the_server() -> None:
    def fails(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise KeyError("a bug")

    with pytest.raises(ClientError) as raised:
        endpoint_of(fails).client("logs", REGION).describe_log_groups()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_requests_that_lead_to_requests_do_not_use_up_the_stack() -> None:
    depth = 0

    def asks_again(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        nonlocal depth
        depth += 1
        endpoint.client("logs", REGION).describe_log_groups()
        raise AssertionError("nothing listens there")

    endpoint = endpoint_of(asks_again)
    with pytest.raises(ClientError):
        endpoint.client("logs", REGION).describe_log_groups()
    assert depth == 3


def test_a_name_of_a_header_that_wsgi_cannot_hold_goes_over_a_connection(seen: Seen) -> None:
    s3 = endpoint_of(seen).client("s3", REGION)
    with pytest.raises(EndpointConnectionError):
        s3.put_object(Bucket="bucket", Key="key", Metadata={"a_b": "1"})
    assert seen.bodies == []
