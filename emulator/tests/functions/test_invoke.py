"""Functions run in local processes, for every caller."""

from __future__ import annotations

import base64
import json
import time
import uuid
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws
from events.event_rules import Inbox
from functions.python_function import create_function, role, zipped
from job_platform import wait_for
from warm import WarmServer


def invoke(aws: EmbeddedAws, function: str, event: Any = None, **members: Any) -> dict[str, Any]:
    """Invoke a function, and return the answer with its payload read."""
    answer: dict[str, Any] = aws.client("lambda").invoke(
        FunctionName=function, Payload=json.dumps(event), **members
    )
    return answer | {"Payload": json.loads(answer["Payload"].read() or "null")}


def failure(aws: EmbeddedAws, function: str) -> dict[str, Any]:
    """Invoke a function that fails, and return its payload."""
    answer = invoke(aws, function)
    assert answer["FunctionError"] == "Unhandled"
    payload: dict[str, Any] = answer["Payload"]
    return payload


def test_a_function_returns_what_its_handler_returns(aws: EmbeddedAws) -> None:
    handler = """
        import os, shared
        def handler(event, context):
            return {
                "event": event,
                "mode": os.environ["MODE"],
                "shared": shared.VALUE,
                "name": context.function_name,
                "arn": context.invoked_function_arn,
                "remaining": context.get_remaining_time_in_millis() > 0,
                "folder": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"],
            }
    """
    function = create_function(
        aws, handler, variables={"MODE": "test"}, files={"shared.py": "VALUE = 7"}
    )
    answer = invoke(aws, function, {"a": [1, "é"]})
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert answer["Payload"] == {
        "event": {"a": [1, "é"]},
        "mode": "test",
        "shared": 7,
        "name": function.rpartition(":")[2],
        "arn": function,
        "remaining": True,
        "folder": True,
    }


def test_a_function_uses_the_embedded_aws_and_sees_nothing_of_the_servers_environment(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = """
        import boto3, os
        def handler(event, context):
            who = boto3.client("sts").get_caller_identity()["Account"]
            return {"account": who, "names": sorted(os.environ)}
    """
    payload = invoke(aws, create_function(aws, handler, Timeout=30))["Payload"]
    assert payload["account"] == "123456789012"
    assert {"AWS_ENDPOINT_URL", "AWS_LAMBDA_FUNCTION_NAME", "_HANDLER"} <= set(payload["names"])
    assert "MOTO_IAM_LOAD_MANAGED_POLICIES" not in payload["names"]  # the server has it


def test_code_is_read_from_a_bucket_too(aws: EmbeddedAws) -> None:
    s3, bucket = aws.client("s3"), f"code-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    files = {"package/__init__.py": "", "package/main.py": "def run(event, context): return 'ran'"}
    s3.put_object(Bucket=bucket, Key="code.zip", Body=zipped(files))
    aws.client("lambda").create_function(
        FunctionName=bucket,
        Runtime="python3.12",
        Handler="package/main.run",
        Role=role(aws),
        Code={"S3Bucket": bucket, "S3Key": "code.zip"},
    )
    assert invoke(aws, bucket)["Payload"] == "ran"


def test_what_a_handler_raises_is_the_payload(aws: EmbeddedAws) -> None:
    handler = """
        def handler(event, context):
            raise LookupError("no such node")
    """
    payload = failure(aws, create_function(aws, handler))
    assert (payload["errorType"], payload["errorMessage"]) == ("LookupError", "no such node")
    assert "in handler" in payload["stackTrace"][0]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        pytest.param("import nowhere", "Runtime.ImportModuleError", "nowhere", id="an import"),
        pytest.param("x = 1", "Runtime.HandlerNotFound", "'handler' missing", id="no handler"),
        pytest.param("1 / 0", "ZeroDivisionError", "division", id="the module itself"),
        pytest.param(
            "def handler(e, c): return {1, 2}", "Runtime.MarshalError", "set", id="not JSON"
        ),
        pytest.param(
            "def handler(e, c): raise SystemExit(3)", "Runtime.ExitError", "3", id="an exit"
        ),
        pytest.param(
            "import os\ndef handler(e, c): os._exit(3)", "Runtime.ExitError", "3", id="a crash"
        ),
        pytest.param(
            "def handler(e, c): return 'x' * 7_000_000",
            "Function.ResponseSizeTooLarge",
            "6291556",
            id="a large answer",
        ),
    ],
)
def test_a_function_that_does_not_work_says_why(
    aws: EmbeddedAws, text: str, kind: str, message: str
) -> None:
    payload = failure(aws, create_function(aws, text))
    assert payload["errorType"] == kind
    assert message in payload["errorMessage"]


def test_a_function_ends_at_its_timeout_with_all_its_processes(aws: EmbeddedAws) -> None:
    handler = """
        import subprocess, time
        def handler(event, context):
            subprocess.Popen(["sleep", "4711.5"])
            time.sleep(60)
    """
    function = create_function(aws, handler, Timeout=1)
    began = time.monotonic()
    payload = failure(aws, function)
    assert time.monotonic() - began < 20
    assert payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert ["sleep", "4711.5"] not in commands


def test_a_function_that_runs_ends_with_the_server(tmp_path: Path) -> None:
    with WarmServer() as server:
        aws = EmbeddedAws(server.access)
        handler = """
            import os, time, pathlib
            def handler(event, context):
                pathlib.Path(event).write_text(str(os.getpid()))
                time.sleep(600)
        """
        function = create_function(aws, handler, Timeout=600)
        note = tmp_path / "process"
        invoke(aws, function, str(note), InvocationType="Event")
        process = int(wait_for(lambda: note.read_text() if note.is_file() else ""))
    assert wait_for(lambda: not psutil.pid_exists(process))


def test_an_event_invocation_returns_at_once_and_keeps_the_order(aws: EmbeddedAws) -> None:
    inbox = Inbox(aws)
    handler = """
        import boto3, os
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl=os.environ["INBOX"], MessageBody=str(event))
    """
    function = create_function(aws, handler, variables={"INBOX": inbox.url}, Timeout=30)
    for number in range(3):
        assert invoke(aws, function, number, InvocationType="Event")["StatusCode"] == 202
    assert inbox.wait(3) == ["0", "1", "2"]


def test_a_dry_run_runs_nothing(aws: EmbeddedAws) -> None:
    function = create_function(aws, "1 / 0")
    assert invoke(aws, function, InvocationType="DryRun")["StatusCode"] == 204


def test_the_output_of_a_function_is_in_its_log_group_and_in_the_tail(aws: EmbeddedAws) -> None:
    function = create_function(aws, "def handler(event, context): print('a line')")
    answer = invoke(aws, function, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert tail[0].startswith("START RequestId: ")
    assert tail[1] == "a line"
    events = aws.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{function.rpartition(':')[2]}"
    )["events"]
    assert [event["message"] for event in events] == tail


def test_what_a_function_logs_is_in_its_output(aws: EmbeddedAws) -> None:
    handler = """
        import logging
        logging.getLogger().setLevel(logging.INFO)
        def handler(event, context):
            logging.info("a note")
    """
    answer = invoke(aws, create_function(aws, handler), LogType="Tail")
    (line,) = [
        line
        for line in base64.b64decode(answer["LogResult"]).decode().splitlines()
        if line.endswith("a note")
    ]
    assert line.startswith("[INFO]\t")


def test_a_layer_brings_modules(aws: EmbeddedAws) -> None:
    layer = aws.client("lambda").publish_layer_version(
        LayerName=f"layer-{uuid.uuid4().hex[:8]}",
        Content={"ZipFile": zipped({"python/from_layer.py": "VALUE = 5"})},
    )["LayerVersionArn"]
    text = "import from_layer\ndef handler(event, context): return from_layer.VALUE"
    assert invoke(aws, create_function(aws, text, Layers=[layer]))["Payload"] == 5


def test_a_topic_invokes_a_function_without_waiting_for_it(aws: EmbeddedAws) -> None:
    inbox, sns = Inbox(aws), aws.client("sns")
    handler = """
        import boto3, os
        def handler(event, context):
            text = event["Records"][0]["Sns"]["Message"]
            boto3.client("sqs").send_message(QueueUrl=os.environ["INBOX"], MessageBody=text)
    """
    function = create_function(aws, handler, variables={"INBOX": inbox.url}, Timeout=30)
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:8]}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    began = time.monotonic()
    sns.publish(TopicArn=topic, Message="hello")
    assert time.monotonic() - began < 5
    assert inbox.wait(1) == ["hello"]


@pytest.mark.parametrize("runtime", ["java21", "provided.al2023"])
def test_a_runtime_that_cannot_run_here_is_refused_by_name(aws: EmbeddedAws, runtime: str) -> None:
    function = create_function(aws, "", runtime=runtime)
    with pytest.raises(ClientError, match=rf"Python and Node\.js runtimes only.*{runtime}"):
        invoke(aws, function)


def test_a_function_that_does_not_exist_is_not_found(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*Function not found"):
        invoke(aws, "there-is-none")


def test_a_payload_that_is_not_json_is_refused(aws: EmbeddedAws) -> None:
    function = create_function(aws, "")
    with pytest.raises(ClientError, match="Could not parse request body into json"):
        aws.client("lambda").invoke(FunctionName=function, Payload=b"{")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("export const handler = async (event) => event.a + 1;", id="async"),
        pytest.param("export const handler = (e, c, done) => done(null, e.a + 1);", id="callback"),
    ],
)
def test_a_function_for_node_runs_in_node(aws: EmbeddedAws, text: str) -> None:
    function = create_function(aws, text, runtime="nodejs22.x", Timeout=30)
    assert invoke(aws, function, {"a": 1})["Payload"] == 2


def test_what_a_function_for_node_throws_is_the_payload(aws: EmbeddedAws) -> None:
    text = "export const handler = async () => { throw new RangeError('too far'); };"
    payload = failure(aws, create_function(aws, text, runtime="nodejs22.x", Timeout=30))
    assert (payload["errorType"], payload["errorMessage"]) == ("RangeError", "too far")


def test_a_function_that_is_changed_runs_its_new_code(aws: EmbeddedAws) -> None:
    function = create_function(aws, "def handler(event, context): return 1")
    assert invoke(aws, function)["Payload"] == 1
    aws.client("lambda").update_function_code(
        FunctionName=function,
        ZipFile=zipped({"index.py": "def handler(event, context): return 2"}),
    )
    assert wait_for(lambda: invoke(aws, function)["Payload"] == 2)
