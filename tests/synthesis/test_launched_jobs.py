"""Apps whose jobs are started by the launcher, with each delivery of its file."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_ec2 as ec2
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from cdk_batch_mnp import Launcher, LauncherDelivery, NodeGroup
from tests.cdk.apps import add_cluster, add_job, container
from tests.linting import schema_errors
from tests.stacks.test_api import check

DELIVERIES = {
    "in the image": LauncherDelivery.in_image(),
    "init container": LauncherDelivery.from_init_container(),
    "init container with an image": LauncherDelivery.from_init_container(
        "public.ecr.aws/example/launcher:1"
    ),
    "from the nodes": LauncherDelivery.from_nodes(),
}
OF_THE_LAUNCHER = ("AWS::SecretsManager::Secret", "AWS::Batch::JobDefinition")
ACKNOWLEDGED = {"AwsSolutions-IAM4", "AwsSolutions-IAM5"}


@cache
def assembly(delivery: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The template of an app, and the report of cdk-nag on it."""
    # Imported only here: it is slow to load, and every worker imports this module.
    from cdk_nag import AwsSolutionsChecks

    app = App()
    stack = Stack(app, "Platform")
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )
    cluster = add_cluster(stack, vpc=vpc, instance_type="p4d.24xlarge", max_nodes=500)
    add_job(
        cluster,
        node_groups=[NodeGroup("all", ":", container(command=["mpirun", "/opt/solver"]))],
        launcher=Launcher(mode="main", delivery=DELIVERIES[delivery]),
        retry_attempts=3,
    )
    try:
        app.synth()
    except RuntimeError as error:
        assert "ValidationFailed" in str(error)  # noqa: PT017
    folder = Path(app.outdir)
    template = json.loads((folder / "Platform.template.json").read_text())
    report = json.loads((folder / "validation-report.json").read_text())
    (nag,) = (
        plugin_report
        for plugin_report in report["pluginReports"]
        if plugin_report["pluginName"] == "AwsSolutions"
    )
    return template, nag


@pytest.fixture(params=DELIVERIES)
def delivery(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_definition_and_its_secret_are_as_they_were(
    delivery: str, snapshot: SnapshotAssertion
) -> None:
    resources = assembly(delivery)[0]["Resources"]
    written = {
        name: {**resource, "Metadata": None}
        for name, resource in resources.items()
        if resource["Type"] in OF_THE_LAUNCHER
    }
    # The address of the image that the library builds ends with a hash of the launcher's source.
    text = re.sub(r":[0-9a-f]{64}\b", ":hash", json.dumps(written))
    assert json.loads(text) == snapshot.use_extension(JSONSnapshotExtension)


def test_the_template_matches_the_schemas_of_cloudformation(delivery: str) -> None:
    assert schema_errors(assembly(delivery)[0]) == []


def test_the_api_takes_the_definition(delivery: str) -> None:
    resources = assembly(delivery)[0]["Resources"].values()
    definitions = [
        resource for resource in resources if resource["Type"] == "AWS::Batch::JobDefinition"
    ]
    assert len(definitions) == 1
    check("AWS::Batch::JobDefinition", definitions[0]["Properties"])


def test_cdk_nag_finds_nothing_about_the_launcher(delivery: str) -> None:
    found = {
        violation["ruleName"].partition("[")[0] for violation in assembly(delivery)[1]["violations"]
    }
    # The managed policy of the nodes, and the authorization token of ECR, as without a launcher.
    assert found <= ACKNOWLEDGED


def test_that_the_secret_is_not_rotated_is_acknowledged_with_a_reason() -> None:
    (accepted,) = (
        violation
        for violation in assembly("in the image")[1]["suppressedViolations"]
        if violation["ruleName"].startswith("AwsSolutions-SMG4")
    )
    assert "after a rotation would not accept each other" in accepted["reason"]
