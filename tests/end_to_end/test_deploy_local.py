"""What ``make deploy-local`` runs: the platform is deployed, its job runs, and nothing stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from cdk_batch_mnp_emulator.running import Server
from cdk_batch_mnp_emulator.variables import command_environment
from embedded import EmbeddedAws
from tests.end_to_end.toolkit import REGION, ROOT

IN_AWS = [sys.executable, "-m", "tools.deploy_local"]
"""Beside an embedded AWS that runs."""
DEPLOY_LOCAL = [
    *(str(Path(sys.executable).with_name("cdk-batch-mnp")), "local", "exec", "--"),
    *IN_AWS,
]


def test_the_platform_is_deployed_and_its_job_computes_over_four_nodes() -> None:
    done = subprocess.run(
        DEPLOY_LOCAL, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for fact in ("max vCPUs, 4 nodes", "placement group", "nodes, overridden"):
        assert fact in done.stdout
    lines = set(done.stdout.splitlines())
    assert {f"[{index}] Node {index} of 4 has the sum 10." for index in range(4)} < lines
    assert "[0] mnp-launch: node 0: all 4 nodes are ready, starting" in lines
    assert re.search(r"nodes that the launcher started │ ✓ │ 4 ", done.stdout)
    rows = re.findall(r"│ (\d) +│ ([\d.]+) +│ SUCCEEDED +│ 0 +│ [\d.]+ +│", done.stdout)
    assert [index for index, _ in rows] == ["0", "1", "2", "3"]
    assert len({address for _, address in rows}) == 4
    assert "Deployed as configured, and every job succeeded" in done.stdout


def test_a_job_that_fails_is_the_exit_status(
    server: Server, aws: EmbeddedAws, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text("import os, sys, time\nprint('fails')\ntime.sleep(0.2)\nsys.exit(3)\n")
    settings = tmp_path / "demo.toml"
    demo = (ROOT / "configs" / "demo.toml").read_text()
    settings.write_text(demo.replace("../examples/ring_sum/ring_sum.py", program.name))
    done = subprocess.run(
        [*IN_AWS, str(settings)],
        cwd=ROOT,
        env=command_environment(os.environ, server.access, REGION),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    for stack in ("DemoMnp", "DemoNetwork"):
        aws.client("cloudformation").delete_stack(StackName=stack)
    assert done.returncode == 1
    # The first node that fails ends the others, whichever it is.
    (first,) = re.findall(
        r"\[0\] mnp-launch: node 0: the job failed first on node (\d)", done.stdout
    )
    assert f"[{first}] fails" in done.stdout.splitlines()
    assert done.stderr.splitlines()[-1] == (
        "deploy-local: job RingSum FAILED: Essential container in task exited; exit code 3"
    )


def test_wrong_settings_are_one_line(tmp_path: Path) -> None:
    settings = tmp_path / "wrong.toml"
    settings.write_text('name = "Wrong"\n[cluster]\ninstance_type = "c5.xlarge"\n')
    done = subprocess.run(
        [*IN_AWS, str(settings)],
        cwd=ROOT,
        env=os.environ | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "cluster.max_nodes: missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_deploys_to_no_real_account() -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        IN_AWS,
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "run this with the embedded AWS" in done.stderr


def test_interrupting_it_leaves_no_process() -> None:
    process = subprocess.Popen(
        DEPLOY_LOCAL,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    parent = psutil.Process(process.pid)
    seen: set[psutil.Process] = set()
    deadline = time.monotonic() + 120
    # Until the CDK runs the app, and the app has started Node for itself.
    while not any("app.py" in " ".join(each.cmdline()) for each in alive(seen)):
        assert process.poll() is None
        assert time.monotonic() < deadline
        seen |= set(parent.children(recursive=True))
        time.sleep(0.05)
    time.sleep(1)
    seen |= set(parent.children(recursive=True))
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 128 + signal.SIGINT
    assert alive(seen) == []


def alive(processes: set[psutil.Process]) -> list[psutil.Process]:
    return [
        each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE
    ]
