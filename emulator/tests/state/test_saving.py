"""What exists survives a restart, and jobs that had not ended have failed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.running import ServerError
from cdk_batch_mnp_emulator.settings import Settings
from command_line import ECHO_ACCESS, PATIENCE_SECONDS, command_with_aws, wait_until
from embedded import DeployedStack, EmbeddedAws
from job_platform import JobPlatform, wait_for
from warm import WarmProcess, WarmServer

Start = Callable[[], AbstractContextManager[EmbeddedAws]]

LARGE = os.urandom(300_000)
QUEUE = {"Q": {"Type": "AWS::SQS::Queue"}}
PARAMETER = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}}
LOG_GROUP = {"L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/kept"}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def start(folder: Path) -> Start:
    """Start a server with the same folder each time."""

    @contextmanager
    def started() -> Iterator[EmbeddedAws]:
        with WarmServer(Settings(state=folder)) as server:
            aws = EmbeddedAws(server.access)
            aws.server = server  # type: ignore[attr-defined]
            yield aws

    return started


def kill(aws: EmbeddedAws) -> None:
    process = psutil.Process(aws.server.pid)  # type: ignore[attr-defined]
    process.kill()
    process.wait()


def test_a_stack_survives_and_can_be_updated_and_deleted(start: Start) -> None:
    with start() as aws:
        first = aws.deploy(LOG_GROUP | PARAMETER | QUEUE)
        assert first.status == "CREATE_COMPLETE", first.failures
        resources = first.resources
    with start() as aws:
        stack = DeployedStack(aws, first.name)
        stack.id = first.id
        assert stack.status == "CREATE_COMPLETE"
        assert stack.resources == resources
        changed = {"P": {**PARAMETER["P"], "Properties": {"Type": "String", "Value": "new"}}}
        stack.update(LOG_GROUP | changed | QUEUE)
        assert stack.status == "UPDATE_COMPLETE", stack.failures
        value = aws.client("ssm").get_parameter(Name=stack.resources["P"])["Parameter"]["Value"]
        assert value == "new"
    with start() as aws:
        stack = DeployedStack(aws, first.name)
        stack.id = first.id
        stack.delete()
        assert stack.status == "DELETE_COMPLETE"
        assert aws.client("logs").describe_log_groups()["logGroups"] == []
        assert "QueueUrls" not in aws.client("sqs").list_queues()


def test_what_moto_holds_survives(start: Start) -> None:
    with start() as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="kept-bucket")
        s3.put_object(Bucket="kept-bucket", Key="small", Body=b"a")
        s3.put_object(Bucket="kept-bucket", Key="large", Body=LARGE)
        aws.client("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
        aws.client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument="{}")
        policy = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
        aws.client("iam").attach_role_policy(RoleName="kept", PolicyArn=policy)
        described = aws.client("iam").get_policy(PolicyArn=policy)["Policy"]
        aws.client("secretsmanager").create_secret(Name="kept", SecretString="x")
        aws.client("ecr").create_repository(repositoryName="kept")
        aws.client("ec2").create_placement_group(GroupName="kept", Strategy="cluster")
        aws.client("stepfunctions").list_state_machines()
        aws.client("lambda").list_functions()
        session = aws.client("sts").get_session_token()["Credentials"]
    for _ in range(2):  # what was restored is saved again
        with start() as aws:
            s3 = aws.client("s3")
            assert s3.get_object(Bucket="kept-bucket", Key="large")["Body"].read() == LARGE
            assert s3.get_object(Bucket="kept-bucket", Key="small")["Body"].read() == b"a"
            assert len(aws.client("kms").list_keys()["Keys"]) == 1
            attached = aws.client("iam").list_attached_role_policies(RoleName="kept")
            assert [each["PolicyArn"] for each in attached["AttachedPolicies"]] == [policy]
            assert aws.client("iam").get_policy(PolicyArn=policy)["Policy"] == described
            version = described["DefaultVersionId"]
            document = aws.client("iam").get_policy_version(PolicyArn=policy, VersionId=version)
            assert document["PolicyVersion"]
            secret = aws.client("secretsmanager").get_secret_value(SecretId="kept")
            assert secret["SecretString"] == "x"
            repositories = aws.client("ecr").describe_repositories()["repositories"]
            assert [each["repositoryName"] for each in repositories] == ["kept"]
            groups = aws.client("ec2").describe_placement_groups()["PlacementGroups"]
            assert [each["GroupName"] for each in groups] == ["kept"]
            import boto3

            as_session: Any = boto3.client(
                "sts",
                region_name="us-east-1",
                endpoint_url=aws.url,
                aws_access_key_id=session["AccessKeyId"],
                aws_secret_access_key=session["SecretAccessKey"],
                aws_session_token=session["SessionToken"],
            )
            assert as_session.get_caller_identity()["Account"]


def test_files_of_deleted_objects_are_removed(start: Start, folder: Path) -> None:
    with start() as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="kept-bucket")
        for key in ("one", "two"):
            s3.put_object(Bucket="kept-bucket", Key=key, Body=LARGE)
    assert len(list((folder / "objects").iterdir())) == 2
    with start() as aws:
        aws.client("s3").delete_object(Bucket="kept-bucket", Key="one")
    assert len(list((folder / "objects").iterdir())) == 1
    with start() as aws:
        body = aws.client("s3").get_object(Bucket="kept-bucket", Key="two")["Body"]
        assert body.read() == LARGE


def test_an_ended_job_survives_with_its_log(start: Start) -> None:
    with start() as aws:
        platform = JobPlatform(aws)
        job = platform.submit(platform.define_nodes(["echo", "hello"]))
        assert platform.ended(job)["status"] == "SUCCEEDED"
        before = [platform.describe(each) for each in (job, f"{job}#0", f"{job}#1")]
        queue, definition = platform.queue, platform.container_definition
    with start() as aws:
        batch = aws.client("batch")
        ids = [job, f"{job}#0", f"{job}#1"]
        assert batch.describe_jobs(jobs=ids)["jobs"] == before
        stream = before[1]["container"]["logStreamName"]
        events = aws.client("logs").get_log_events(
            logGroupName="/aws/batch/job", logStreamName=stream
        )["events"]
        assert "hello" in [each["message"] for each in events]
        # and jobs run on
        again = batch.submit_job(jobName="again", jobQueue=queue, jobDefinition=definition)
        ended = wait_for(
            lambda: next(
                (
                    each
                    for each in batch.describe_jobs(jobs=[again["jobId"]])["jobs"]
                    if each["status"] in {"SUCCEEDED", "FAILED"}
                ),
                None,
            )
        )
        assert ended["status"] == "SUCCEEDED", ended


def test_jobs_that_had_not_ended_have_failed(start: Start) -> None:
    with start() as aws:
        platform = JobPlatform(aws)
        nodes = platform.submit(platform.define_nodes(["sleep", "300"]))
        single = platform.submit(
            platform.define(["sleep", "300"]),
            arrayProperties={"size": 2},
            retryStrategy={"attempts": 3},
        )
        waiting = platform.submit(platform.container_definition, dependsOn=[{"jobId": nodes}])
        wait_for(
            lambda: (
                all(
                    platform.describe(each)["status"] == "RUNNING"
                    for each in (nodes, f"{nodes}#1", f"{single}:1")
                )
                or None
            )
        )
    with start() as aws:
        found = {
            each["jobId"]: each
            for each in aws.client("batch").describe_jobs(
                jobs=[nodes, f"{nodes}#0", f"{nodes}#1", single, f"{single}:0", waiting]
            )["jobs"]
        }
        assert {each["status"] for each in found.values()} == {"FAILED"}
        ran = "The embedded AWS was stopped while the job ran"
        assert found[nodes]["statusReason"] == found[f"{single}:0"]["statusReason"] == ran
        assert len(found[nodes]["attempts"]) == len(found[f"{single}:0"]["attempts"]) == 1
        node = found[f"{nodes}#1"]
        assert node["statusReason"] == "The embedded AWS was stopped while the node ran"
        assert len(node["attempts"]) == 1
        assert found[single]["arrayProperties"]["statusSummary"]["FAILED"] == 2
        assert found[waiting]["statusReason"] == (
            "The embedded AWS was stopped before the job started"
        )
        assert found[waiting]["attempts"] == []


def test_a_killed_server_loses_seconds_only(start: Start, folder: Path) -> None:
    file = folder / "state"
    with start() as aws:
        at_start = file.stat().st_mtime_ns
        aws.client("ssm").put_parameter(Name="/kept", Value="v", Type="String")
        assert wait_until(lambda: file.stat().st_mtime_ns != at_start)
        kill(aws)
    with start() as aws:
        assert aws.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "v"


def test_reading_does_not_save(start: Start, folder: Path) -> None:
    with start() as aws:
        batch = aws.client("batch")
        before = (folder / "state").stat().st_mtime_ns
        batch.describe_job_queues()
        aws.client("logs").describe_log_groups()
        time.sleep(3)
        assert (folder / "state").stat().st_mtime_ns == before


def test_credentials_and_a_free_port_stay(start: Start) -> None:
    with start() as aws:
        access = aws.access
    with start() as aws:
        assert aws.access == access


def test_a_port_that_is_taken_is_replaced(start: Start) -> None:
    import socket

    with start() as aws:
        access = aws.access
    with socket.create_server(("127.0.0.1", int(access.url.rpartition(":")[2]))), start() as aws:
        assert aws.access.credentials == access.credentials
        assert aws.url != access.url
        assert aws.client("sts").get_caller_identity()["Account"]


def test_two_servers_do_not_share_a_folder(start: Start, folder: Path) -> None:
    with start(), pytest.raises(ServerError) as caught, start():
        pass
    assert str(caught.value) == (
        f"the state folder {folder} is in use by another embedded AWS: stop that one, or use "
        "another folder"
    )


def test_a_state_that_cannot_be_read_is_refused_and_stays(start: Start, folder: Path) -> None:
    with start():
        pass
    file = folder / "state"
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])
    with pytest.raises(ServerError, match="is damaged") as caught, start():
        pass
    assert str(file) in str(caught.value)
    assert file.read_bytes() == whole[:-10]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_saves_when_a_signal_ends_it(
    start: Start, folder: Path, number: signal.Signals
) -> None:
    with WarmProcess(["up", "--state", str(folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        variables = [process.stdout.readline() for _ in range(12)]
        shell = ["sh", "-c", "".join((*variables, ECHO_ACCESS))]
        shown = subprocess.run(shell, check=True, capture_output=True, text=True).stdout
        aws = EmbeddedAws(Access(*shown.split()))
        aws.client("sqs").create_queue(QueueName="kept")
        process.send_signal(number)
        process.wait(PATIENCE_SECONDS)
    with start() as aws:
        (url,) = aws.client("sqs").list_queues()["QueueUrls"]
        assert url.endswith("/kept")
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=uuid.uuid4().hex)


def test_exec_keeps_what_the_command_made(start: Start, folder: Path) -> None:
    with command_with_aws("--state", str(folder)) as (_, aws):
        aws.client("sqs").create_queue(QueueName="kept")
    with start() as aws:
        assert len(aws.client("sqs").list_queues()["QueueUrls"]) == 1
