"""ECS Exec in the containers of a job."""

from __future__ import annotations

import json

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_batch_mnp import NodeContainer, NodeGroup
from tests.cdk.apps import (
    actions_of,
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    main_and_workers,
    new_stack,
    node_ranges,
    reported_on,
    rules,
    statements_of,
)
from tests.linting import schema_errors

CHANNELS = {
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}


@pytest.mark.parametrize("several", [False, True])
def test_commands_can_be_run_in_the_containers_of_a_group(several: bool) -> None:
    stack = new_stack()
    inside: dict[str, NodeContainer] = {"solve": container()} if several else {}
    add_job(
        add_cluster(stack),
        node_groups=[
            NodeGroup(
                "main",
                "0",
                None if several else container(),
                containers=inside,
                enable_execute_command=True,
            ),
            NodeGroup("workers", "1:", container()),
        ],
    )
    assert errors_of(stack) == []
    main, workers = node_ranges(stack)
    task = main["EcsProperties"]["TaskProperties"][0] if several else main["Container"]
    assert task["EnableExecuteCommand"] is True
    assert "EnableExecuteCommand" not in workers["Container"]
    assert actions_of(stack, "JobRole") == CHANNELS
    assert schema_errors(Template.from_stack(stack).to_json()) == []


def test_nothing_is_missing_in_a_vpc_with_a_nat_gateway() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, vpc=add_vpc(stack))
    group = NodeGroup("all", ":", container(), enable_execute_command=True)
    add_job(cluster, node_groups=[group])
    assert reported_on(stack) == []


def test_a_root_file_system_that_is_read_only_is_reported() -> None:
    stack = new_stack()
    solver = container(readonly_root_filesystem=True)
    group = NodeGroup("all", ":", solver, enable_execute_command=True)
    add_job(add_cluster(stack), node_groups=[group])
    assert rules(reported_on(stack)) == ["MNP348"]


def test_other_jobs_of_the_cluster_get_no_permissions() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, "Plain")
    add_job(
        cluster,
        "Shell",
        node_groups=[NodeGroup("all", ":", container(), enable_execute_command=True)],
    )
    assert statements_of(stack, "JobsWithoutPermissions") == []
    assert actions_of(stack, "ClusterShellJobRole") == CHANNELS


def test_the_users_job_role_gets_the_permissions() -> None:
    stack = new_stack()
    role = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    group = NodeGroup("all", ":", container(), enable_execute_command=True)
    add_definition(stack, node_groups=[group], job_role=role)
    assert actions_of(stack, "Own") == CHANNELS


def test_it_is_off_by_default() -> None:
    stack = new_stack()
    add_definition(stack, node_groups=main_and_workers())
    assert "EnableExecuteCommand" not in json.dumps(Template.from_stack(stack).to_json())
