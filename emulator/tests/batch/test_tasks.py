"""Nodes of several containers run for real, in their own networks and with loopback addresses."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp_emulator.running import ServerError
from cdk_batch_mnp_emulator.settings import Settings
from embedded import EmbeddedAws
from job_platform import JobPlatform, wait_for
from nodes.conftest import EXPECTED
from warm import WarmServer

ONE = {
    "image": "busybox",
    "resourceRequirements": [
        {"type": "VCPU", "value": "1"},
        {"type": "MEMORY", "value": "128"},
    ],
}
IN_IMAGE = "/usr/local/bin/cdk-batch-mnp-test"
PROGRAM = "#!/bin/sh\necho the program runs with $1\n"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this machine that is a path of the instances, and stands for an image too."""
    folder = tmp_path_factory.mktemp("here")
    for name in ("program", "bin/install", "bin/mnp-launch"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(PROGRAM)
        (folder / name).chmod(0o755)
    (folder / "Dockerfile").write_text(f"FROM busybox\nCOPY program {IN_IMAGE}\n")
    (folder / "bin" / "install").write_text('#!/bin/sh\nexec cp program "$1"\n')
    return folder


@pytest.fixture(scope="module", params=["namespaces", "loopback"])
def platform(request: pytest.FixtureRequest, here: Path) -> Iterator[JobPlatform]:
    settings = Settings(
        network=request.param,
        images={"launcher": here, "tools": here},
        host_paths={"/opt/here": here},
    )
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", f"{here / 'bin'}:{os.environ['PATH']}")
            with WarmServer(settings) as server:
                yield JobPlatform(EmbeddedAws(server.access))
    except ServerError as error:
        if request.param == "loopback" or os.environ.get(EXPECTED):
            raise
        pytest.skip(str(error))


with_networks = pytest.mark.parametrize("platform", ["namespaces"], indirect=True)
"""For what nodes with loopback addresses have not."""


def task(*containers: dict[str, Any], volumes: Any = ()) -> dict[str, Any]:
    shared = [{"name": "shared"}, *volumes]
    return {"taskProperties": [{"containers": list(containers), "volumes": shared}]}


def container(name: str, *command: str, **more: Any) -> dict[str, Any]:
    return {**ONE, "name": name, "command": list(command), **more}


def after(name: str, condition: str = "SUCCESS") -> list[dict[str, str]]:
    return [{"containerName": name, "condition": condition}]


def at(path: str, volume: str = "shared", **more: Any) -> list[dict[str, Any]]:
    return [{"sourceVolume": volume, "containerPath": path, **more}]


def run(platform: JobPlatform, properties: dict[str, Any], number: int = 0) -> dict[str, Any]:
    """Run a job to its end: with one node, or with a number of them."""
    if not number:
        definition = platform.batch.register_job_definition(
            jobDefinitionName="task", type="container", ecsProperties=properties
        )
    else:
        group = {"targetNodes": "0:", "ecsProperties": properties}
        definition = platform.batch.register_job_definition(
            jobDefinitionName="tasks",
            type="multinode",
            nodeProperties={"mainNode": 0, "numNodes": number, "nodeRangeProperties": [group]},
        )
    return platform.ended(platform.submit(definition["jobDefinitionArn"]))


def log(
    platform: JobPlatform, record: dict[str, Any], name: str, *, all_lines: bool = False
) -> list[str]:
    """What the program of a container wrote, without what the emulator wrote unless asked."""
    (of_task,) = record["ecsProperties"]["taskProperties"]
    (stream,) = (each["logStreamName"] for each in of_task["containers"] if each["name"] == name)
    events = platform.aws.client("logs").get_log_events(
        logGroupName="/aws/batch/job", logStreamName=stream, startFromHead=True
    )
    lines = [str(each["message"]) for each in events["events"]]
    ours = ("The image", "The argument", "The volume", "cdk-batch-mnp-emulator:")
    return [each for each in lines if all_lines or not each.startswith(ours)]


INIT_AND_MAIN = task(
    container(
        "init",
        "install",
        "/shared/program",
        image="launcher:1",
        essential=False,
        mountPoints=at("/shared"),
    ),
    container(
        "main",
        "/opt/program/program",
        "AN ARGUMENT",
        dependsOn=after("init"),
        mountPoints=at("/opt/program", readOnly=True),
    ),
)
"""How a launcher is brought to an image that lacks it."""


def test_a_program_that_an_init_container_writes_is_run_by_the_main_one(
    platform: JobPlatform,
) -> None:
    job = run(platform, INIT_AND_MAIN)
    assert job["status"] == "SUCCEEDED", job
    assert log(platform, job, "main") == ["the program runs with AN ARGUMENT"]


def test_an_init_container_copies_what_its_dockerfile_puts_into_the_image(
    platform: JobPlatform,
) -> None:
    init = container("init", "cp", IN_IMAGE, "/shared/program", image="tools:1", essential=False)
    init["mountPoints"] = at("/shared")
    main = container("main", "/shared/program", "it", dependsOn=after("init"))
    main["mountPoints"] = at("/shared")
    job = run(platform, task(init, main))
    assert job["status"] == "SUCCEEDED", job
    assert log(platform, job, "main") == ["the program runs with it"]


def test_the_nodes_of_a_job_each_have_their_init_container(platform: JobPlatform) -> None:
    job = run(platform, INIT_AND_MAIN, 2)
    assert job["status"] == "SUCCEEDED", job
    main = platform.describe(f"{job['jobId']}#0")
    assert log(platform, main, "main") == ["the program runs with AN ARGUMENT"]
    assert job["attempts"][0]["taskProperties"][0]["containers"][1]["exitCode"] == 0


def test_a_path_of_the_instances_is_a_folder_of_this_machine(platform: JobPlatform) -> None:
    main = container("main", "/in/program", "it", mountPoints=at("/in", "host", readOnly=True))
    host = {"name": "host", "host": {"sourcePath": "/opt/here"}}
    job = run(platform, task(main, volumes=[host]))
    assert job["status"] == "SUCCEEDED", job
    assert log(platform, job, "main") == ["the program runs with it"]


def test_the_launcher_of_this_machine_is_in_the_folder_that_user_data_writes_it_to(
    platform: JobPlatform, here: Path
) -> None:
    folder = "/opt/cdk-batch-mnp"
    main = container(
        "main", f"{folder}/mnp-launch", "it", mountPoints=at(folder, "host", readOnly=True)
    )
    host = {"name": "host", "host": {"sourcePath": folder}}
    job = run(platform, task(main, volumes=[host]))
    assert job["status"] == "SUCCEEDED", job
    assert log(platform, job, "main") == ["the program runs with it"]
    said = f"has a copy of {here}/bin/mnp-launch, the launcher of this machine"
    assert any(said in each for each in log(platform, job, "main", all_lines=True))


def test_a_failed_init_container_is_the_reason_of_the_job(platform: JobPlatform) -> None:
    job = run(
        platform,
        task(
            container("init", "sh", "-c", "exit 3", essential=False),
            container("main", "true", dependsOn=after("init")),
        ),
    )
    assert (job["status"], job["statusReason"]) == ("FAILED", "Task failed to start")
    init, main = job["ecsProperties"]["taskProperties"][0]["containers"]
    assert (init["exitCode"], main["exitCode"]) == (3, 143)
    assert "init, which ended with exit code 3" in main["reason"]


def test_the_end_of_the_essential_container_sends_sigterm_to_the_others(
    platform: JobPlatform,
) -> None:
    side = container(
        "side",
        "sh",
        "-c",
        "trap 'echo stopped; exit 5' TERM; echo ready; while :; do sleep 0.05; done",
        essential=False,
    )
    main = container("main", "sh", "-c", "sleep 1; exit 4", dependsOn=after("side", "START"))
    job = run(platform, task(side, main))
    assert job["status"] == "FAILED"
    described = job["ecsProperties"]["taskProperties"][0]["containers"]
    assert [each["exitCode"] for each in described] == [5, 4]
    assert log(platform, job, "side") == ["ready", "stopped"]


@with_networks
def test_containers_reach_each_other_over_localhost_and_the_other_nodes_do_not(
    platform: JobPlatform,
) -> None:
    serve = "import socket; s=socket.create_server(('127.0.0.1', 29500)); s.accept()[0].send(b'x')"
    read = """
import os, socket, time
for _ in range(200):
    try:
        print(socket.gethostname() == os.environ['HOSTNAME'],
              socket.create_connection(('localhost', 29500)).recv(1).decode())
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
if os.environ['AWS_BATCH_JOB_NODE_INDEX'] == '0':
    time.sleep(1.5)
"""
    python = (sys.executable, "-S", "-E", "-c")
    both = task(
        container("server", *python, serve, essential=False), container("main", *python, read)
    )
    job = run(platform, both, 2)
    assert job["status"] == "SUCCEEDED", job
    for index in range(2):
        node = platform.describe(f"{job['jobId']}#{index}")
        assert log(platform, node, "main") == ["True x"]


@with_networks
def test_every_container_reaches_the_embedded_aws(platform: JobPlatform) -> None:
    connect = """
import os, socket, urllib.parse
url = urllib.parse.urlsplit(os.environ['AWS_ENDPOINT_URL'])
with socket.create_connection((url.hostname, url.port), 10) as connection:
    connection.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
    print(connection.recv(8).decode())
"""
    python = (sys.executable, "-S", "-E", "-c")
    job = run(
        platform,
        task(
            container("init", *python, connect, essential=False),
            container("main", *python, connect, dependsOn=after("init")),
        ),
    )
    assert job["status"] == "SUCCEEDED", job
    for name in ("init", "main"):
        (line,) = log(platform, job, name)
        assert line.startswith("HTTP/1.")


def test_terminating_a_job_ends_all_of_its_containers(platform: JobPlatform) -> None:
    wait = ("sh", "-c", "exec sleep 60")
    definition = platform.batch.register_job_definition(
        jobDefinitionName="task",
        type="container",
        ecsProperties=task(
            container("side", *wait, essential=False),
            container("main", *wait, dependsOn=after("side", "START")),
        ),
    )
    id = platform.submit(definition["jobDefinitionArn"])
    wait_for(lambda: platform.describe(id)["status"] == "RUNNING")
    platform.batch.terminate_job(jobId=id, reason="enough")
    job = platform.ended(id)
    assert (job["status"], job["statusReason"]) == ("FAILED", "enough")
    described = job["ecsProperties"]["taskProperties"][0]["containers"]
    assert [each["exitCode"] for each in described] == [143, 143]
