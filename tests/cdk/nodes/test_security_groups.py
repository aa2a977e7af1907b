"""The VPC's default security group, which the tasks of nodes with EFA use."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    EfsVolume,
    NodeGroup,
)
from tests.cdk.apps import (
    add_cluster,
    add_job,
    add_vpc,
    container,
    errors_of,
    import_vpc,
    new_stack,
    synthesized,
)

ONE_CARD = "c5n.18xlarge"


EMPTYING = {"@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": True}


DEFAULT_GROUP_UNKNOWN = "cdk-batch-mnp:defaultSecurityGroup"


def warnings_about_default_groups(stack: Stack) -> list[str]:
    messages = synthesized(stack).get_stack_artifact(stack.artifact_id).messages
    texts = (str(message.entry.data) for message in messages)
    return [text for text in texts if DEFAULT_GROUP_UNKNOWN in text]


def test_an_emptied_default_group_admits_itself_again_once_for_all_clusters() -> None:
    app = App(context=EMPTYING)
    stack = new_stack(app=app)
    vpc = add_vpc(stack)
    for name in ("First", "Second"):
        add_cluster(stack, name, vpc=vpc, instance_type=ONE_CARD)
    # A cluster of another stack, too.
    add_cluster(new_stack("Other", app), vpc=vpc, instance_type="p4d.24xlarge")
    template = Template.from_stack(stack)
    (vpc_id,) = template.find_resources("AWS::EC2::VPC")
    (emptying,) = template.find_resources("Custom::VpcRestrictDefaultSG")
    default = {"Fn::GetAtt": [vpc_id, "DefaultSecurityGroup"]}
    (ingress,) = template.find_resources(
        "AWS::EC2::SecurityGroupIngress", {"Properties": {"GroupId": default}}
    ).values()
    assert ingress["Properties"] == {
        "Description": "All traffic among tasks of multi-node parallel jobs",
        "GroupId": default,
        "IpProtocol": "-1",
        "SourceSecurityGroupId": default,
    }
    (egress,) = template.find_resources(
        "AWS::EC2::SecurityGroupEgress", {"Properties": {"GroupId": default}}
    ).values()
    assert egress["Properties"] == {
        "Description": "All traffic among tasks of multi-node parallel jobs",
        "GroupId": default,
        "IpProtocol": "-1",
        "DestinationSecurityGroupId": default,
    }
    # Otherwise the rules could be taken away as soon as they are there.
    assert ingress["DependsOn"] == egress["DependsOn"] == [emptying]


def test_users_let_out_what_containers_are_to_reach_once_for_the_clusters_of_a_stack() -> None:
    stack = new_stack(app=App(context=EMPTYING))
    vpc = add_vpc(stack)
    for name in ("First", "Second"):
        cluster = add_cluster(stack, name, vpc=vpc, instance_type=ONE_CARD)
        cluster.connections.allow_to_any_ipv4(ec2.Port.tcp(443), "S3")
    # That the nodes' own group lets everything out already is no warning.
    assert synthesized(stack).get_stack_artifact(stack.artifact_id).messages == []
    template = Template.from_stack(stack)
    (vpc_id,) = template.find_resources("AWS::EC2::VPC")
    (emptying,) = template.find_resources("Custom::VpcRestrictDefaultSG")
    (rule,) = template.find_resources(
        "AWS::EC2::SecurityGroupEgress", {"Properties": {"FromPort": 443}}
    ).values()
    assert rule["Properties"] == {
        "CidrIp": "0.0.0.0/0",
        "Description": "S3",
        "FromPort": 443,
        "GroupId": {"Fn::GetAtt": [vpc_id, "DefaultSecurityGroup"]},
        "IpProtocol": "tcp",
        "ToPort": 443,
    }
    assert emptying in rule["DependsOn"]


def test_containers_of_a_cluster_in_another_stack_reach_what_is_there() -> None:
    app = App(context=EMPTYING)
    network = new_stack("Network", app)
    vpc = add_vpc(network)
    stack = new_stack("Jobs", app)
    cluster = add_cluster(stack, vpc=vpc, instance_type=ONE_CARD)
    licences = ec2.SecurityGroup(stack, "Licences", vpc=vpc)
    cluster.connections.allow_to(licences, ec2.Port.tcp(27000))
    template = Template.from_stack(stack)
    (rule,) = template.find_resources(
        "AWS::EC2::SecurityGroupEgress", {"Properties": {"FromPort": 27000}}
    ).values()
    assert "DefaultSecurityGroup" in str(rule["Properties"]["GroupId"])


def test_clusters_in_two_stacks_open_a_port_of_the_default_group_once() -> None:
    app = App(context=EMPTYING)
    vpc = add_vpc(new_stack("Network", app))
    stacks = [new_stack(name, app) for name in ("One", "Other")]
    for stack in stacks:
        cluster = add_cluster(stack, vpc=vpc, instance_type=ONE_CARD)
        cluster.connections.allow_to_any_ipv4(ec2.Port.tcp(443))
    assert {each.rule.removeprefix("MNP::") for each in errors_of(stacks[0])} == {"MNP428"}


def test_a_default_group_as_aws_makes_it_lets_out_without_more() -> None:
    stack = new_stack()
    cluster = add_cluster(stack, vpc=add_vpc(stack), instance_type=ONE_CARD)
    cluster.connections.allow_to_any_ipv4(ec2.Port.tcp(443))
    egress = Template.from_stack(stack).find_resources(
        "AWS::EC2::SecurityGroupEgress", {"Properties": {"FromPort": 443}}
    )
    assert egress == {}


@pytest.mark.parametrize(
    ("context", "changes"),
    [
        pytest.param({}, {}, id="as AWS makes it"),
        pytest.param(EMPTYING, {"efa": False}, id="emptied, without EFA"),
    ],
)
def test_a_default_group_that_needs_nothing_gets_nothing(
    context: dict[str, bool], changes: dict[str, Any]
) -> None:
    stack = new_stack(app=App(context=context))
    add_cluster(stack, vpc=add_vpc(stack), instance_type=ONE_CARD, **changes)
    rules_of = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroupIngress")
    assert not [each for each in rules_of.values() if "DefaultSecurityGroup" in str(each)]


def test_the_default_group_of_an_imported_vpc_is_asked_for() -> None:
    stack = new_stack()
    vpc = import_vpc(stack)
    add_cluster(stack, "Unsure", vpc=vpc, instance_type=ONE_CARD)
    (warning,) = warnings_about_default_groups(stack)
    assert "default_security_group" in warning


@pytest.mark.parametrize("context", [{}, EMPTYING], ids=["imported", "emptied by the CDK"])
def test_a_default_group_of_the_user_is_left_unchanged(context: dict[str, bool]) -> None:
    stack = new_stack(app=App(context=context))
    vpc = add_vpc(stack) if context else import_vpc(stack)
    group = ec2.SecurityGroup.from_security_group_id(stack, "Default", "sg-0123456789abcdef0")
    add_cluster(stack, vpc=vpc, instance_type=ONE_CARD, default_security_group=group)
    assert warnings_about_default_groups(stack) == []
    ingress = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroupIngress")
    assert len(ingress) == 1  # the nodes' own


def test_others_let_in_the_nodes_and_their_tasks() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    cluster = add_cluster(stack, vpc=vpc, instance_type=ONE_CARD)
    database = ec2.SecurityGroup(stack, "Database", vpc=vpc)
    database.connections.allow_from(cluster, ec2.Port.tcp(5432))
    ingress = Template.from_stack(stack).find_resources(
        "AWS::EC2::SecurityGroupIngress", {"Properties": {"FromPort": 5432}}
    )
    peers = [str(each["Properties"]["SourceSecurityGroupId"]) for each in ingress.values()]
    assert len(peers) == 2
    assert sum("DefaultSecurityGroup" in peer for peer in peers) == 1


def test_a_file_system_lets_in_the_instances_alone_since_they_mount_it() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    cluster = add_cluster(stack, vpc=vpc, instance_type=ONE_CARD)
    files = EfsVolume(
        name="cases", container_path="/cases", file_system=efs.FileSystem(stack, "Fs", vpc=vpc)
    )
    add_job(cluster, node_groups=[NodeGroup("all", ":", container(volumes=[files]))])
    ingress = Template.from_stack(stack).find_resources(
        "AWS::EC2::SecurityGroupIngress", {"Properties": {"FromPort": 2049}}
    )
    (rule,) = ingress.values()
    assert "DefaultSecurityGroup" not in str(rule["Properties"]["SourceSecurityGroupId"])
