"""What ``make deploy-local`` runs: the platform is deployed, its job runs, and nothing stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from unittest.mock import patch

import psutil
import pytest
from aws_cdk import App

from cdk_batch_mnp_emulator.running import Server
from cdk_batch_mnp_emulator.variables import variables
from embedded import EmbeddedAws
from stacks.settings import load
from tests.end_to_end.local import (
    DEPLOY_LOCAL,
    IN_AWS,
    assert_says_what_was_deployed_and_run,
    deploy_local,
)
from tests.end_to_end.toolkit import REGION, ROOT, deploy_without_cdk
from tools.deploy_local import main


@pytest.mark.clients
def test_the_platform_is_deployed_and_its_job_computes_over_four_nodes() -> None:
    # make test runs the same beside a server that is there already: test_deploy.py.
    assert_says_what_was_deployed_and_run(deploy_local(DEPLOY_LOCAL))


def test_a_job_that_fails_is_the_exit_status(
    server: Server,
    aws: EmbeddedAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Imported only here: cdk-nag is slow to load, and every worker imports this module.
    from stacks.platform import add_platform

    program = tmp_path / "program.py"
    program.write_text("import os, sys, time\nprint('fails')\ntime.sleep(0.2)\nsys.exit(3)\n")
    settings = tmp_path / "demo.toml"
    demo = (ROOT / "configs" / "demo.toml").read_text()
    settings.write_text(demo.replace("../examples/ring_sum/ring_sum.py", program.name))
    app = App(outdir=str(tmp_path / "cdk.out"))
    add_platform(app, load(settings))
    deploy_without_cdk(server, Path(app.synth().directory))

    for name, value in variables(server.access, REGION).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["deploy_local", str(settings)])
    # The platform is there already.
    with patch("tools.deploy_local.cdk"), pytest.raises(SystemExit) as exited:
        main()
    for stack in ("DemoMnp", "DemoNetwork"):
        aws.client("cloudformation").delete_stack(StackName=stack)
    assert exited.value.code == (
        "deploy-local: job RingSum FAILED: Essential container in task exited; exit code 3"
    )
    # The first node that fails ends the others, whichever it is.
    lines = capsys.readouterr().out
    (first,) = re.findall(r"\[0\] mnp-launch: node 0: the job failed first on node (\d)", lines)
    assert f"[{first}] fails" in lines.splitlines()


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


@pytest.mark.clients
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
        process
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]
