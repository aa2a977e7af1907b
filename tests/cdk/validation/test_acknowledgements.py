"""Findings that users acknowledge, by one id, at any construct around what is wrong."""

from __future__ import annotations

import json

import pytest
from aws_cdk import Acknowledgment, App, NestedStack, Stack, Stage, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template
from constructs import IConstruct

from cdk_batch_mnp import MnpCluster, MnpJobQueue
from cdk_batch_mnp.template.asserting import assert_mnp_valid
from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    add_definition,
    add_job,
    errors_of,
    import_vpc,
    new_stack,
    reported_on,
    rules,
    warnings_of,
)

REASON = "the first job of a day must not wait"


def acknowledge(scope: IConstruct, rule: str = "MNP116", reason: str = REASON) -> None:
    Validations.of(scope).acknowledge(Acknowledgment(id=f"MNP::{rule}", reason=reason))


def scope_named(name: str, cluster: MnpCluster) -> IConstruct:
    """A construct at or around the compute environment of a cluster."""
    scopes: dict[str, IConstruct] = {
        "construct": cluster.compute_environment,
        "cluster": cluster,
        "stack": Stack.of(cluster),
        "app": cluster.node.root,
    }
    stage = Stage.of(cluster)
    assert stage is not None
    return stage if name == "stage" else scopes[name]


@pytest.mark.parametrize("place", ["construct", "cluster", "stack", "app"])
def test_a_warning_is_acknowledged_where_it_is_or_around_it(place: str) -> None:
    cluster = add_cluster(new_stack(), min_nodes=1)
    acknowledge(scope_named(place, cluster))
    assert reported_on(Stack.of(cluster)) == []


@pytest.mark.parametrize("place", ["construct", "cluster", "stack", "app"])
@pytest.mark.parametrize("nested", [False, True], ids=["stack", "nested stack"])
def test_a_check_of_the_template_alone_finds_what_is_acknowledged(place: str, nested: bool) -> None:
    stack = new_stack()
    scope = NestedStack(stack, "Nested") if nested else stack
    cluster = add_cluster(scope, min_nodes=1)
    acknowledge(scope_named(place, cluster))
    template = Template.from_stack(scope).to_json()
    assert REASON in json.dumps(template)
    assert_mnp_valid(template, warnings=True)


def test_acknowledgements_of_the_whole_stack_are_written_once() -> None:
    stack = new_stack()
    acknowledge(add_cluster(stack, min_nodes=1).node.root)
    template = Template.from_stack(stack).to_json()
    assert template["Metadata"]["cdk-batch-mnp"] == {"acknowledged": {"MNP116": REASON}}
    assert json.dumps(template).count(REASON) == 1


def test_what_users_write_to_the_metadata_of_a_stack_stays() -> None:
    stack = new_stack()
    acknowledge(add_cluster(stack, min_nodes=1).node.root)
    stack.add_metadata("cdk-batch-mnp", {"acknowledged": {"MNP204": "an alarm watches it"}})
    template = Template.from_stack(stack).to_json()
    assert template["Metadata"]["cdk-batch-mnp"]["acknowledged"] == {
        "MNP116": REASON,
        "MNP204": "an alarm watches it",
    }


def test_the_reason_nearest_to_the_construct_is_written() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, min_nodes=1)
    acknowledge(cluster, reason="of the cluster")
    acknowledge(cluster.compute_environment, reason="of the environment")
    Template.from_stack(stack).has_resource(
        "AWS::Batch::ComputeEnvironment",
        {
            "Metadata": {
                "cdk-batch-mnp": {
                    "dedicated": True,
                    "acknowledged": {"MNP116": "of the environment"},
                }
            }
        },
    )


def test_what_other_plugins_have_acknowledged_is_not_written() -> None:
    stack = new_stack()
    Validations.of(add_cluster(stack)).acknowledge(
        Acknowledgment(id="AwsSolutions::IAM4", reason="the ECS agent needs it")
    )
    assert "the ECS agent needs it" not in json.dumps(Template.from_stack(stack).to_json())


@pytest.mark.parametrize("place", ["construct", "cluster", "stack", "stage", "app"])
def test_an_error_is_acknowledged_in_a_stage_that_is_synthesized_alone(place: str) -> None:
    stack = Stack(Stage(App(), "Production"), "Platform")
    cluster = add_cluster(stack)
    job = add_job(cluster, num_nodes=5)
    acknowledge(job if place == "construct" else scope_named(place, cluster), "MNP106")
    Template.from_stack(stack).resource_count_is("AWS::Batch::JobDefinition", 1)


def test_what_is_acknowledged_elsewhere_stays_a_warning() -> None:
    stack = new_stack()
    acknowledge(add_cluster(stack, "One", min_nodes=1))
    add_cluster(stack, "Two", min_nodes=1)
    assert [each.path for each in warnings_of(stack)] == ["Platform/Two/ComputeEnvironment"]


def test_an_error_can_be_acknowledged_where_the_user_knows_better() -> None:
    stack = new_stack()
    definition = add_definition(stack, num_nodes=1200)
    acknowledge(definition, "MNP302", "our quota was raised to 2000 instances")
    assert errors_of(stack) == []
    Template.from_stack(stack).has_resource(
        "AWS::Batch::JobDefinition",
        {
            "Metadata": {
                "cdk-batch-mnp": {
                    "acknowledged": {"MNP302": "our quota was raised to 2000 instances"}
                }
            }
        },
    )


def test_acknowledging_one_error_leaves_the_others() -> None:
    stack = new_stack()
    add_definition(stack, num_nodes=1200, main_node=1200)
    acknowledge(stack, "MNP302")
    assert rules(errors_of(stack)) == ["MNP303"]


def test_findings_on_a_stock_environment_are_acknowledged_at_it() -> None:
    stack = new_stack()
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack,
        "Environment",
        vpc=import_vpc(stack),
        instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
        use_optimal_instance_classes=False,
        maxv_cpus=4 * 72,
    )
    for rule in ("MNP401", "MNP406", "MNP606"):
        acknowledge(environment, rule, "the jobs hardly talk, and all images are ours")
    queue = MnpJobQueue(stack, "Queue", compute_environments=[environment])
    add_definition(stack, job_queue=queue)
    assert reported_on(stack) == []


def test_acknowledgements_add_no_section_where_there_are_none() -> None:
    stack = new_stack()
    add_job(add_cluster(stack))
    template = Template.from_stack(stack).to_json()
    assert "Metadata" not in template
    assert "acknowledged" not in json.dumps(template)
