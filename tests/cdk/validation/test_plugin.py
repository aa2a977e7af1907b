"""What a synthesis reports: all errors together, warnings, and no false alarm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Duration, Environment, Fn, Stack, Stage
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from cdk_batch_mnp import MnpComputeEnvironment, MnpJobQueue, NodeGroup
from cdk_batch_mnp.instances import CatalogueError, InstanceType, default_catalogue
from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    import_vpc,
    main_and_workers,
    new_stack,
    rules,
    warnings_of,
)

REGIONS = ("us-east-2", "eu-west-1")


def exception_of(stack: Stack) -> str:
    """The text of the exception that stops a synthesis of the stack's stage."""
    with pytest.raises(RuntimeError) as raised:
        Template.from_stack(stack)
    return str(raised.value)


def test_the_exception_says_what_is_wrong_and_how_to_fix_it() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), num_nodes=5)
    text = exception_of(stack)
    for expected in (
        "ERROR MNP106 ",
        "   at:       nodeProperties.numNodes\n",
        "cannot hold 5 x c5.18xlarge (360 vCPUs)\n",
        "   actual:   360 vCPUs\n",
        "   expected: at most 288 vCPUs\n",
        "   why:      ",
        "   Platform/Cluster/Solve/Resource (",
        "   Suggested fix: Set max vCPUs of Platform/Cluster/ComputeEnvironment to 360, ",
        "   Source: https://docs.aws.amazon.com/batch/",
        "   Acknowledge with 'MNP::MNP106'\n",
    ):
        assert expected in text


def test_the_exception_of_a_stage_says_what_is_wrong_and_how_to_fix_it() -> None:
    stack = Stack(Stage(App(), "Production"), "Platform")
    add_job(add_cluster(stack), num_nodes=5)
    text = exception_of(stack)
    for expected in (
        "[Production] MNP106 ",
        "  at:       Production/Platform/Cluster/Solve: nodeProperties.numNodes\n",
        "  actual:   360 vCPUs\n",
        "  expected: at most 288 vCPUs\n",
        "  fix:      Set max vCPUs of Production/Platform/Cluster/ComputeEnvironment to 360, ",
        "  source:   https://docs.aws.amazon.com/batch/",
    ):
        assert expected in text


def test_errors_stop_a_snapshot_test_too() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), num_nodes=5)
    with pytest.raises(RuntimeError, match="MNP106"):
        Template.from_stack(stack)


def test_all_errors_of_all_stacks_are_reported_together() -> None:
    app = App()
    one, two = new_stack("One", app), new_stack("Two", app)
    add_job(add_cluster(one), num_nodes=5, timeout=Duration.seconds(5))
    add_cluster(two, stuck_job_timeout=Duration.seconds(1))
    gap = [NodeGroup("main", "0", container()), NodeGroup("workers", "2:", container())]
    add_job(add_cluster(two, "Other"), node_groups=gap, retry_attempts=11)
    assert {(each.rule, each.path) for each in errors_of(one)} == {
        ("MNP106", "One/Cluster/Solve"),
        ("MNP317", "One/Cluster/Solve"),
        ("MNP203", "Two/Cluster/JobQueue"),
        ("MNP304", "Two/Other/Solve"),
        ("MNP315", "Two/Other/Solve"),
    }


def test_a_warning_stops_nothing_and_is_reported() -> None:
    stack = new_stack()
    add_cluster(stack, min_nodes=1)
    Template.from_stack(stack).resource_count_is("AWS::Batch::JobQueue", 1)
    assert [(each.rule, each.path) for each in warnings_of(stack)] == [
        ("MNP116", "Platform/Cluster/ComputeEnvironment")
    ]


def test_a_definition_may_be_in_another_stack_than_its_queue() -> None:
    app = App()
    cluster = add_cluster(new_stack("Cluster", app))
    jobs = new_stack("Jobs", app)
    add_definition(jobs)
    assert errors_of(jobs) == []
    assert warnings_of(jobs) == []
    assert cluster.max_nodes == 4


def test_a_definition_that_no_queue_of_the_app_takes_is_wrong_in_any_stack() -> None:
    app = App()
    add_cluster(new_stack("Clusters", app), "Small", max_nodes=2)
    add_cluster(new_stack("Other", app), "Gpus", instance_type="p4d.24xlarge")
    jobs = new_stack("Jobs", app)
    add_definition(jobs)
    (error,) = errors_of(jobs)
    assert (error.rule, error.path) == ("MNP106", "Jobs/Solve")
    assert "queue Other/Gpus/JobQueue cannot take it" in error.text


def test_one_queue_that_takes_the_definition_is_enough() -> None:
    stack = new_stack()
    add_cluster(stack, "Gpus", instance_type="p4d.24xlarge")
    add_cluster(stack, "Small", max_nodes=1)
    add_cluster(stack, "Right")
    add_definition(stack)
    assert errors_of(stack) == []


def test_a_job_of_a_cluster_is_checked_against_that_cluster_only() -> None:
    stack = new_stack()
    add_cluster(stack, "Large", max_nodes=100)
    add_job(add_cluster(stack, "Small"), num_nodes=8)
    assert [(each.rule, each.path) for each in errors_of(stack)] == [
        ("MNP106", "Platform/Small/Solve")
    ]


def test_an_imported_queue_causes_no_finding() -> None:
    stack = new_stack()
    add_cluster(stack, "Other", instance_type="p4d.24xlarge")
    elsewhere = batch.JobQueue.from_job_queue_arn(
        stack, "Elsewhere", "arn:aws:batch:eu-west-1:123456789012:job-queue/hpc"
    )
    add_definition(stack, job_queue=elsewhere)
    assert errors_of(stack) == []


def test_stages_are_apart() -> None:
    app = App()
    small, large = Stage(app, "Test"), Stage(app, "Production")
    add_cluster(Stack(small, "Platform"), max_nodes=2)
    in_test = Stack(small, "Jobs")
    add_definition(in_test)
    in_production = Stack(large, "Platform")
    add_cluster(in_production, max_nodes=8)
    add_definition(in_production)
    Template.from_stack(in_production)
    assert [each.path for each in errors_of(in_test)] == ["Test/Jobs/Solve"]


OHIO, IRELAND = (Environment(account="123456789012", region=region) for region in REGIONS)


@pytest.mark.parametrize(
    ("cluster", "jobs", "expected"),
    [
        pytest.param(OHIO, OHIO, ["MNP107"], id="one Region"),
        pytest.param(OHIO, IRELAND, [], id="another Region"),
        pytest.param(
            OHIO,
            Environment(account="210987654321", region=OHIO.region),
            [],
            id="another account",
        ),
        pytest.param(OHIO, None, ["MNP107"], id="where the job goes is not known"),
        pytest.param(None, IRELAND, ["MNP107"], id="where the queue is is not known"),
        pytest.param(
            OHIO, Environment(region=IRELAND.region), [], id="a Region without its account"
        ),
    ],
)
def test_a_definition_is_checked_against_queues_of_its_account_and_region(
    cluster: Environment | None, jobs: Environment | None, expected: list[str]
) -> None:
    app = App()
    add_cluster(Stack(app, "Clusters", env=cluster), instance_type="p4d.24xlarge")
    definitions = Stack(app, "Jobs", env=jobs)
    add_definition(definitions)
    assert rules(errors_of(definitions)) == expected


def test_each_region_of_an_app_has_its_own_queues() -> None:
    app = App()
    add_cluster(Stack(app, "Ohio", env=OHIO), max_nodes=2)
    add_cluster(Stack(app, "Ireland", env=IRELAND))
    in_ohio = Stack(app, "JobsInOhio", env=OHIO)
    add_definition(in_ohio)
    add_definition(Stack(app, "JobsInIreland", env=IRELAND))
    assert [(each.rule, each.path) for each in errors_of(in_ohio)] == [
        ("MNP106", "JobsInOhio/Solve")
    ]


def test_a_cluster_that_was_removed_again_takes_no_job() -> None:
    stack = new_stack()
    add_cluster(stack, "Large", max_nodes=8)
    add_cluster(stack, "Small", max_nodes=2)
    add_definition(stack)
    stack.node.try_remove_child("Large")
    (error,) = errors_of(stack)
    assert (error.rule, error.path) == ("MNP106", "Platform/Solve")
    assert "Large" not in error.text


def test_a_definition_that_was_removed_again_is_not_checked() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, num_nodes=5)
    cluster.node.try_remove_child("Solve")
    # Another one may take its place.
    add_job(cluster, num_nodes=4)
    assert errors_of(stack) == []


def test_ids_with_slashes_are_checked_like_others() -> None:
    stack = new_stack()
    add_job(add_cluster(stack), "Solve/Large", num_nodes=5)
    assert rules(errors_of(stack)) == ["MNP106"]


def test_zones_of_which_the_list_is_not_known_are_unknown() -> None:
    stack = new_stack()
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Elsewhere",
        vpc_id=Fn.import_value("vpc"),
        availability_zones=Fn.split(",", Fn.import_value("zones")),
        private_subnet_ids=Fn.split(",", Fn.import_value("subnets")),
    )
    add_job(add_cluster(stack, vpc=vpc))
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_a_stock_queue_of_the_app_may_take_a_definition() -> None:
    stack = new_stack()
    vpc = import_vpc(stack)
    add_cluster(stack, "Other", instance_type="p4d.24xlarge")
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack,
        "Environment",
        vpc=vpc,
        instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
        maxv_cpus=4 * 72,
    )
    batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[
            batch.OrderedComputeEnvironment(compute_environment=environment, order=1)
        ],
    )
    add_definition(stack)
    assert errors_of(stack) == []


def test_a_queue_of_which_nothing_is_known_may_take_the_definition() -> None:
    stack = new_stack()
    add_cluster(stack, "Other", instance_type="p4d.24xlarge")
    batch.CfnJobQueue(
        stack,
        "Queue",
        priority=1,
        compute_environment_order=[
            {
                "order": 1,
                "computeEnvironment": "arn:aws:batch:eu-west-1:123456789012:compute-environment/x",
            }
        ],
    )
    add_definition(stack)
    assert errors_of(stack) == []


def test_a_definition_is_checked_against_the_stock_queue_that_it_names() -> None:
    stack = new_stack()
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack, "Environment", vpc=import_vpc(stack), spot=True
    )
    queue = batch.JobQueue(
        stack,
        "Queue",
        compute_environments=[
            batch.OrderedComputeEnvironment(compute_environment=environment, order=1)
        ],
    )
    add_definition(stack, job_queue=queue)
    assert {(each.rule, each.path) for each in errors_of(stack)} >= {("MNP101", "Platform/Solve")}


def test_a_second_synthesis_checks_what_was_added_or_changed() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster)
    app = stack.node.root
    assert isinstance(app, App)
    app.synth()
    add_job(cluster, "TooLarge", num_nodes=5)
    with pytest.raises(RuntimeError, match="MNP106"):
        app.synth(force=True)


def test_what_was_wrong_and_is_fixed_passes_the_next_synthesis() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    resource: Any = cluster.compute_environment.node.default_child
    resource.add_property_override("ComputeResources.MaxvCpus", 8)
    add_job(cluster)
    assert rules(errors_of(stack)) == ["MNP106"]
    resource.add_property_override("ComputeResources.MaxvCpus", 4 * 72)
    assert errors_of(stack) == []


def test_environments_that_are_added_to_a_queue_count() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, max_nodes=2)
    vpc = import_vpc(stack)
    large = MnpComputeEnvironment(stack, "Large", vpc=vpc, instance_type=INSTANCE_TYPE, max_nodes=4)
    cluster.job_queue.add_compute_environment(large, 2)
    add_job(cluster, num_nodes=4)
    assert errors_of(stack) == []
    assert rules(warnings_of(stack)) == ["MNP207"]


def test_an_environment_without_a_queue_is_checked_too() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    groups = [ec2.SecurityGroup(stack, f"Group{n}", vpc=vpc) for n in range(6)]
    MnpComputeEnvironment(
        stack,
        "Environment",
        vpc=vpc,
        instance_type=INSTANCE_TYPE,
        max_nodes=4,
        security_groups=groups,
    )
    assert rules(errors_of(stack)) == ["MNP105"]


def test_a_stock_environment_of_a_queue_of_this_library_is_checked() -> None:
    stack = new_stack()
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack,
        "Environment",
        vpc=import_vpc(stack),
        instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
        maxv_cpus=4 * 72,
    )
    queue = MnpJobQueue(stack, "Queue", compute_environments=[environment])
    add_definition(stack, node_groups=main_and_workers(), job_queue=queue)
    found = warnings_of(stack)
    # The stock construct adds optimal, and neither a placement group, nor a rule among the nodes,
    # nor a launch template.
    assert {each.rule for each in found} == {"MNP109", "MNP401", "MNP406", "MNP606"}
    assert {each.path for each in found} == {"Platform/Environment"}


def test_a_stack_without_an_app_of_its_own_is_checked_as_well() -> None:
    stack = Stack()
    add_job(add_cluster(stack), num_nodes=5)
    with pytest.raises(RuntimeError, match="MNP106"):
        Template.from_stack(stack)


def test_an_app_can_name_a_catalogue_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "types.json"
    default_catalogue().with_types(InstanceType(name="x9.huge", vcpus=512)).save(path)
    stack = new_stack(app=App(context={"cdk-batch-mnp:instances": str(path)}))
    cluster = add_cluster(stack, instance_type="x9.huge")
    assert cluster.compute_environment.instance.vcpus == 512


def test_a_catalogue_that_cannot_be_used_is_refused_with_its_path(tmp_path: Path) -> None:
    stack = new_stack(app=App(context={"cdk-batch-mnp:instances": str(tmp_path / "types.json")}))
    with pytest.raises(CatalogueError, match=r"types\.json: No such file"):
        add_cluster(stack)
