"""The real CDK deploys the reference platform, deploys it again with a change, and destroys it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp_emulator.run.progress import follow
from cdk_batch_mnp_emulator.running import Server
from cdk_batch_mnp_emulator.variables import variables
from embedded import EmbeddedAws
from stacks.settings import PlatformSettings, load
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
    return dict(environment)


def test_the_reference_platform_is_deployed_changed_and_destroyed(
    server: Server, aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "demo.toml"
    demo = (ROOT / "configs" / "demo.toml").read_text()
    settings.write_text(demo.replace("../examples", str(ROOT / "examples")))
    cdk, context = Toolkit(server, tmp_path), f"--context=config={settings}"
    for name, value in variables(server.access, REGION).items():
        monkeypatch.setenv(name, value)

    said = cdk.deploy(context)
    assert "does not support" not in said
    first = check_platform(aws, nodes=4)
    compare_with(load(settings))

    max_nodes(settings, 6)
    with pytest.raises(DeploymentError, match="max vCPUs, 6 nodes 16, not 24"):
        compare_with(load(settings))

    cdk.deploy(context)
    second = check_platform(aws, nodes=6)
    assert second["computeEnvironmentArn"] == first["computeEnvironmentArn"]
    compare_with(load(settings))

    assembly = tmp_path / "assembly"  # the app would write the same again
    assert cdk.deploy_assembly(assembly).count("(no changes)") == 2

    cdk.destroy_assembly(assembly)
    batch, ec2 = aws.client("batch"), aws.client("ec2")
    assert batch.describe_compute_environments()["computeEnvironments"] == []
    assert batch.describe_job_queues()["jobQueues"] == []
    assert batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"] == []
    assert ec2.describe_placement_groups()["PlacementGroups"] == []
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert [each for each in ec2.describe_vpcs()["Vpcs"] if not each["IsDefault"]] == []
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert [each["StackName"] for each in stacks] == ["CDKToolkit"]


def test_a_file_is_published_where_the_stack_says(
    server: Server, aws: EmbeddedAws, tmp_path: Path
) -> None:
    app = ROOT / "tests" / "end_to_end" / "app_with_asset.py"
    cdk = Toolkit(server, tmp_path)
    cdk.deploy(app=str(app))
    url = aws.client("ssm").get_parameter(Name="/asset")["Parameter"]["Value"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    published = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert published == app.read_bytes()
    aws.client("cloudformation").delete_stack(StackName="WithAsset")


def test_a_wrong_property_fails_the_deployment_and_is_named(
    server: Server, aws: EmbeddedAws, tmp_path: Path
) -> None:
    app = str(ROOT / "tests" / "end_to_end" / "app_that_fails.py")
    cdk = Toolkit(server, tmp_path)
    said = cdk.deploy_in_vain(app)
    assert 'Unknown parameter in computeResources: "MaxCpus"' in said
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="ThatFails")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    aws.client("cloudformation").delete_stack(StackName="ThatFails")
