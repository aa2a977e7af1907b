"""The rules as a plugin of an app whose constructs are the CDK's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Acknowledgment, App, NestedStack, Size, Stack, Stage, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk.assertions import Template
from constructs import Construct

from cdk_batch_mnp import ArgumentError, MnpPolicyValidation
from cdk_batch_mnp.instances import InstanceType, default_catalogue
from tests.cdk.apps import reported_on


def job(
    scope: Construct,
    *,
    timeout: int = 3600,
    priority: int | None = None,
    instance_type: str = "c5.18xlarge",
) -> Construct:
    """A definition of four nodes, as the API spells it."""
    return batch.CfnJobDefinition(
        scope,
        "Job",
        type="multinode",
        node_properties={
            "numNodes": 4,
            "mainNode": 0,
            "nodeRangeProperties": [
                {
                    "targetNodes": "0:",
                    "container": {
                        "image": "solver",
                        "instanceType": instance_type,
                        "resourceRequirements": [
                            {"type": "VCPU", "value": "72"},
                            {"type": "MEMORY", "value": "130000"},
                        ],
                    },
                }
            ],
        },
        timeout={"attemptDurationSeconds": timeout},
        scheduling_priority=priority,
    )


def report(app: App) -> dict[str, Any]:
    """What the plugin reports, whether the synthesis fails or not."""
    try:
        app.synth()
    except RuntimeError as error:
        assert "ValidationFailed" in str(error)  # noqa: PT017
    written = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    # A plugin without violations is not in the report.
    found = [
        plugin_report
        for plugin_report in written["pluginReports"]
        if plugin_report["pluginName"] == "MNP"
    ]
    return dict(found[0]) if found else {"violations": [], "metadata": {}}


def violations(app: App) -> dict[str, list[str]]:
    """Rule ids, each with the paths of the constructs that break it."""
    found: dict[str, list[str]] = {}
    for violation in report(app)["violations"]:
        paths = [place["constructPath"] for place in violation["violatingConstructs"]]
        found[violation["ruleName"]] = sorted(found.get(violation["ruleName"], []) + paths)
    return found


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = App(outdir=str(tmp_path))
    Validations.of(app).add_plugins(MnpPolicyValidation())
    return app


def test_a_right_app_is_synthesized(app: App) -> None:
    job(Stack(app, "Stack"))
    app.synth()


def test_errors_fail_the_synthesis_and_name_the_construct(app: App) -> None:
    job(Stack(app, "Stack"), timeout=30)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    assert violations(app) == {"MNP317": ["Stack/Job"]}


def test_the_report_says_what_is_wrong_and_how_to_fix_it(app: App) -> None:
    job(Stack(app, "Stack"), timeout=30)
    (violation,) = report(app)["violations"]
    assert "the job's timeout is 30 seconds" in violation["description"]
    assert "at least 60 seconds" in violation["suggestedFix"]
    assert violation["ruleMetadata"]["source"].startswith("https://docs.aws.amazon.com/batch/")
    (place,) = violation["violatingConstructs"]
    assert place["cloudFormationResource"]["propertyPaths"] == [
        "Properties.timeout.attemptDurationSeconds"
    ]


def test_the_stock_constructs_are_caught(app: App) -> None:
    stack = Stack(app, "Stack")
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack, "Spot", vpc=ec2.Vpc(stack, "Vpc"), spot=True
    )
    batch.JobQueue(stack, "Queue").add_compute_environment(environment, 1)
    batch.MultiNodeJobDefinition(
        stack,
        "Job",
        instance_type=ec2.InstanceType("c5.18xlarge"),
        containers=[
            batch.MultiNodeContainer(
                start_node=0,
                end_node=3,
                container=batch.EcsEc2ContainerDefinition(
                    stack,
                    "Container",
                    image=ecs.ContainerImage.from_registry("solver"),
                    cpu=72,
                    memory=Size.gibibytes(120),
                ),
            )
        ],
    )
    assert violations(app)["MNP101"] == ["Stack/Job/Resource"]


def test_warnings_are_reported_and_fail_nothing(app: App) -> None:
    stack = Stack(app, "Stack")
    batch.CfnJobDefinition(
        stack, "Job", type="multinode", node_properties=_without_timeout_and_open_range()
    )
    app.synth()
    assert violations(app) == {"MNP309": ["Stack/Job"], "MNP317": ["Stack/Job"]}


def test_a_strict_plugin_fails_on_warnings(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    Validations.of(app).add_plugins(MnpPolicyValidation(strict=True, ignore=["MNP309"]))
    batch.CfnJobDefinition(
        Stack(app, "Stack"),
        "Job",
        type="multinode",
        node_properties=_without_timeout_and_open_range(),
    )
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    assert list(violations(app)) == ["MNP317"]


def test_a_finding_is_acknowledged_as_usual_in_the_cdk(app: App) -> None:
    stack = Stack(app, "Stack")
    job(stack, timeout=30)
    Validations.of(stack).acknowledge(
        Acknowledgment(id="MNP::MNP317", reason="an override corrects it at deployment")
    )
    assert violations(app) == {}


def test_what_is_acknowledged_is_listed_beside_what_is_not(app: App) -> None:
    stack = Stack(app, "Stack")
    definition = job(stack, timeout=30, priority=-1)
    reason = "an override corrects it at deployment"
    Validations.of(definition).acknowledge(Acknowledgment(id="MNP::MNP317", reason=reason))
    found = report(app)
    assert [violation["ruleName"] for violation in found["violations"]] == ["MNP323"]
    assert found["metadata"] == {
        "acknowledged MNP317 at Stack/Job: timeout.attemptDurationSeconds": reason
    }


def test_stages_and_nested_stacks_are_checked_too(app: App) -> None:
    job(NestedStack(Stack(app, "Stack"), "Nested"), timeout=30)
    job(Stack(Stage(app, "Production"), "Stack"), timeout=30)
    assert violations(app) == {"MNP317": ["Production/Stack/Job", "Stack/Nested/Job"]}


def test_all_stages_are_checked_if_all_stacks_are_in_stages(app: App) -> None:
    for name in ("Test", "Production"):
        job(Stack(Stage(app, name), "Stack"), timeout=30)
    assert violations(app) == {"MNP317": ["Production/Stack/Job", "Test/Stack/Job"]}


def test_an_app_without_batch_is_left_alone(app: App) -> None:
    ec2.Vpc(Stack(app, "Stack"), "Vpc")
    app.synth()


def test_an_id_that_no_rule_has_is_refused() -> None:
    with pytest.raises(ValueError, match="MNP999"):
        MnpPolicyValidation(ignore=["MNP999"])


def _without_timeout_and_open_range() -> dict[str, Any]:
    container = {
        "image": "solver",
        "instanceType": "c5.18xlarge",
        "resourceRequirements": [
            {"type": "VCPU", "value": "72"},
            {"type": "MEMORY", "value": "130000"},
        ],
    }
    return {
        "numNodes": 4,
        "mainNode": 0,
        "nodeRangeProperties": [{"targetNodes": "0:3", "container": container}],
    }


def test_the_plugin_knows_the_instance_types_of_the_app_s_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "types.json"
    default_catalogue().with_types(InstanceType(name="x9.huge", vcpus=512)).save(path)
    app = App(context={"cdk-batch-mnp:instances": str(path)})
    Validations.of(app).add_plugins(MnpPolicyValidation(select=["MNP327"]))
    stack = Stack(app, "Others")
    for instance_type in ("x9.huge", "x9.small"):
        job(Construct(stack, instance_type), instance_type=instance_type)
    assert [each.path for each in reported_on(stack)] == ["Others/x9.small/Job"]


def test_a_catalogue_that_cannot_be_read_fails_the_synthesis(tmp_path: Path) -> None:
    app = App(context={"cdk-batch-mnp:instances": str(tmp_path / "types.json")})
    Validations.of(app).add_plugins(MnpPolicyValidation())
    with pytest.raises(RuntimeError, match=r"types\.json: No such file"):
        Template.from_stack(Stack(app, "Others"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"select": 3}, "select must be a list of strings, got 3"),
        ({"ignore": "MNP3"}, r"ignore must be a list of strings, got 'MNP3'; use \['MNP3'\]"),
        ({"select": [3]}, r"select\[0\] must be a string, got 3"),
        ({"only": ["MNP3"]}, "there is no argument 'only'; there is ignore, select, strict"),
    ],
)
def test_arguments_of_the_plugin_have_their_types(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=f"MnpPolicyValidation: {problem}"):
        MnpPolicyValidation(**options)
