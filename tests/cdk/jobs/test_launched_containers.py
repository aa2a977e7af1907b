"""The containers that the launcher starts: command, hardware to expect, secret."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, Duration, Fn
from aws_cdk import aws_batch as batch
from aws_cdk import aws_secretsmanager as secretsmanager

from cdk_batch_mnp import ArgumentError, Launcher, NodeContainer, NodeGroup
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    container,
    errors_of,
    first_container,
    new_stack,
    node_ranges,
    warnings_of,
)

MAIN = Launcher(mode="main")
COMMAND = ["mpirun", "/opt/solver", "Ref::case"]


def groups(**changes: Any) -> list[NodeGroup]:
    return [NodeGroup("all", ":", container(**{"command": COMMAND, **changes}))]


def group_of_several(**containers: NodeContainer) -> list[NodeGroup]:
    return [NodeGroup("all", ":", containers=containers)]


def environment_of(properties: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in properties.get("Environment", ())}


def secrets_of(properties: Any) -> list[str]:
    return [each["Name"] for each in properties.get("Secrets", ())]


def test_the_launcher_starts_the_command_on_every_node() -> None:
    stack = new_stack()
    both = [
        NodeGroup("main", "0", container(command=COMMAND)),
        NodeGroup("workers", "1:", container(command=["mpirun", 8])),
    ]
    add_job(add_cluster(stack), node_groups=both, launcher=MAIN)
    commands = [node_range["Container"]["Command"] for node_range in node_ranges(stack)]
    start = ["mnp-launch", "--mode", "main", "--"]
    assert commands == [[*start, *COMMAND], [*start, "mpirun", "8"]]
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_a_job_without_a_launcher_is_unchanged() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), node_groups=groups())
    properties = first_container(stack)
    assert properties["Command"] == COMMAND
    assert environment_of(properties) == {}
    assert secrets_of(properties) == []


def test_a_definition_outside_a_cluster_has_a_launcher_too() -> None:
    stack = new_stack()
    add_definition(stack, node_groups=groups(), launcher=Launcher(deadline=Duration.hours(1)))
    properties = first_container(stack)
    assert properties["Command"] == ["mnp-launch", "--deadline", "3600s", "--", *COMMAND]
    assert secrets_of(properties) == ["MNP_SECRET"]


def test_the_node_must_have_the_hardware_that_the_container_gets() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, instance_type="p4d.24xlarge")
    add_job(cluster, node_groups=groups(vcpus=90), launcher=MAIN)
    assert environment_of(first_container(stack)) == {"MNP_EXPECT": "cpus=90 gpus=8 efa=4"}


@pytest.mark.parametrize(
    ("instance_type", "changes", "expected"),
    [
        pytest.param("c5.18xlarge", {}, "cpus=72", id="no accelerators"),
        pytest.param("trn1.32xlarge", {}, "cpus=128 neuron=16 efa=8", id="Neuron"),
        pytest.param("p4d.24xlarge", {"efa": False}, "cpus=96 gpus=8", id="no EFA"),
        pytest.param("p4d.24xlarge", {"gpus": 4}, "cpus=96 gpus=4 efa=4", id="fewer GPUs"),
    ],
)
def test_hardware_that_the_container_does_not_get_is_not_expected(
    instance_type: str, changes: dict[str, Any], expected: str
) -> None:
    stack = new_stack()
    cluster = add_cluster(stack, instance_type=instance_type)
    add_job(cluster, node_groups=groups(**changes), launcher=MAIN)
    assert environment_of(first_container(stack))["MNP_EXPECT"] == expected


def test_vcpus_that_are_known_only_at_deployment_are_not_expected() -> None:
    stack = new_stack()
    vcpus = CfnParameter(stack, "Vcpus", type="Number", default=4).value_as_number
    add_job(add_cluster(stack), node_groups=groups(vcpus=vcpus), launcher=MAIN)
    assert environment_of(first_container(stack)) == {}


@pytest.mark.parametrize("place", ["environment", "additional_properties"])
def test_what_the_user_expects_takes_precedence(place: str) -> None:
    stack = new_stack()
    variable: Any = {"MNP_EXPECT": "cpus=2"}
    if place == "additional_properties":
        variable = {"environment": [{"name": "MNP_EXPECT", "value": "cpus=2"}]}
    add_job(add_cluster(stack), node_groups=groups(**{place: variable}), launcher=MAIN)
    assert environment_of(first_container(stack)) == {"MNP_EXPECT": "cpus=2"}


def test_variables_and_secrets_of_the_user_are_kept() -> None:
    stack = new_stack()
    key = batch.Secret.from_secrets_manager(secretsmanager.Secret(stack, "License"))
    changes: dict[str, Any] = {"environment": {"CASE": "a"}, "secrets": {"KEY": key}}
    add_job(add_cluster(stack), node_groups=groups(**changes), launcher=MAIN)
    properties = first_container(stack)
    assert environment_of(properties) == {"CASE": "a", "MNP_EXPECT": "cpus=72"}
    assert secrets_of(properties) == ["KEY", "MNP_SECRET"]


@pytest.mark.parametrize("place", ["environment", "secrets", "additional_properties"])
def test_a_variable_with_the_name_of_the_secret_is_an_error(place: str) -> None:
    stack = new_stack()
    key = batch.Secret.from_secrets_manager(secretsmanager.Secret(stack, "Key"))
    changes: dict[str, Any] = {
        "environment": {"MNP_SECRET": "not a secret"},
        "secrets": {"MNP_SECRET": key},
        "additional_properties": {"environment": [{"name": "MNP_SECRET", "value": "x"}]},
    }
    with pytest.raises(ArgumentError) as raised:
        add_job(add_cluster(stack), node_groups=groups(**{place: changes[place]}), launcher=MAIN)
    assert str(raised.value).startswith(
        "Platform/Cluster/Solve: node group 'all': container 'all': the container has a variable "
        "MNP_SECRET"
    )


def test_jobs_that_share_no_secret_may_have_a_variable_of_its_name() -> None:
    stack = new_stack()
    launcher = Launcher(mode="main", insecure=True)
    add_job(add_cluster(stack), node_groups=groups(), launcher=launcher)
    properties = first_container(stack)
    assert properties["Command"][:4] == ["mnp-launch", "--mode", "main", "--insecure"]
    assert secrets_of(properties) == []


@pytest.mark.parametrize(
    ("command", "message"),
    [
        pytest.param(None, "the container has no command; set it", id="of the image"),
        pytest.param(["mnp-launch", "--", "a"], "'mnp-launch' already", id="twice"),
        pytest.param(["/opt/mnp-launch", "--", "a"], "'/opt/mnp-launch' already", id="a path"),
    ],
)
def test_a_command_that_cannot_be_started_is_an_error(command: Any, message: str) -> None:
    stack = new_stack()
    with pytest.raises(ArgumentError, match=message):
        add_job(add_cluster(stack), node_groups=groups(command=command), launcher=MAIN)


def test_a_command_that_is_known_only_at_deployment_is_an_error() -> None:
    stack = new_stack()
    parts = Fn.split(",", CfnParameter(stack, "Parts").value_as_string)
    with pytest.raises(ArgumentError, match="a list that is known only at deployment"):
        add_job(add_cluster(stack), node_groups=groups(command=parts), launcher=MAIN)


def test_a_part_of_the_command_may_be_known_only_at_deployment() -> None:
    stack = new_stack()
    case = CfnParameter(stack, "Case", default="a").value_as_string
    add_job(add_cluster(stack), node_groups=groups(command=["solver", case]), launcher=MAIN)
    assert first_container(stack)["Command"][-2:] == ["solver", {"Ref": "Case"}]


def test_the_only_essential_container_is_started() -> None:
    stack = new_stack()
    several = group_of_several(
        solver=container(command=COMMAND, vcpus=70),
        monitor=container(command=["watch"], essential=False, vcpus=2),
    )
    add_job(add_cluster(stack), node_groups=several, launcher=MAIN)
    (task,) = node_ranges(stack)[0]["EcsProperties"]["TaskProperties"]
    commands = {each["Name"]: each["Command"] for each in task["Containers"]}
    assert commands == {
        "solver": ["mnp-launch", "--mode", "main", "--", *COMMAND],
        "monitor": ["watch"],
    }
    assert [secrets_of(each) for each in task["Containers"]] == [["MNP_SECRET"], []]
    assert errors_of(stack) == []


def test_one_of_several_essential_containers_is_named() -> None:
    stack = new_stack()
    several = group_of_several(
        solver=container(command=COMMAND), server=container(command=["serve"])
    )
    launcher = Launcher(container="server")
    add_job(add_cluster(stack), node_groups=several, launcher=launcher)
    (task,) = node_ranges(stack)[0]["EcsProperties"]["TaskProperties"]
    assert [each["Command"][0] for each in task["Containers"]] == ["mpirun", "mnp-launch"]


@pytest.mark.parametrize(
    ("launcher", "message"),
    [
        pytest.param(MAIN, "essential containers are 'solver', 'server'; set", id="none"),
        pytest.param(Launcher(container="missing"), "container is 'missing', but", id="unknown"),
        pytest.param(Launcher(container="monitor"), "container is 'monitor', but", id="sidecar"),
    ],
)
def test_a_container_that_is_not_clear_is_an_error(launcher: Launcher, message: str) -> None:
    several = group_of_several(
        solver=container(command=COMMAND),
        server=container(command=["serve"]),
        monitor=container(command=["watch"], essential=False),
    )
    with pytest.raises(ArgumentError, match=message):
        add_job(add_cluster(new_stack()), node_groups=several, launcher=launcher)


def test_a_container_that_no_node_group_has_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="is 'solve', but the node groups have 'all'; name"):
        add_job(
            add_cluster(new_stack()), node_groups=groups(), launcher=Launcher(container="solve")
        )


def test_groups_without_the_named_container_start_their_only_essential_one() -> None:
    stack = new_stack()
    both = [
        *group_of_several(solver=container(command=COMMAND), server=container(command=["serve"])),
        NodeGroup("workers", "1:", containers={"worker": container(command=COMMAND)}),
    ]
    add_job(add_cluster(stack), node_groups=both, launcher=Launcher(container="solver"))
    (worker,) = node_ranges(stack)[1]["EcsProperties"]["TaskProperties"][0]["Containers"]
    assert worker["Command"] == ["mnp-launch", "--", *COMMAND]


def test_a_job_role_that_is_created_later_leaves_the_command_as_it_is() -> None:
    stack = new_stack()
    definition = add_job(add_cluster(stack), node_groups=groups(), launcher=MAIN)
    assert definition.job_role is not None
    properties = first_container(stack)
    assert properties["Command"] == ["mnp-launch", "--mode", "main", "--", *COMMAND]
    assert secrets_of(properties) == ["MNP_SECRET"]
