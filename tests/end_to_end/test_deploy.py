"""The real CDK deploys the reference platform, deploys it again with a change, and destroys it.

The program of ``make deploy-local`` deploys it first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnResource, Stack
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_ssm as ssm

from cdk_batch_mnp_emulator.run.progress import follow
from cdk_batch_mnp_emulator.running import Server
from cdk_batch_mnp_emulator.variables import command_environment, variables
from embedded import EmbeddedAws
from stacks.settings import PlatformSettings, load
from tests.end_to_end.local import IN_AWS, assert_says_what_was_deployed_and_run, deploy_local
from tests.end_to_end.toolkit import REGION, ROOT, Toolkit
from tools.deploy_local import DeploymentError, Platform, show

VCPUS = 4  # of a c5.xlarge


def one(found: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(found) == 1
    return found[0]


def max_nodes(settings: Path, number: int) -> None:
    """Change the settings' number of nodes."""
    text = settings.read_text()
    assert "max_nodes = " in text
    lines = [
        f"max_nodes = {number}" if line.startswith("max_nodes = ") else line
        for line in text.splitlines()
    ]
    settings.write_text("\n".join(lines))


def compare_with(settings: PlatformSettings) -> None:
    """Compare what is deployed with settings, as ``make deploy-local`` does."""
    show(list(Platform(settings).rows()))


def check_platform(aws: EmbeddedAws, nodes: int) -> dict[str, Any]:
    """Compare what is deployed with demo.toml and so many nodes; return the environment."""
    batch, ec2 = aws.client("batch"), aws.client("ec2")
    environment = one(batch.describe_compute_environments()["computeEnvironments"])
    resources = environment["computeResources"]
    assert (environment["state"], environment["status"]) == ("ENABLED", "VALID")
    assert (environment["type"], resources["type"]) == ("MANAGED", "EC2")
    assert resources["maxvCpus"] == nodes * VCPUS
    assert resources["instanceTypes"] == ["c5.xlarge"]
    groups = ec2.describe_placement_groups(GroupNames=[resources["placementGroup"]])
    assert one(groups["PlacementGroups"])["Strategy"] == "cluster"
    subnet = one(ec2.describe_subnets(SubnetIds=resources["subnets"])["Subnets"])
    assert subnet["MapPublicIpOnLaunch"] is False
    launch_template = resources["launchTemplate"]
    version = one(
        ec2.describe_launch_template_versions(
            LaunchTemplateId=launch_template["launchTemplateId"],
            Versions=[launch_template["version"]],
        )["LaunchTemplateVersions"]
    )
    assert version["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] == "required"
    queue = one(batch.describe_job_queues()["jobQueues"])
    assert (
        one(queue["computeEnvironmentOrder"])["computeEnvironment"]
        == (environment["computeEnvironmentArn"])
    )
    assert len(queue["jobStateTimeLimitActions"]) == 4
    definition = one(batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"])
    assert definition["type"] == "multinode"
    properties = definition["nodeProperties"]
    assert [each["targetNodes"] for each in properties["nodeRangeProperties"]] == [":"]
    return dict(environment)


def run_job(aws: EmbeddedAws, nodes: int) -> None:
    """Run the job of demo.toml on so many nodes."""
    batch = aws.client("batch")
    queue = one(batch.describe_job_queues()["jobQueues"])
    definition = one(batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"])
    submitted = batch.submit_job(
        jobName="ring-sum",
        jobQueue=queue["jobQueueName"],
        jobDefinition=definition["jobDefinitionName"],
        nodeOverrides={"numNodes": nodes},
    )
    lines: list[str] = []
    followed = follow(batch, aws.client("logs"), submitted["jobId"], lines.append)
    assert followed.job["nodeProperties"]["numNodes"] == nodes
    assert followed.has_succeeded, lines
    total = nodes * (nodes + 1) // 2
    assert {
        f"[{index}] Node {index} of {nodes} has the sum {total}." for index in range(nodes)
    } < set(lines)


def assert_nothing_is_left(aws: EmbeddedAws) -> None:
    batch, ec2 = aws.client("batch"), aws.client("ec2")
    assert batch.describe_compute_environments()["computeEnvironments"] == []
    assert batch.describe_job_queues()["jobQueues"] == []
    assert batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"] == []
    assert ec2.describe_placement_groups()["PlacementGroups"] == []
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == ["CDKToolkit"]


def deploy_reference_platform(server: Server, aws: EmbeddedAws) -> dict[str, Any]:
    deployed = deploy_local(IN_AWS, env=command_environment(os.environ, server.access, REGION))
    assert_says_what_was_deployed_and_run(deployed)
    assert "does not support" not in deployed.stdout + deployed.stderr
    return check_platform(aws, nodes=4)


def test_the_reference_platform_is_deployed_and_deleted(server: Server, aws: EmbeddedAws) -> None:
    deploy_reference_platform(server, aws)
    cloudformation = aws.client("cloudformation")
    for name in ("DemoMnp", "DemoNetwork"):
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=name)
    assert_nothing_is_left(aws)


@pytest.mark.clients
def test_the_reference_platform_is_changed_and_destroyed(
    server: Server, aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = deploy_reference_platform(server, aws)

    settings = tmp_path / "demo.toml"
    demo = (ROOT / "configs" / "demo.toml").read_text()
    settings.write_text(demo.replace("../examples", str(ROOT / "examples")))
    max_nodes(settings, 6)
    for name, value in variables(server.access, REGION).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DeploymentError, match="max vCPUs, 6 nodes 16, not 24"):
        compare_with(load(settings))

    cdk = Toolkit(server, tmp_path)
    cdk.deploy(f"--context=config={settings}")
    second = check_platform(aws, nodes=6)
    assert second["computeEnvironmentArn"] == first["computeEnvironmentArn"]
    compare_with(load(settings))
    run_job(aws, nodes=6)

    assembly = tmp_path / "assembly"  # the app would write the same again
    assert cdk.deploy_assembly(assembly).count("(no changes)") == 2

    cdk.destroy_assembly(assembly)
    assert_nothing_is_left(aws)


def synthesize(folder: Path) -> Path:
    """An app whose first stack publishes a file, and whose second has a wrong property."""
    app = App(outdir=str(folder))
    right, wrong = Stack(app, "WithAsset"), Stack(app, "ThatFails")
    asset = assets.Asset(right, "File", path=__file__)
    ssm.StringParameter(right, "Url", parameter_name="/asset", string_value=asset.s3_object_url)
    CfnResource(wrong, "Good", type="AWS::Logs::LogGroup")
    CfnResource(
        wrong,
        "Environment",
        type="AWS::Batch::ComputeEnvironment",
        properties={"Type": "MANAGED", "ComputeResources": {"Type": "EC2", "MaxCpus": 4}},
    )
    wrong.add_stack_dependency(right)
    return Path(app.synth().directory)


@pytest.mark.clients
def test_a_file_is_published_where_the_stack_says_and_a_wrong_property_is_named(
    server: Server, aws: EmbeddedAws, tmp_path: Path
) -> None:
    said = Toolkit(server, tmp_path).deploy_assembly(synthesize(tmp_path / "cdk.out"), status=1)
    url = aws.client("ssm").get_parameter(Name="/asset")["Parameter"]["Value"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    published = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert published == Path(__file__).read_bytes()

    assert 'Unknown parameter in computeResources: "MaxCpus"' in said
    cloudformation = aws.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName="ThatFails")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    for name in ("ThatFails", "WithAsset"):
        cloudformation.delete_stack(StackName=name)
