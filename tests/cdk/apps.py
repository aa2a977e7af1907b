"""Small apps, and what a synthesis of them reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack, Stage
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template
from aws_cdk.cx_api import CloudAssembly

from cdk_batch_mnp import MnpCluster, MnpJobDefinition, NodeContainer, NodeGroup

INSTANCE_TYPE = "c5.18xlarge"
VCPUS = 72

PREFIX = "ValidationFailed:"
"""What the exception of a synthesis begins with that policy validation plugins have failed."""


@dataclass(frozen=True)
class Reported:
    """A violation in the CDK's report: the rule, its severity, the construct, and the text."""

    rule: str
    severity: str
    path: str
    text: str


def new_stack(id: str = "Platform", app: App | None = None) -> Stack:
    """A stack of an app of its own, with no feature flag set."""
    return Stack(app or App(stack_traces=False), id)


def right_user_data() -> ec2.MultipartUserData:
    """What a launch template of one's own needs: containers do not reach the instance role."""
    script = ec2.UserData.for_linux()
    script.add_commands("echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config")
    parts = ec2.MultipartUserData()
    parts.add_user_data_part(script)
    return parts


def add_vpc(stack: Stack, **changes: Any) -> ec2.Vpc:
    """A VPC of one zone, with a NAT gateway."""
    return ec2.Vpc(stack, "Vpc", **{"max_azs": 1, **changes})


def import_vpc(stack: Stack, id: str = "ImportedVpc") -> ec2.IVpc:
    """A VPC that was made elsewhere, with one private subnet."""
    return ec2.Vpc.from_vpc_attributes(
        stack,
        id,
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
    )


def add_cluster(stack: Stack, id: str = "Cluster", **changes: Any) -> MnpCluster:
    """A cluster of four c5.18xlarge in an imported VPC."""
    if "vpc" not in changes:
        changes["vpc"] = import_vpc(stack, f"VpcOf{id}")
    return MnpCluster(stack, id, **{"instance_type": INSTANCE_TYPE, "max_nodes": 4, **changes})


def container(**changes: Any) -> NodeContainer:
    """A container that gets all of its node."""
    return NodeContainer(**{"image": "public.ecr.aws/hpc/solver:1", **changes})


def unlimited(*names: str) -> list[batch.Ulimit]:
    """Process limits that are lifted."""
    return [
        batch.Ulimit(name=batch.UlimitName[name.upper()], soft_limit=-1, hard_limit=-1)
        for name in names
    ]


def retry(**conditions: str) -> batch.RetryStrategy:
    """A rule that tries a job again."""
    return batch.RetryStrategy.of(batch.Action.RETRY, batch.Reason.custom(**conditions))


def give_up(**conditions: str) -> batch.RetryStrategy:
    """A rule that does not try a job again."""
    return batch.RetryStrategy.of(batch.Action.EXIT, batch.Reason.custom(**conditions))


def main_and_workers(**changes: Any) -> list[NodeGroup]:
    """Two groups: node 0, and all others however many there are."""
    return [NodeGroup("main", "0", container(**changes)), NodeGroup("workers", "1:", container())]


def add_definition(stack: Stack, id: str = "Solve", **changes: Any) -> MnpJobDefinition:
    """A definition for four c5.18xlarge, of no cluster."""
    right = {
        "node_groups": main_and_workers(),
        "num_nodes": 4,
        "instance_type": INSTANCE_TYPE,
        "timeout": Duration.hours(1),
    }
    return MnpJobDefinition(stack, id, **{**right, **changes})


def add_job(cluster: MnpCluster, id: str = "Solve", **changes: Any) -> MnpJobDefinition:
    """A right job of all nodes of the cluster."""
    right = {"node_groups": main_and_workers(), "timeout": Duration.hours(1)}
    return cluster.add_job(id, **{**right, **changes})


def synthesized(stack: Stack) -> CloudAssembly:
    """What a plain synthesis of the stack's app gives."""
    stage = Stage.of(stack)
    assert stage is not None
    return stage.synth()


def reported_on(stack: Stack) -> list[Reported]:
    """What the plugins of this library report in a synthesis of the app."""
    app = stack.node.root
    assert isinstance(app, App)
    file = Path(app.outdir) / "validation-report.json"
    file.unlink(missing_ok=True)
    try:
        app.synth(force=True)
    except RuntimeError as error:
        assert str(error).startswith(PREFIX), error  # noqa: PT017
    plugins = json.loads(file.read_text())["pluginReports"] if file.exists() else []
    return [
        Reported(
            violation["ruleName"],
            violation["severity"],
            construct.get("constructPath", "").removesuffix("/Resource"),
            f"{violation['description']}\nfix: {violation.get('suggestedFix', '')}",
        )
        for plugin in plugins
        if plugin["pluginName"] == "MNP"
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]


def errors_of(stack: Stack) -> list[Reported]:
    """The errors that stop a synthesis of the app, none if nothing does."""
    return [each for each in reported_on(stack) if each.severity != "warning"]


def warnings_of(stack: Stack) -> list[Reported]:
    """The warnings that a synthesis of the app reports."""
    return [each for each in reported_on(stack) if each.severity == "warning"]


def rules(reported: list[Reported]) -> list[str]:
    """The ids of the rules, in the order in which they were reported."""
    return [each.rule for each in reported]


def properties_of(template: Template, kind: str) -> Mapping[str, Any]:
    """The properties of the only resource of a type."""
    (resource,) = template.find_resources(kind).values()
    properties: Mapping[str, Any] = resource["Properties"]
    return properties


def definition_of(stack: Stack) -> Mapping[str, Any]:
    """The properties of the stack's only job definition."""
    return properties_of(Template.from_stack(stack), "AWS::Batch::JobDefinition")


def node_ranges(stack: Stack) -> list[Mapping[str, Any]]:
    """The node ranges of the stack's only job definition."""
    ranges: list[Mapping[str, Any]] = definition_of(stack)["NodeProperties"]["NodeRangeProperties"]
    return ranges


def first_container(stack: Stack) -> Mapping[str, Any]:
    """The container of the first node range."""
    properties: Mapping[str, Any] = node_ranges(stack)[0]["Container"]
    return properties


def statements_of(stack: Stack, role: str) -> list[Mapping[str, Any]]:
    """All statements of the policies of the role whose logical id has this in it."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    return [
        statement
        for policy in policies
        if any(role in attached["Ref"] for attached in policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def actions_of(stack: Stack, role: str) -> set[str]:
    """All actions that the role is allowed."""
    return {
        action
        for statement in statements_of(stack, role)
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }


def exception_of(stack: Stack) -> str:
    """Return the text of the exception that stops a synthesis of the stack's stage."""
    with pytest.raises(RuntimeError) as raised:
        Template.from_stack(stack)
    return str(raised.value)
