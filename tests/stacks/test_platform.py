"""The reference platforms, as `cdk synth` writes them, held against all that knows better."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.stacks.conftest import ROOT, Synthesized, synthesized

pytestmark = pytest.mark.xdist_group("stacks")

FSX = "AWS::FSx::FileSystem"
BATCH = ("AWS::Batch::ComputeEnvironment", "AWS::Batch::JobQueue", "AWS::Batch::JobDefinition")


@pytest.fixture
def snapshot_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def test_templates_are_as_they_were(
    platform: Synthesized, snapshot_json: SnapshotAssertion
) -> None:
    assert platform.templates == snapshot_json


def _is_region_without(kind: str, told: str) -> bool:
    """Whether cfn-lint, which asks for all Regions at once, found one that lacks a service."""
    return "E3006" in told and kind in told and "does not exist in '" in told


def schema_errors(template: Any) -> list[str]:
    return [
        str(match)
        for match in lint_all(json.dumps(template))
        if match.rule.severity != "informational" and not _is_region_without(FSX, str(match))
    ]


def test_templates_keep_to_the_schemas_of_cloudformation(platform: Synthesized) -> None:
    found = {name: schema_errors(template) for name, template in platform.templates.items()}
    assert len(found) == 2
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_what_does_not_keep_to_the_schemas_would_be_seen() -> None:
    template = synthesized(ROOT / "configs/demo.toml").templates["DemoMnp"]
    (queue,) = [each for each in template["Resources"].values() if each["Type"] == BATCH[1]]
    queue["Properties"]["Priority"] = "high"
    (error,) = schema_errors(template)
    assert "'high' is not of type 'integer'" in error


def test_cdk_nag_has_nothing_to_say(platform: Synthesized) -> None:
    assert platform.nag["conclusion"] == "success"
    assert platform.nag["violations"] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The role of the nodes has the policy that ECS asks for.
        pytest.param("demo", ["IAM4"], id="demo"),
        # And ecr:GetAuthorizationToken is of no repository.
        pytest.param("hpc", ["IAM4", "IAM5"], id="hpc"),
        pytest.param("training", ["IAM4", "IAM5"], id="training"),
    ],
)
def test_what_cdk_nag_was_told_to_accept_has_a_reason(name: str, expected: list[str]) -> None:
    accepted = synthesized(ROOT / f"configs/{name}.toml").nag["suppressedViolations"]
    rules = [each["ruleName"].partition("[")[0].partition("-")[2] for each in accepted]
    assert sorted(rules) == expected
    assert [each["reason"] for each in accepted if len(each["reason"]) <= 40] == []


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


def test_the_nodes_of_the_gpu_platform_reach_its_file_system_at_the_ports_of_lustre() -> None:
    training = synthesized(ROOT / "configs/training.toml")
    ((file_system, _),) = training.resources(FSX).items()
    (template,) = training.resources("AWS::EC2::LaunchTemplate").values()
    user_data = json.dumps(template["Properties"]["LaunchTemplateData"]["UserData"])
    assert f'{{"Ref": "{file_system}"}}' in user_data
    assert "mount -t lustre" in user_data
    ports = {
        (rule["Properties"]["FromPort"], rule["Properties"]["ToPort"])
        for rule in training.resources("AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"].get("Description") == "Lustre from the nodes of jobs"
    }
    assert ports == {(988, 988), (1018, 1023)}


@pytest.mark.parametrize(
    ("name", "path"), [("training", "/fsx"), ("hpc", "/scratch"), ("demo", None)]
)
def test_containers_see_what_their_nodes_mount(name: str, path: str | None) -> None:
    platform = synthesized(ROOT / f"configs/{name}.toml")
    (definition,) = platform.resources("AWS::Batch::JobDefinition").values()
    ranges = definition["Properties"]["NodeProperties"]["NodeRangeProperties"]
    assert ranges
    for each in ranges:
        container = each["Container"]
        seen = [mount["ContainerPath"] for mount in container.get("MountPoints", ())]
        folders = [volume["Host"]["SourcePath"] for volume in container.get("Volumes", ())]
        assert seen == folders == ([path] if path else [])


@pytest.mark.parametrize(("name", "count"), [("training", 4), ("hpc", 2), ("demo", 0)])
def test_nodes_have_the_adapters_of_their_type(name: str, count: int) -> None:
    platform = synthesized(ROOT / f"configs/{name}.toml")
    (template,) = platform.resources("AWS::EC2::LaunchTemplate").values()
    interfaces = template["Properties"]["LaunchTemplateData"].get("NetworkInterfaces", ())
    assert sum("efa" in each["InterfaceType"] for each in interfaces) == count
    (environment,) = platform.resources("AWS::Batch::ComputeEnvironment").values()
    resources = environment["Properties"]["ComputeResources"]
    assert ("SecurityGroupIds" in resources) == (count == 0)


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
