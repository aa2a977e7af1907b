"""The reference platforms, as `cdk synth` writes them, held against all that knows better."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cfnlint.api import lint_all
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.stacks.conftest import ROOT, Synthesized, synthesized

pytestmark = pytest.mark.xdist_group("stacks")

BATCH = ("AWS::Batch::ComputeEnvironment", "AWS::Batch::JobQueue", "AWS::Batch::JobDefinition")


@pytest.fixture
def snapshot_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def test_templates_are_as_they_were(
    platform: Synthesized, snapshot_json: SnapshotAssertion
) -> None:
    assert platform.templates == snapshot_json


def test_templates_keep_to_the_schemas_of_cloudformation(platform: Synthesized) -> None:
    for name, template in platform.templates.items():
        found = [
            f"{name}: {match}"
            for match in lint_all(json.dumps(template))
            if match.rule.severity != "informational"
        ]
        assert found == []


def test_cdk_nag_has_nothing_to_say(platform: Synthesized) -> None:
    assert platform.nag["conclusion"] == "success"
    assert platform.nag["violations"] == []


def test_what_cdk_nag_was_told_to_accept_has_a_reason(platform: Synthesized) -> None:
    accepted = platform.nag["suppressedViolations"]
    assert {each["ruleName"].partition("[")[0] for each in accepted} <= {
        "AwsSolutions-IAM4",
        "AwsSolutions-IAM5",
    }
    assert all(len(each["reason"]) > 40 for each in accepted)


def test_a_platform_has_one_cluster(platform: Synthesized) -> None:
    counts = {kind: len(platform.resources(kind)) for kind in BATCH}
    assert counts == dict.fromkeys(BATCH, 1)
    (group,) = platform.resources("AWS::EC2::PlacementGroup").values()
    assert group["Properties"]["Strategy"] == "cluster"


def test_the_nodes_have_one_private_subnet(platform: Synthesized) -> None:
    (environment,) = platform.resources("AWS::Batch::ComputeEnvironment").values()
    assert len(environment["Properties"]["ComputeResources"]["Subnets"]) == 1
    subnets = platform.resources("AWS::EC2::Subnet").values()
    zones = {json.dumps(each["Properties"]["AvailabilityZone"]) for each in subnets}
    assert len(zones) == 1
    assert not any(each["Properties"].get("MapPublicIpOnLaunch") for each in subnets)


def test_a_network_has_a_nat_gateway_or_the_endpoints_of_the_nodes() -> None:
    demo = synthesized(ROOT / "configs/demo.toml")
    assert len(demo.resources("AWS::EC2::NatGateway")) == 1
    hpc = synthesized(ROOT / "configs/hpc.toml")
    assert hpc.resources("AWS::EC2::NatGateway") == {}
    services = json.dumps(
        [
            each["Properties"]["ServiceName"]
            for each in hpc.resources("AWS::EC2::VPCEndpoint").values()
        ]
    )
    for name in ("ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs", "s3"):
        assert f'.{name}"' in services


CONTROL = """
from aws_cdk import App, Stack, aws_batch
app = App()
aws_batch.CfnJobQueue(Stack(app, "Stack"), "Queue", priority=-1, compute_environment_order=[])
app.synth()
"""


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(["app.py"], set(), id="nothing in the reference app"),
        pytest.param(["-c", CONTROL], {"CloudFormation Validate"}, id="a wrong priority elsewhere"),
    ],
)
def test_the_validation_of_the_cdk_itself(
    program: list[str], expected: set[str], tmp_path: Path
) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "CDK_VALIDATION"}
    environment |= {
        "CDK_OUTDIR": str(tmp_path),
        "CDK_CONTEXT_JSON": json.dumps({"config": "configs/hpc.toml"}),
    }
    subprocess.run([sys.executable, *program], cwd=ROOT, env=environment, check=True)
    report = json.loads((tmp_path / "validation-report.json").read_text())
    assert {
        each["pluginName"] for each in report["pluginReports"] if each["violations"]
    } == expected
