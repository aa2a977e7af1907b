"""Constructs are found again in templates that do not name them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aws_cdk import Acknowledgment, App, NestedStack, Stack, Stage, Validations
from aws_cdk import aws_batch as batch

from cdk_batch_mnp import MnpPolicyValidation
from tests.cdk.apps import add_cluster, add_definition, add_job, import_vpc, new_stack
from tests.cdk.validation.overrides import NO_NODES, cluster_with_job, override, reported

PATHS = "aws:cdk:enable-path-metadata"
WITHOUT_METADATA = {
    PATHS: False,
    "aws:cdk:disable-logicalId-metadata": True,
    "aws:cdk:enable-asset-metadata": False,
}
"""Context of an app that names constructs neither in its templates nor beside them."""


def in_stage_and_nested_stack(app: App) -> tuple[Stack, Stack]:
    stack = Stack(Stage(app, "Production"), "Platform")
    return Stack(app, "Other"), NestedStack(stack, "Nested")


def in_nested_stacks(app: App) -> tuple[Stack, Stack]:
    stack = new_stack(app=app)
    return stack, NestedStack(NestedStack(stack, "Outer"), "Inner")


def in_stack(app: App) -> tuple[Stack, Stack]:
    stack = new_stack(app=app)
    return stack, stack


@pytest.mark.parametrize(
    "context",
    # The CDK's command sets this, so that resources carry their constructs' paths.
    [{PATHS: True}, {PATHS: False}, WITHOUT_METADATA],
    ids=["paths in templates", "paths beside them", "no paths"],
)
@pytest.mark.parametrize("stacks", [in_stack, in_nested_stacks, in_stage_and_nested_stack])
@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
def test_constructs_are_found_again_in_their_templates(
    context: dict[str, bool], stacks: Callable[[App], tuple[Stack, Stack]], is_right: bool
) -> None:
    stack, inner = stacks(App(context=context))
    cluster = cluster_with_job(inner)
    if not is_right:
        override(cluster.compute_environment, "ComputeResources.MaxvCpus", 8)
    expected = [] if is_right else [("error", "MNP106", f"{cluster.node.path}/Solve")]
    assert reported(stack) == expected


def test_without_metadata_the_two_plugins_divide_the_resources_too() -> None:
    app = App(context=WITHOUT_METADATA)
    Validations.of(app).add_plugins(MnpPolicyValidation())
    stack = new_stack(app=app)
    override(cluster_with_job(stack).compute_environment, "ComputeResources.MaxvCpus", 8)
    batch.CfnJobDefinition(stack, "Other", type="multinode", node_properties=NO_NODES)
    found = reported(stack)
    assert found.count(("error", "MNP106", "Platform/Cluster/Solve")) == 1
    assert [id for _, id, path in found if path.startswith("Platform/Cluster")] == ["MNP106"]
    assert any(path.startswith("Platform/Other") for _, _, path in found)


def test_without_metadata_stock_queues_and_environments_are_found_too() -> None:
    stack = new_stack(app=App(context=WITHOUT_METADATA))
    given = batch.ManagedEc2EcsComputeEnvironment(stack, "Given", vpc=import_vpc(stack), spot=True)
    queue = batch.JobQueue(stack, "Queue")
    queue.add_compute_environment(given, 1)
    add_definition(stack, job_queue=queue)
    add_cluster(stack)
    assert ("error", "MNP101", "Platform/Solve") in reported(stack)


@pytest.mark.parametrize("place", ["job", "stack"])
def test_without_metadata_what_is_acknowledged_stays_so(place: str) -> None:
    stack = new_stack(app=App(context=WITHOUT_METADATA))
    cluster = cluster_with_job(stack)
    override(cluster.compute_environment, "ComputeResources.MaxvCpus", 8)
    scope = stack if place == "stack" else cluster.job_definitions[0]
    Validations.of(scope).acknowledge(Acknowledgment(id="MNP::MNP106", reason="for this test"))
    assert reported(stack) == []


def test_a_construct_whose_id_has_slashes_is_found_in_its_template() -> None:
    stack = new_stack()
    job = add_job(add_cluster(stack), "Fluid/Solver")
    vcpus = "NodeProperties.NodeRangeProperties.0.Container.ResourceRequirements.0.Value"
    override(job, vcpus, "9999")
    assert reported(stack) == [("error", "MNP312", "Platform/Cluster/Fluid--Solver")]
