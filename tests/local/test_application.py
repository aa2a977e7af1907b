"""What the embedded AWS does not provide, it says in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.local.embedded import EmbeddedAws

TWICE = """
import boto3
for _ in range(2):
    try:
        boto3.client("cloudtrail").lookup_events()
    except Exception:
        pass
"""


def test_an_operation_that_moto_does_not_know_is_refused_by_name(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="does not provide cloudtrail LookupEvents"):
        aws.client("cloudtrail").lookup_events()
    with pytest.raises(ClientError, match="does not provide cloudformation DetectStackDrift"):
        aws.client("cloudformation").detect_stack_drift(StackName="any")


def test_it_is_told_once_and_without_a_traceback() -> None:
    command = str(Path(sys.executable).with_name("cdk-batch-mnp"))
    done = subprocess.run(
        [command, "local", "exec", "--", sys.executable, "-c", TWICE],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == (
        "embedded AWS: the embedded AWS does not provide cloudtrail LookupEvents\n"
    )


def test_other_services_are_motos(aws: EmbeddedAws) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert aws.client("ec2").describe_instances()["Reservations"] == []
