"""Imported queues: definitions know and are checked against what is stated about them."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, Size
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    ArgumentError,
    EfsVolume,
    Launcher,
    LauncherDelivery,
    MnpComputeEnvironment,
    MnpJobQueue,
    NodeGroup,
)
from tests.cdk.apps import (
    add_definition,
    add_vpc,
    container,
    errors_of,
    first_container,
    new_stack,
    reported_on,
    rules,
)
from tests.cdk.environments.imports import ENVIRONMENT, QUEUE, import_environment, import_queue


def test_a_queue_of_which_only_the_arn_is_known_accepts_every_definition() -> None:
    stack = new_stack()
    queue = MnpJobQueue.from_job_queue_arn(stack, "Imported", QUEUE)
    assert (queue.job_queue_arn, queue.job_queue_name) == (QUEUE, "solvers")
    assert queue.job_queue_ref.job_queue_arn == QUEUE
    assert queue.instance_type is None
    add_definition(stack, job_queue=queue)
    assert errors_of(stack) == []


def test_a_definition_takes_the_type_and_the_efa_of_an_imported_queue() -> None:
    stack = new_stack()
    queue = import_queue(stack, instance_type="c5n.18xlarge", max_nodes=4, efa=True)
    add_definition(stack, instance_type=None, job_queue=queue)
    assert reported_on(stack) == []
    written = first_container(stack)
    assert written["InstanceType"] == "c5n.18xlarge"
    assert "/dev/infiniband/uverbs0" in str(written)


def test_one_thread_per_core_is_known() -> None:
    stack = new_stack()
    queue = import_queue(stack, instance_type="c5.18xlarge", max_nodes=4, threads_per_core=1)
    add_definition(stack, instance_type=None, job_queue=queue)
    assert reported_on(stack) == []
    amounts = {
        requirement["Type"]: requirement["Value"]
        for requirement in first_container(stack)["ResourceRequirements"]
    }
    assert amounts["VCPU"] == "36"


@pytest.mark.parametrize(
    ("attributes", "changes", "found"),
    [
        pytest.param({"max_nodes": 3}, {}, ["MNP106"], id="too few nodes"),
        pytest.param({"max_nodes": 4}, {}, [], id="enough nodes"),
        pytest.param({}, {}, [], id="an unknown number of nodes"),
        pytest.param({}, {"instance_type": "c5n.9xlarge"}, ["MNP107"], id="another type"),
        pytest.param({"instance_type": None}, {"instance_type": "c5n.9xlarge"}, [], id="any type"),
        pytest.param({"efa": False}, {"efa": True}, ["MNP411", "MNP411"], id="no EFA there"),
        pytest.param({"efa": None}, {"efa": True}, [], id="unknown whether there is EFA"),
    ],
)
def test_a_definition_is_checked_as_far_as_the_attributes_go(
    attributes: dict[str, Any], changes: dict[str, Any], found: list[str]
) -> None:
    stack = new_stack()
    queue = import_queue(stack, **{"instance_type": "c5n.18xlarge", **attributes})
    add_definition(stack, **{"instance_type": None, "job_queue": queue, **changes})
    reported = reported_on(stack)
    assert rules(reported) == found
    for warning in reported:
        assert warning.path == "Platform/Solve"
        assert "Platform/Nodes" in warning.text


def test_each_definition_has_its_own_findings() -> None:
    stack = new_stack()
    queue = import_queue(stack, instance_type="c5n.18xlarge", max_nodes=4)
    for name, nodes in (("Small", 2), ("Large", 5), ("Huge", 6)):
        add_definition(stack, name, instance_type=None, job_queue=queue, num_nodes=nodes, efa=False)
    assert [(each.rule, each.path) for each in errors_of(stack)] == [
        ("MNP106", "Platform/Huge"),
        ("MNP106", "Platform/Large"),
    ]


def test_a_type_that_the_catalogue_does_not_list_is_checked_by_its_vcpus() -> None:
    stack = new_stack()
    queue = import_queue(stack, instance_type="c99.large", vcpus_per_node=6, max_nodes=3)
    sized = container(memory=Size.mebibytes(1024))
    add_definition(
        stack,
        instance_type=None,
        job_queue=queue,
        node_groups=[NodeGroup("all", ":", sized)],
    )
    assert rules(errors_of(stack)) == ["MNP106"]


def test_a_job_of_an_imported_queue_needs_another_delivery_than_its_nodes() -> None:
    stack = new_stack()
    queue = import_queue(stack, instance_type="c5.18xlarge", max_nodes=4)
    launcher = Launcher(mode="main", delivery=LauncherDelivery.from_nodes())
    with pytest.raises(ArgumentError, match="Platform/Nodes is imported") as caught:
        add_definition(stack, job_queue=queue, launcher=launcher)
    assert caught.value.path == "Platform/Solve"


@pytest.mark.parametrize("is_stated", [False, True])
def test_file_systems_admit_the_nodes_whose_groups_are_stated(is_stated: bool) -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    system = efs.FileSystem(stack, "Files", vpc=vpc)
    group = ec2.SecurityGroup(stack, "OfNodes", vpc=vpc)
    queue = import_queue(
        stack,
        instance_type="c5.18xlarge",
        max_nodes=4,
        security_groups=[group] if is_stated else [],
    )
    volume = EfsVolume(name="cases", container_path="/cases", file_system=system)
    add_definition(
        stack,
        job_queue=queue,
        node_groups=[NodeGroup("all", ":", container(volumes=[volume]))],
    )
    ingress = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroupIngress")
    assert len(ingress) == is_stated


@pytest.mark.parametrize(
    ("method", "argument", "wrong"),
    [
        (MnpJobQueue.from_job_queue_arn, "job_queue_arn", ENVIRONMENT),
        (MnpJobQueue.from_job_queue_arn, "job_queue_arn", "solvers"),
        (MnpComputeEnvironment.from_compute_environment_arn, "compute_environment_arn", QUEUE),
    ],
)
def test_an_arn_of_another_kind_is_an_error(method: Any, argument: str, wrong: str) -> None:
    with pytest.raises(ArgumentError, match=f"{argument} is '{wrong}'") as caught:
        method(new_stack(), "Imported", wrong)
    assert caught.value.path == "Platform/Imported"


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"max_nodes": 0}, "max_nodes is 0, but must be at least 1"),
        ({"instance_type": "c5.large", "efa": True}, "does not support EFA"),
        ({"efa": True}, "efa is True, but the instance type is unknown"),
        ({"instance_type": "c5.large", "threads_per_core": 2}, "only 1 is supported"),
        ({"instance_type": "c5.18xlarge", "vcpus_per_node": 6}, "c5.18xlarge has 72 vCPUs"),
        ({"vcpus_per_node": 6}, "vcpus_per_node is set without instance_type"),
    ],
)
def test_attributes_that_cannot_be_are_errors(attributes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        import_environment(new_stack(), **attributes)
    assert caught.value.path == "Platform/Nodes"


def test_imports_of_unknown_names_take_tokens() -> None:
    stack = new_stack()
    arn = CfnParameter(stack, "Arn").value_as_string
    name = CfnParameter(stack, "Type").value_as_string
    nodes = import_environment(stack, compute_environment_arn=arn, instance_type=name, max_nodes=2)
    queue = MnpJobQueue.from_job_queue_attributes(
        stack, "Imported", job_queue_arn=arn, compute_environments=[nodes]
    )
    assert queue.instance_type is None
    add_definition(stack, job_queue=queue)
    assert errors_of(stack) == []
    assert stack.resolve(queue.job_queue_name) == {
        "Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Arn"}]}]
    }


def test_an_imported_queue_cannot_be_changed() -> None:
    stack = new_stack()
    queue = import_queue(stack)
    (ordered,) = queue.compute_environments
    assert (queue.enabled, queue.priority, queue.scheduling_policy) == (True, 1, None)
    with pytest.raises(ArgumentError, match="cannot be added to an imported queue") as caught:
        queue.add_compute_environment(ordered.compute_environment, 2)
    assert caught.value.path == "Platform/Imported"
