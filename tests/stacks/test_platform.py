"""The templates of the reference platforms."""

from __future__ import annotations

import json
import re

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.cli.command import call
from tests.linting import schema_errors
from tests.stacks.conftest import ROOT, Synthesized, synthesized

FSX = "AWS::FSx::FileSystem"
BATCH = ("AWS::Batch::ComputeEnvironment", "AWS::Batch::JobQueue", "AWS::Batch::JobDefinition")


@pytest.fixture
def snapshot_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def test_templates_are_as_they_were(
    platform: Synthesized, snapshot_json: SnapshotAssertion
) -> None:
    # The names of assets contain a digest of the launcher's source.
    text = re.sub(r"\b[0-9a-f]{64}\b", "SHA256", json.dumps(platform.templates))
    assert json.loads(text) == snapshot_json


def test_templates_match_the_schemas_of_cloudformation(platform: Synthesized) -> None:
    # Not every Region has FSx for Lustre.
    found = {
        name: schema_errors(template, ["us-east-1"])
        for name, template in platform.templates.items()
    }
    assert len(found) == 2
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_a_template_that_does_not_match_the_schemas_is_found() -> None:
    template = synthesized(ROOT / "configs/demo.toml").templates["DemoMnp"]
    (queue,) = [
        resource for resource in template["Resources"].values() if resource["Type"] == BATCH[1]
    ]
    queue["Properties"]["Priority"] = "high"
    (error,) = schema_errors(template)
    assert "'high' is not of type 'integer'" in error


def test_a_strict_check_finds_nothing(platform: Synthesized) -> None:
    ran = call(platform.directory, "check", "--strict", ".")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "no findings in 2 templates" in ran.stdout


def test_cdk_nag_finds_nothing(platform: Synthesized) -> None:
    assert platform.nag["conclusion"] == "success"
    assert platform.nag["violations"] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The role of the nodes has the managed policy for ECS container instances. The secret of
        # the launcher is not rotated.
        pytest.param("demo", ["IAM4", "SMG4"], id="demo"),
        # ecr:GetAuthorizationToken does not support resource-level permissions.
        pytest.param("hpc", ["IAM4", "IAM5", "SMG4"], id="hpc"),
        pytest.param("mpi", ["IAM4", "IAM5", "SMG4"], id="mpi"),
        pytest.param("training", ["IAM4", "IAM5", "SMG4"], id="training"),
    ],
)
def test_acknowledged_findings_of_cdk_nag_have_a_reason(name: str, expected: list[str]) -> None:
    accepted = synthesized(ROOT / f"configs/{name}.toml").nag["suppressedViolations"]
    rules = [each["ruleName"].partition("[")[0].partition("-")[2] for each in accepted]
    assert sorted(rules) == expected
    assert [each["reason"] for each in accepted if len(each["reason"]) <= 40] == []


def test_a_platform_has_one_cluster(platform: Synthesized) -> None:
    counts = [len(platform.resources(kind)) for kind in BATCH[:2]]
    assert counts == [1, 1]
    (group,) = platform.resources("AWS::EC2::PlacementGroup").values()
    assert group["Properties"]["Strategy"] == "cluster"


def test_the_nodes_have_one_private_subnet(platform: Synthesized) -> None:
    (environment,) = platform.resources("AWS::Batch::ComputeEnvironment").values()
    assert len(environment["Properties"]["ComputeResources"]["Subnets"]) == 1
    subnets = platform.resources("AWS::EC2::Subnet").values()
    zones = {json.dumps(subnet["Properties"]["AvailabilityZone"]) for subnet in subnets}
    assert len(zones) == 1
    assert not any(subnet["Properties"].get("MapPublicIpOnLaunch") for subnet in subnets)


def test_a_network_has_a_nat_gateway_or_the_endpoints_of_the_nodes() -> None:
    demo = synthesized(ROOT / "configs/demo.toml")
    assert len(demo.resources("AWS::EC2::NatGateway")) == 1
    hpc = synthesized(ROOT / "configs/hpc.toml")
    assert hpc.resources("AWS::EC2::NatGateway") == {}
    services = json.dumps(
        [
            resource["Properties"]["ServiceName"]
            for resource in hpc.resources("AWS::EC2::VPCEndpoint").values()
        ]
    )
    aws = ("ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs", "s3")
    for name in (*aws, "secretsmanager"):  # the secret of the launcher
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
    ("name", "path"),
    [
        ("training", "/fsx"),
        ("hpc", "/scratch"),
        ("demo", "/opt/cdk-batch-mnp"),  # the launcher
    ],
)
def test_containers_have_the_mounts_of_their_nodes(name: str, path: str) -> None:
    platform = synthesized(ROOT / f"configs/{name}.toml")
    (definition,) = platform.resources("AWS::Batch::JobDefinition").values()
    ranges = definition["Properties"]["NodeProperties"]["NodeRangeProperties"]
    assert ranges
    for node_range in ranges:
        container = node_range["Container"]
        seen = [mount["ContainerPath"] for mount in container.get("MountPoints", ())]
        folders = [volume["Host"]["SourcePath"] for volume in container.get("Volumes", ())]
        assert seen == folders == [path]


@pytest.mark.parametrize(("name", "count"), [("training", 4), ("hpc", 2), ("mpi", 1), ("demo", 0)])
def test_nodes_have_the_adapters_of_their_type(name: str, count: int) -> None:
    platform = synthesized(ROOT / f"configs/{name}.toml")
    (template,) = platform.resources("AWS::EC2::LaunchTemplate").values()
    interfaces = template["Properties"]["LaunchTemplateData"].get("NetworkInterfaces", ())
    assert sum("efa" in interface["InterfaceType"] for interface in interfaces) == count
    (environment,) = platform.resources("AWS::Batch::ComputeEnvironment").values()
    resources = environment["Properties"]["ComputeResources"]
    assert ("SecurityGroupIds" in resources) == (count == 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("demo", [["/opt/cdk-batch-mnp/mnp-launch", "--", "python3", "-c"]]),
        ("hpc", [["mnp-launch", "--mode", "main", "--deadline", "1800s", "--", "mpirun", "lmp"]]),
        (
            "mpi",
            [
                ["mnp-launch", "--mode", "main", "--preflight", "net", "--", "mpirun", "hello"],
                ["mnp-launch", "--mode", "main", "--procs-per-node", "1", "--", "mpirun", "ring"],
            ],
        ),
        ("training", [["mnp-launch", "--deadline", "3600s", "--", "torchrun", "train.py"]]),
    ],
)
def test_the_launcher_starts_the_command_of_every_job(name: str, expected: list[list[str]]) -> None:
    definitions = synthesized(ROOT / f"configs/{name}.toml").resources(BATCH[2]).values()
    ranges = [
        definition["Properties"]["NodeProperties"]["NodeRangeProperties"]
        for definition in definitions
    ]
    commands = [each["Container"]["Command"] for (each,) in ranges]
    assert sorted(
        command[: len(beginning)]
        for command, beginning in zip(sorted(commands), sorted(expected), strict=True)
    ) == sorted(expected)
