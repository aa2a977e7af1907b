"""What templates show and constructs do not: overrides, Aspects, the constructs of others."""

from __future__ import annotations

from collections.abc import Callable

import jsii
import pytest
from aws_cdk import Acknowledgment, App, Aspects, IAspect, Stack, Stage, Validations
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from constructs import IConstruct

from cdk_batch_mnp import MnpCluster, MnpJobQueue, MnpPolicyValidation
from tests.cdk.apps import (
    INSTANCE_TYPE,
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    import_vpc,
    new_stack,
)
from tests.cdk.validation.overrides import NO_NODES, cluster_with_job, override, reported


@jsii.implements(IAspect)
class FewerVcpus:
    """An Aspect that a platform team puts on every app."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, batch.CfnComputeEnvironment):
            node.add_property_override("ComputeResources.MaxvCpus", 8)


JOB, ENVIRONMENT, QUEUE = (
    f"Platform/Cluster/{name}" for name in ("Solve", "ComputeEnvironment", "JobQueue")
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            lambda each: override(each.compute_environment, "ComputeResources.MaxvCpus", 8),
            ("MNP106", JOB),
            id="max vCPUs",
        ),
        pytest.param(
            lambda each: override(each.compute_environment, "ComputeResources.Type", "SPOT"),
            ("MNP101", JOB),
            id="Spot",
        ),
        pytest.param(
            lambda each: override(each.job_definitions[0], "NodeProperties.NumNodes", 50),
            ("MNP106", JOB),
            id="nodes",
        ),
        pytest.param(
            lambda each: override(each.job_queue, "Priority", 5000),
            ("MNP206", QUEUE),
            id="priority",
        ),
        pytest.param(
            lambda each: Aspects.of(each).add(FewerVcpus()), ("MNP106", JOB), id="an Aspect"
        ),
    ],
)
def test_what_overrides_and_aspects_break_fails_the_synthesis(
    change: Callable[[MnpCluster], None], expected: tuple[str, str]
) -> None:
    stack = new_stack()
    change(cluster_with_job(stack))
    with pytest.raises(RuntimeError, match=expected[0]):
        Template.from_stack(stack)
    assert ("error", *expected) in reported(stack)


def test_a_right_override_passes() -> None:
    stack = new_stack()
    override(cluster_with_job(stack).compute_environment, "ComputeResources.MaxvCpus", 4 * 72 + 72)
    assert reported(stack) == []


def test_an_override_is_checked_against_the_job_s_own_cluster_only() -> None:
    stack = new_stack()
    add_cluster(stack, "Large", max_nodes=100)
    override(cluster_with_job(stack).compute_environment, "ComputeResources.MaxvCpus", 8)
    assert reported(stack) == [("error", "MNP106", JOB)]


def test_a_stock_environment_behind_a_queue_of_this_library_is_read_as_it_is_written() -> None:
    stack = new_stack()
    environment = batch.ManagedEc2EcsComputeEnvironment(
        stack,
        "Stock",
        vpc=import_vpc(stack),
        instance_types=[ec2.InstanceType(INSTANCE_TYPE)],
        maxv_cpus=4 * 72,
    )
    queue = MnpJobQueue(stack, "Queue", compute_environments=[environment])
    add_definition(stack, job_queue=queue)
    override(environment, "ComputeResources.Type", "SPOT")
    assert ("error", "MNP101", "Platform/Solve") in reported(stack)


def test_a_security_group_of_the_app_is_seen_with_its_rules() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    group = ec2.SecurityGroup(stack, "Nodes", vpc=vpc)
    cluster_with_job(stack, vpc=vpc, security_groups=[group])
    assert reported(stack) == [("warning", "MNP406", ENVIRONMENT)]


def test_a_security_group_that_lets_the_nodes_talk_is_right() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    group = ec2.SecurityGroup(stack, "Nodes", vpc=vpc)
    group.connections.allow_internally(ec2.Port.all_traffic())
    cluster_with_job(stack, vpc=vpc, security_groups=[group])
    assert reported(stack) == []


def test_subnets_without_addresses_for_all_nodes_are_seen() -> None:
    stack = new_stack()
    vpc = add_vpc(stack, ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/26"))
    cluster_with_job(stack, vpc=vpc, max_nodes=100)
    assert reported(stack) == [("error", "MNP412", JOB)]


def test_private_subnets_without_a_way_out_are_seen() -> None:
    stack = new_stack()
    cluster_with_job(
        stack,
        vpc=add_vpc(stack, nat_gateways=0, subnet_configuration=PRIVATE_AND_PUBLIC),
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
    )
    assert reported(stack) == [("error", "MNP405", ENVIRONMENT)]


PRIVATE_AND_PUBLIC = [
    ec2.SubnetConfiguration(name="Public", subnet_type=ec2.SubnetType.PUBLIC),
    ec2.SubnetConfiguration(name="Nodes", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
]


def test_ingress_from_every_address_is_seen() -> None:
    stack = new_stack()
    cluster = cluster_with_job(stack)
    cluster.connections.allow_from_any_ipv4(ec2.Port.all_traffic())
    assert reported(stack) == [("warning", "MNP407", ENVIRONMENT)]


def test_a_role_that_may_do_everything_is_seen() -> None:
    stack = new_stack()
    job = cluster_with_job(stack).job_definitions[0]
    job.job_role.add_to_principal_policy(iam.PolicyStatement(actions=["*"], resources=["*"]))
    assert reported(stack) == [("warning", "MNP604", JOB)]


def test_a_role_of_the_app_without_the_policy_for_instances_is_seen() -> None:
    stack = new_stack()
    role = iam.Role(stack, "Nodes", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    cluster_with_job(stack, instance_role=role)
    assert reported(stack) == [("error", "MNP611", "Platform/Nodes")]


def test_a_finding_at_a_role_is_acknowledged_at_the_construct_that_uses_it() -> None:
    stack = new_stack()
    role = iam.Role(stack, "Nodes", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    cluster = cluster_with_job(stack, instance_role=role)
    accepted = Acknowledgment(id="MNP::MNP611", reason="Another app attaches the policy.")
    Validations.of(cluster).acknowledge(accepted)
    assert reported(stack) == []


def test_beside_the_plugin_for_all_constructs_each_finding_is_reported_once() -> None:
    app = App()
    Validations.of(app).add_plugins(MnpPolicyValidation())
    stack = new_stack(app=app)
    cluster = cluster_with_job(stack, min_nodes=1)
    cluster.connections.allow_from_any_ipv4(ec2.Port.all_traffic())
    override(cluster.compute_environment, "ComputeResources.MaxvCpus", 72)
    Validations.of(app).add_plugins(MnpPolicyValidation())
    expected = [
        ("error", "MNP106", JOB),
        ("warning", "MNP116", ENVIRONMENT),
        ("warning", "MNP407", ENVIRONMENT),
    ]
    assert reported(stack) == expected
    assert reported(stack) == expected


def test_the_two_plugins_divide_the_resources_and_not_the_findings() -> None:
    app = App()
    Validations.of(app).add_plugins(MnpPolicyValidation())
    stack = new_stack(app=app)
    given = batch.ManagedEc2EcsComputeEnvironment(stack, "Given", vpc=import_vpc(stack), spot=True)
    queue = MnpJobQueue(stack, "Queue", compute_environments=[given])
    add_definition(stack, job_queue=queue)
    batch.CfnJobDefinition(stack, "Others", type="multinode", node_properties=NO_NODES)
    by_path: dict[str, list[str]] = {}
    for _, rule, path in reported(stack):
        by_path.setdefault(path, []).append(rule)
    assert by_path.keys() == {"Platform/Solve", "Platform/Given", "Platform/Others"}
    assert all(len(rules) == len(set(rules)) for rules in by_path.values())


def test_a_strict_plugin_fails_on_warnings_about_constructs_of_this_library_too() -> None:
    app = App()
    stack = new_stack(app=app)
    cluster_with_job(stack, min_nodes=1)
    Validations.of(app).add_plugins(MnpPolicyValidation(strict=True))
    assert reported(stack) == [
        ("error", "MNP116", ENVIRONMENT),
        ("warning", "MNP116", ENVIRONMENT),
    ]


def test_constructs_of_others_are_left_to_the_plugin_that_users_add() -> None:
    stack = new_stack()
    cluster_with_job(stack)
    batch.CfnJobDefinition(
        stack,
        "Others",
        type="multinode",
        node_properties=NO_NODES,
    )
    assert reported(stack) == []


def test_every_stage_is_checked() -> None:
    app = App()
    stacks = [Stack(Stage(app, name), "Platform") for name in ("Test", "Production")]
    for stack in stacks:
        override(cluster_with_job(stack).compute_environment, "ComputeResources.MaxvCpus", 8)
    assert reported(Stack(app, "Other")) == [
        ("error", "MNP106", "Production/Platform/Cluster/Solve"),
        ("error", "MNP106", "Test/Platform/Cluster/Solve"),
    ]


def test_an_app_that_node_has_made_has_one_check_too() -> None:
    stack = Stack()
    override(cluster_with_job(stack).compute_environment, "ComputeResources.MaxvCpus", 8)
    add_cluster(stack, "Other")
    with pytest.raises(RuntimeError) as raised:
        Template.from_stack(stack)
    assert str(raised.value).count("MNP::MNP106") == 1


def test_an_override_that_fixes_an_argument_passes() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    add_job(cluster, num_nodes=5)
    override(cluster.compute_environment, "ComputeResources.MaxvCpus", 5 * 72)
    assert reported(stack) == []
