"""The command instances refresh: a catalogue from an account."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cdk_batch_mnp.instances import Catalogue, default_catalogue
from cdk_batch_mnp.operate import errors, refreshing
from tests.cli.command import call
from tests.cli.instances import run
from tests.operate.accounts import RECORDED, answering, session


def test_refresh_writes_a_catalogue_and_says_how_to_use_it(
    tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = tmp_path / "cdk-batch-mnp-instances.json"
    account = session()
    monkeypatch.setattr(refreshing, "open_session", lambda _: account)
    with answering(account) as ec2:
        ec2.add_response("describe_instance_types", {"InstanceTypes": RECORDED})
        done = run("refresh")
    first, kept, *others = done.stdout.splitlines()
    assert first == "3 types: 0 new, 0 changed"
    assert kept.startswith(f"{len(list(default_catalogue())) - 3} kept that EC2 did not describe (")
    assert others == [
        "Wrote cdk-batch-mnp-instances.json.",
        "To use it: set cdk-batch-mnp:instances in the context of cdk.json to its path, and pass "
        "it to commands with --instances.",
    ]
    assert (done.exit_code, done.stderr) == (0, "")
    assert list(Catalogue.load(written)) == list(default_catalogue())

    # What an existing file knows stays in it.
    with answering(account) as ec2:
        ec2.add_response("describe_instance_types", {"InstanceTypes": RECORDED})
        assert run("refresh", "--to", str(bare)).stdout.splitlines()[:3] == [
            "3 types: 3 new (c5.18xlarge, p5.48xlarge, t3.micro), 0 changed",
            "1 kept that EC2 did not describe (x9.huge)",
            f"Wrote {bare}.",
        ]


def test_many_names_are_cut_off_after_ten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = [dict(RECORDED[0], InstanceType=f"x9.{n:02}xlarge") for n in range(12)]
    monkeypatch.setattr(refreshing, "open_session", lambda _: session())
    monkeypatch.setattr(refreshing, "describe_instance_types", lambda *_: tuple(described))
    first, *_ = run("refresh", "--to", tmp_path / "types.json").stdout.splitlines()
    assert first.startswith("12 types: 12 new (x9.00xlarge, ")
    assert first.endswith(", x9.09xlarge and 2 more), 0 changed")


def test_facts_that_cannot_be_used_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(
        "cdk_batch_mnp.operate.refreshing.describe_instance_types",
        lambda *_: ({"InstanceType": "x9.huge"},),
    )
    done = run("refresh", "--to", tmp_path / "types.json")
    assert done.exit_code == 0
    assert done.stderr == "cdk-batch-mnp: not used: x9.huge: VCpuInfo is missing\n"


@pytest.mark.parametrize(
    ("variables", "options", "message"),
    [
        pytest.param({}, [], "no Region is set", id="no Region"),
        pytest.param({}, ["--region", "us-east-1"], "no AWS credentials", id="no credentials"),
        pytest.param({}, ["--profile", "other"], "profile (other) could not", id="profile"),
        pytest.param({}, ["--to", "none/a.json"], "does not exist", id="folder"),
        pytest.param({}, ["--to", "."], "is not a file", id="no file"),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_MAX_ATTEMPTS": "1"},
            ["--region", "us-east-1"],
            "cannot reach AWS in us-east-1",
            id="network",
        ),
    ],
)
def test_a_refresh_that_fails_says_why_in_one_line_and_writes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    options: list[str],
    message: str,
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    offline = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_CONFIG_FILE": "none",
        "AWS_SHARED_CREDENTIALS_FILE": "none",
    }
    for name, value in {**offline, **variables}.items():
        monkeypatch.setenv(name, value)
    done = call(tmp_path, "instances", "refresh", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("cdk-batch-mnp: ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_boto3_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "find_spec", lambda _: None)
    done = run("refresh", "--to", tmp_path / "types.json")
    assert done.exit_code == 2
    assert done.stderr == (
        "cdk-batch-mnp: boto3 is not installed: pip install 'cdk-batch-mnp[operate]'\n"
    )
