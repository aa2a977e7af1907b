"""FSx for Lustre: what nodes mount, and how they reach it."""

from __future__ import annotations

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    EfsVolume,
    LustreMount,
    NodeGroup,
)
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    new_stack,
    synthesized,
)
from tests.cdk.storage import (
    WITH_DISKS,
    add_file_system,
    first_container,
    import_file_system,
    user_data,
)


@pytest.fixture(scope="module")
def with_both() -> Stack:
    """A cluster with a file system and scratch."""
    stack = new_stack()
    vpc = add_vpc(stack)
    cluster = add_cluster(
        stack,
        vpc=vpc,
        instance_type=WITH_DISKS,
        lustre=[LustreMount(file_system=add_file_system(stack, vpc))],
        scratch_path="/scratch",
    )
    add_job(cluster, node_groups=[NodeGroup("all", ":", container())])
    return stack


def test_the_file_system_lets_nodes_in_at_the_ports_of_lustre_alone(with_both: Stack) -> None:
    rules = [
        resource["Properties"]
        for resource in Template.from_stack(with_both)
        .find_resources("AWS::EC2::SecurityGroupIngress")
        .values()
    ]
    from_nodes = [rule for rule in rules if "Cluster" in str(rule["SourceSecurityGroupId"])]
    to_files = [rule for rule in from_nodes if "Cases" in str(rule["GroupId"])]
    assert sorted((rule["FromPort"], rule["ToPort"]) for rule in to_files) == [
        (988, 988),
        (1018, 1023),
    ]
    assert {rule["IpProtocol"] for rule in to_files} == {"tcp"}


def test_an_imported_file_system_is_mounted_by_its_mount_name() -> None:
    stack = new_stack()
    mount = LustreMount(
        file_system=import_file_system(stack), mount_name="abcdef12", path="/data", read_only=True
    )
    cluster = add_cluster(stack, lustre=[mount])
    add_job(cluster, node_groups=[NodeGroup("all", ":", container())])
    text = user_data(stack)
    assert "=fs-0123456789abcdef0.fsx.us-east-2.amazonaws.com@tcp:/abcdef12\n" in text
    assert 'mount -t lustre -o ro,flock "$lustre_source" /data\n' in text
    (mounted,) = first_container(stack)["MountPoints"]
    assert mounted["ReadOnly"] is True


def test_the_mount_name_is_set_where_it_is_unknown_and_only_there() -> None:
    stack = new_stack()
    with pytest.raises(ValueError, match="is imported, so its mount name is unknown"):
        LustreMount(file_system=import_file_system(stack))
    own = add_file_system(stack, add_vpc(stack))
    with pytest.raises(ValueError, match="the mount name of the file system is known"):
        LustreMount(file_system=own, mount_name="abcdef12")
    with pytest.raises(ValueError, match="path is '/etc/fsx'"):
        LustreMount(file_system=own, path="/etc/fsx")


def test_file_systems_of_another_stack_make_no_cycle() -> None:
    app = App()
    files = new_stack("Files", app)
    vpc = add_vpc(files)
    mount = LustreMount(file_system=add_file_system(files, vpc))
    tools = EfsVolume(
        name="tools", container_path="/tools", file_system=efs.FileSystem(files, "Tools", vpc=vpc)
    )
    jobs = new_stack("Jobs", app)
    cluster = add_cluster(jobs, vpc=vpc, lustre=[mount])
    add_job(cluster, node_groups=[NodeGroup("all", ":", container(volumes=[tools]))])
    assembly = app.synth()
    needed = [dependency.id for dependency in assembly.get_stack_by_name("Files").dependencies]
    assert not any(each.startswith("Jobs") for each in needed)
    rules = assembly.get_stack_by_name("Jobs").template["Resources"].values()
    ports = {
        rule["Properties"]["FromPort"]
        for rule in rules
        if rule["Type"] == "AWS::EC2::SecurityGroupIngress" and "FromPort" in rule["Properties"]
    }
    assert ports == {988, 1018, 2049}


def test_letting_nodes_in_at_file_systems_warns_of_nothing() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    mount = LustreMount(file_system=add_file_system(stack, vpc))
    tools = EfsVolume(
        name="tools", container_path="/tools", file_system=efs.FileSystem(stack, "Tools", vpc=vpc)
    )
    own = ec2.SecurityGroup(stack, "Own", vpc=vpc)
    own.add_ingress_rule(own, ec2.Port.all_traffic())
    for name, groups in (("Made", None), ("Given", [own])):
        cluster = add_cluster(stack, name, vpc=vpc, lustre=[mount], security_groups=groups)
        add_job(cluster, node_groups=[NodeGroup("all", ":", container(volumes=[tools]))])
    assert synthesized(stack).get_stack_artifact(stack.artifact_id).messages == []


def test_a_group_that_lets_nothing_out_lets_its_nodes_out_to_file_systems() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    own = ec2.SecurityGroup(stack, "Own", vpc=vpc, allow_all_outbound=False)
    own.connections.allow_internally(ec2.Port.all_traffic())
    mount = LustreMount(file_system=add_file_system(stack, vpc))
    add_cluster(stack, vpc=vpc, lustre=[mount], security_groups=[own])
    template = Template.from_stack(stack)
    egress = template.find_resources("AWS::EC2::SecurityGroupEgress").values()
    assert {each["Properties"].get("FromPort") for each in egress} == {988, 1018, None}


def test_a_definition_for_a_queue_lets_its_nodes_in_at_file_systems() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    tools = EfsVolume(
        name="tools", container_path="/tools", file_system=efs.FileSystem(stack, "Tools", vpc=vpc)
    )
    groups = [NodeGroup("all", ":", container(volumes=[tools]))]
    cluster = add_cluster(stack, vpc=vpc)
    add_definition(stack, "Free", node_groups=groups)
    ports = {"Properties": {"FromPort": 2049}}
    add_definition(stack, "Bound", node_groups=groups, job_queue=cluster.job_queue)
    template = Template.from_stack(stack)
    (rule,) = template.find_resources("AWS::EC2::SecurityGroupIngress", ports).values()
    assert "Cluster" in str(rule["Properties"]["SourceSecurityGroupId"])
