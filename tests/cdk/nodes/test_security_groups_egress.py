"""What the nodes reach: everything, or each other and what the cluster itself needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_fsx as fsx
from aws_cdk.assertions import Template

from cdk_batch_mnp import EfsVolume, LustreMount, MnpCluster, NodeGroup
from tests.cdk.apps import (
    add_cluster,
    add_job,
    add_vpc,
    container,
    errors_of,
    new_stack,
    synthesized,
)

ANYWHERE = {"0.0.0.0/0", "::/0"}


def egress_of_nodes(stack: Stack) -> list[dict[str, Any]]:
    """What the group of the nodes lets out, inline or beside it."""
    template = Template.from_stack(stack)
    groups = template.find_resources("AWS::EC2::SecurityGroup")
    (id,) = [
        group for group in groups if group.startswith("ClusterComputeEnvironmentSecurityGroup")
    ]
    beside = template.find_resources("AWS::EC2::SecurityGroupEgress").values()
    return [
        *groups[id]["Properties"].get("SecurityGroupEgress", ()),
        *(
            resource["Properties"]
            for resource in beside
            if resource["Properties"]["GroupId"] == {"Fn::GetAtt": [id, "GroupId"]}
        ),
    ]


@pytest.mark.parametrize("instance_type", ["c5.18xlarge", "c5n.18xlarge"], ids=["plain", "EFA"])
def test_nodes_reach_every_address(instance_type: str) -> None:
    stack = new_stack()
    add_job(add_cluster(stack, vpc=add_vpc(stack), instance_type=instance_type))
    assert ANYWHERE & {node.get("CidrIp") for node in egress_of_nodes(stack)}


@pytest.mark.parametrize("instance_type", ["c5.18xlarge", "c5n.18xlarge"], ids=["plain", "EFA"])
def test_nodes_reach_each_other_alone(instance_type: str) -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    cluster = add_cluster(stack, vpc=vpc, instance_type=instance_type, allow_all_outbound=False)
    add_job(cluster)
    (rule,) = egress_of_nodes(stack)
    assert rule["IpProtocol"] == "-1"
    assert rule["DestinationSecurityGroupId"] == rule["GroupId"]
    assert errors_of(stack) == []


def test_nodes_reach_the_file_systems_that_they_mount_too() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    lustre = fsx.LustreFileSystem(
        stack,
        "Cases",
        vpc=vpc,
        vpc_subnet=vpc.private_subnets[0],
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.SCRATCH_2
        ),
    )
    tools = EfsVolume(
        name="tools", container_path="/tools", file_system=efs.FileSystem(stack, "Tools", vpc=vpc)
    )
    cluster = add_cluster(
        stack, vpc=vpc, lustre=[LustreMount(file_system=lustre)], allow_all_outbound=False
    )
    add_job(cluster, node_groups=[NodeGroup("all", ":", container(volumes=[tools]))])
    rules = egress_of_nodes(stack)
    assert {rule.get("FromPort") for rule in rules} == {None, 988, 1018, 2049}
    assert not any(ANYWHERE & {rule.get("CidrIp")} for rule in rules)


def test_what_else_nodes_reach_is_let_out_by_name() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    cluster = add_cluster(stack, vpc=vpc, allow_all_outbound=False)
    add_job(cluster)
    cluster.compute_environment.node_connections.allow_to(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))
    assert {node.get("CidrIp") for node in egress_of_nodes(stack)} == {None, "0.0.0.0/0"}


HTTPS = ec2.Port.tcp(443)


@pytest.mark.parametrize(
    "add_rule",
    [
        lambda cluster: cluster.connections.allow_to(ec2.Peer.any_ipv4(), HTTPS),
        lambda cluster: cluster.compute_environment.node_connections.allow_to(
            ec2.Peer.any_ipv4(), HTTPS
        ),
        lambda cluster: cluster.compute_environment.security_groups[0].add_egress_rule(
            ec2.Peer.any_ipv4(), HTTPS
        ),
    ],
    ids=["connections", "node connections", "groups"],
)
def test_no_warning_says_that_a_group_of_all_outbound_traffic_ignores_a_rule(
    add_rule: Callable[[MnpCluster], None],
) -> None:
    stack = new_stack()
    cluster = add_cluster(stack, vpc=add_vpc(stack))
    add_rule(cluster)
    messages = synthesized(stack).get_stack_artifact(stack.artifact_id).messages
    assert not [text for each in messages if "IgnoreEgress" in (text := str(each.entry.data))]
