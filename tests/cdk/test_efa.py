"""EFA: interfaces, security groups, and what containers get, without a word by the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import App, Fn, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    EfsVolume,
    MnpComputeEnvironment,
    MnpJobQueue,
    NodeGroup,
)
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    first_container,
    import_vpc,
    new_stack,
    node_ranges,
    properties_of,
    right_user_data,
    rules,
    synthesized,
    unlimited,
    warnings_of,
)

ONE_CARD = "c5n.18xlarge"
EMPTYING = {"@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": True}
DEFAULT_GROUP_UNKNOWN = "cdk-batch-mnp:defaultSecurityGroup"


def launch_template_of(stack: Stack) -> Mapping[str, Any]:
    properties = properties_of(Template.from_stack(stack), "AWS::EC2::LaunchTemplate")
    data: Mapping[str, Any] = properties["LaunchTemplateData"]
    return data


def compute_resources_of(stack: Stack) -> Mapping[str, Any]:
    properties = properties_of(Template.from_stack(stack), "AWS::Batch::ComputeEnvironment")
    resources: Mapping[str, Any] = properties["ComputeResources"]
    return resources


def interfaces_of(stack: Stack) -> list[tuple[int, int, str]]:
    """Card, device and type of each interface of the only launch template."""
    return [
        (each["NetworkCardIndex"], each["DeviceIndex"], each["InterfaceType"])
        for each in launch_template_of(stack).get("NetworkInterfaces", [])
    ]


def devices_of(properties: Mapping[str, Any]) -> list[str]:
    """The paths of a container's devices."""
    linux = properties.get("LinuxParameters", {})
    return [each["HostPath"] for each in linux.get("Devices", [])]


def warnings_about_default_groups(stack: Stack) -> list[str]:
    messages = synthesized(stack).get_stack_artifact(stack.artifact_id).messages
    texts = (str(each.entry.data) for each in messages)
    return [each for each in texts if DEFAULT_GROUP_UNKNOWN in each]


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        pytest.param(ONE_CARD, [(0, 0, "efa")], id="one card"),
        pytest.param(
            "p4d.24xlarge",
            [(0, 0, "interface"), (0, 1, "efa-only"), *((n, 0, "efa-only") for n in range(1, 4))],
            id="many cards",
        ),
        pytest.param(
            "p6-b300.48xlarge",
            [(0, 0, "interface"), *((n, 0, "efa-only") for n in range(1, 17))],
            id="a first card without EFA",
        ),
        pytest.param(
            "p5.48xlarge",
            [(0, 0, "efa"), *((n, 0, "efa-only") for n in range(1, 32))],
            id="a first card with room for two",
        ),
        pytest.param("c5.18xlarge", [], id="a type without EFA"),
    ],
)
def test_nodes_start_with_every_efa_and_containers_get_a_device_for_each(
    instance_type: str, expected: list[tuple[int, int, str]]
) -> None:
    stack = new_stack()
    add_job(add_cluster(stack, vpc=add_vpc(stack), instance_type=instance_type))
    assert interfaces_of(stack) == expected
    number = sum(kind != "interface" for _, _, kind in expected)
    assert devices_of(first_container(stack)) == [
        f"/dev/infiniband/uverbs{each}" for each in range(number)
    ]
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_the_interfaces_carry_the_groups_and_the_environment_none() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type="p4d.24xlarge")
    (group,) = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroup")
    for each in launch_template_of(stack)["NetworkInterfaces"]:
        assert each["Groups"] == [{"Fn::GetAtt": [group, "GroupId"]}]
        assert each["DeleteOnTermination"] is True
        # EC2 refuses the member, whatever its value, beside several interfaces.
        assert "AssociatePublicIpAddress" not in each
        assert "SubnetId" not in each
    assert "SecurityGroupIds" not in compute_resources_of(stack)


def test_a_single_interface_asks_for_no_public_address() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type=ONE_CARD)
    (interface,) = launch_template_of(stack)["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is False


def test_the_nodes_group_lets_all_traffic_from_and_to_itself_through() -> None:
    stack = new_stack()
    add_cluster(stack, instance_type=ONE_CARD)
    template = Template.from_stack(stack)
    (group,) = template.find_resources("AWS::EC2::SecurityGroup")
    id = {"Fn::GetAtt": [group, "GroupId"]}
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress",
        {"GroupId": id, "SourceSecurityGroupId": id, "IpProtocol": "-1"},
    )
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupEgress",
        {"GroupId": id, "DestinationSecurityGroupId": id, "IpProtocol": "-1"},
    )


def test_efa_can_be_left_off() -> None:
    stack = new_stack()
    add_job(add_cluster(stack, instance_type=ONE_CARD, efa=False))
    assert interfaces_of(stack) == []
    assert len(compute_resources_of(stack)["SecurityGroupIds"]) == 1
    properties = first_container(stack)
    assert "LinuxParameters" not in properties
    assert "Ulimits" not in properties


@pytest.mark.parametrize(
    ("instance_type", "message"),
    [
        pytest.param("c5.18xlarge", "c5.18xlarge does not support EFA", id="no EFA"),
        pytest.param("c99.large", "c99.large is not known to support EFA", id="not known"),
    ],
)
def test_efa_on_a_type_without_is_refused(instance_type: str, message: str) -> None:
    vcpus = 4 if instance_type == "c99.large" else None
    with pytest.raises(ValueError, match=f"^Platform/Cluster/.*: efa is True, but {message}"):
        add_cluster(new_stack(), instance_type=instance_type, efa=True, vcpus_per_node=vcpus)


def test_groups_of_the_user_are_at_the_interfaces() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    groups = [
        ec2.SecurityGroup(stack, f"Group{number}", vpc=vpc, allow_all_outbound=False)
        for number in range(2)
    ]
    for each in groups:
        each.connections.allow_internally(ec2.Port.all_traffic())
    add_cluster(stack, vpc=vpc, instance_type=ONE_CARD, security_groups=groups)
    (interface,) = launch_template_of(stack)["NetworkInterfaces"]
    assert len(interface["Groups"]) == 2
    assert "SecurityGroupIds" not in compute_resources_of(stack)


def test_groups_of_the_user_have_to_let_the_interfaces_talk() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    group = ec2.SecurityGroup(stack, "Nodes", vpc=vpc, allow_all_outbound=False)
    add_cluster(stack, vpc=vpc, instance_type=ONE_CARD, security_groups=[group])
    with pytest.raises(RuntimeError, match="MNP408"):
        Template.from_stack(stack)
    group.connections.allow_internally(ec2.Port.all_traffic())
    assert errors_of(stack) == []


# The VPC's default group, which the tasks' interfaces take.


def test_an_emptied_default_group_admits_itself_again_once_for_all_clusters() -> None:
    app = App(context=EMPTYING)
    stack = new_stack(app=app)
    vpc = add_vpc(stack)
    for id in ("First", "Second"):
        add_cluster(stack, id, vpc=vpc, instance_type=ONE_CARD)
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
    for id in ("First", "Second"):
        cluster = add_cluster(stack, id, vpc=vpc, instance_type=ONE_CARD)
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
def test_a_default_group_of_the_user_is_left_as_it_is(context: dict[str, bool]) -> None:
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
    assert sum("DefaultSecurityGroup" in each for each in peers) == 1


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


# Containers.


def test_containers_lock_memory_and_share_half_of_theirs() -> None:
    stack = new_stack()
    add_job(add_cluster(stack, instance_type=ONE_CARD))
    properties = first_container(stack)
    assert properties["Ulimits"] == [{"Name": "memlock", "SoftLimit": -1, "HardLimit": -1}]
    (memory,) = (
        int(each["Value"])
        for each in properties["ResourceRequirements"]
        if each["Type"] == "MEMORY"
    )
    assert properties["LinuxParameters"]["SharedMemorySize"] == memory // 2


def test_what_a_container_says_itself_wins() -> None:
    stack = new_stack()
    own = container(
        ulimits=[
            *unlimited("stack"),
            *unlimited("memlock"),
        ],
        devices=[batch.Device(host_path="/dev/infiniband/uverbs1", container_path="/dev/efa")],
        shared_memory_size=Size.mebibytes(4096),
    )
    cluster = add_cluster(stack, instance_type="p4d.24xlarge")
    add_job(cluster, node_groups=[NodeGroup("all", ":", own)])
    properties = first_container(stack)
    assert [each["Name"] for each in properties["Ulimits"]] == ["stack", "memlock"]
    assert properties["LinuxParameters"]["SharedMemorySize"] == 4096
    assert properties["LinuxParameters"]["Devices"] == [
        {"HostPath": "/dev/infiniband/uverbs1", "ContainerPath": "/dev/efa"},
        {"HostPath": "/dev/infiniband/uverbs0"},
        {"HostPath": "/dev/infiniband/uverbs2"},
        {"HostPath": "/dev/infiniband/uverbs3"},
    ]


def test_a_container_that_limits_locked_memory_is_told() -> None:
    stack = new_stack()
    own = container(
        ulimits=[batch.Ulimit(name=batch.UlimitName.MEMLOCK, soft_limit=1024, hard_limit=2048)]
    )
    cluster = add_cluster(stack, instance_type=ONE_CARD)
    add_job(cluster, node_groups=[NodeGroup("all", ":", own)])
    assert rules(warnings_of(stack)) == ["MNP411"]


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({"devices": [batch.Device(host_path="/dev/infiniband/")]}, id="a device"),
        pytest.param(
            {
                "additional_properties": {
                    "linuxParameters": {"devices": [{"hostPath": "/dev/infiniband"}]}
                }
            },
            id="an additional property",
        ),
    ],
)
def test_the_folder_of_all_efa_devices_is_enough(own: dict[str, Any]) -> None:
    stack = new_stack()
    cluster = add_cluster(stack, instance_type="p4d.24xlarge")
    add_job(cluster, node_groups=[NodeGroup("all", ":", container(**own))])
    (path,) = devices_of(first_container(stack))
    assert path.rstrip("/") == "/dev/infiniband"
    assert warnings_of(stack) == []


def test_a_limit_among_the_additional_properties_is_no_second_one() -> None:
    stack = new_stack()
    limit = {"name": "memlock", "softLimit": -1, "hardLimit": -1}
    cluster = add_cluster(stack, instance_type=ONE_CARD)
    own = container(additional_properties={"ulimits": [limit]})
    add_job(cluster, node_groups=[NodeGroup("all", ":", own)])
    assert [each["Name"] for each in first_container(stack)["Ulimits"]] == ["memlock"]


def test_all_containers_of_a_node_get_the_devices_but_those_that_do_not_want_them() -> None:
    stack = new_stack()
    containers = {
        "solve": container(),
        "check": container(vcpus=1, memory=Size.mebibytes(1024)),
        "monitor": container(vcpus=1, memory=Size.mebibytes(512), essential=False, efa=False),
    }
    cluster = add_cluster(stack, instance_type=ONE_CARD)
    add_job(cluster, node_groups=[NodeGroup("all", ":", containers=containers)])
    (task,) = node_ranges(stack)[0]["EcsProperties"]["TaskProperties"]
    got = {each["Name"]: each for each in task["Containers"]}
    assert [name for name, each in got.items() if devices_of(each)] == ["solve", "check"]
    assert [name for name, each in got.items() if "Ulimits" in each] == ["solve", "check"]
    assert errors_of(stack) == []


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"efa": True}, "efa is True, but the nodes are not known to have EFA"),
        ({"neuron": True}, "neuron is True, but the instance type is not known to have Neuron"),
    ],
    ids=["efa", "neuron"],
)
def test_devices_that_nodes_do_not_have_are_refused(wanted: dict[str, bool], message: str) -> None:
    cluster = add_cluster(new_stack())
    with pytest.raises(ValueError, match=f"'main', container 'main': {message}"):
        add_job(cluster, node_groups=[NodeGroup("main", "0", container(**wanted))])


# Definitions and launch templates of one's own.


def environment_and_queue(stack: Stack, **changes: Any) -> MnpJobQueue:
    environment = MnpComputeEnvironment(
        stack,
        "Environment",
        **{"vpc": import_vpc(stack), "instance_type": ONE_CARD, "max_nodes": 4, **changes},
    )
    return MnpJobQueue(stack, "Queue", compute_environments=[environment])


@pytest.mark.parametrize(
    ("environment", "definition", "expected"),
    [
        pytest.param({}, {}, 1, id="as the queue has it"),
        pytest.param({"efa": False}, {}, 0, id="as the queue has it not"),
        pytest.param({}, {"efa": False}, 0, id="as the user says, off"),
        pytest.param({}, {"job_queue": None}, 0, id="no queue is known"),
        pytest.param({}, {"job_queue": None, "efa": True}, 1, id="as the user says, on"),
    ],
)
def test_a_definition_of_its_own_has_efa(
    environment: dict[str, Any], definition: dict[str, Any], expected: int
) -> None:
    stack = new_stack()
    queue = environment_and_queue(stack, **environment)
    add_definition(stack, **{"instance_type": ONE_CARD, "job_queue": queue, **definition})
    assert len(devices_of(first_container(stack))) == expected


def test_a_definition_with_efa_names_a_type_that_has_it() -> None:
    with pytest.raises(ValueError, match=r"^Platform/Solve: efa is True, .*set instance_type"):
        add_definition(
            new_stack(),
            efa=True,
            instance_type=None,
            node_groups=[NodeGroup("all", ":", container(vcpus=1, memory=Size.mebibytes(512)))],
        )


EFA_INTERFACE = {"deviceIndex": 0, "interfaceType": "efa", "groups": ["sg-0123456789abcdef0"]}


def template_with(stack: Stack, **data: Any) -> ec2.LaunchTemplate:
    """A launch template of the user's, which the stock construct cannot give interfaces."""
    template = ec2.LaunchTemplate(stack, "Template")
    resource = template.node.default_child
    assert isinstance(resource, ec2.CfnLaunchTemplate)
    metadata = {"httpTokens": "required", "httpPutResponseHopLimit": 2}
    data = {
        "metadataOptions": metadata,
        "blockDeviceMappings": [],
        "userData": Fn.base64(right_user_data().render()),
        **data,
    }
    resource.launch_template_data = data  # type: ignore[assignment]
    return template


def test_a_launch_template_with_interfaces_is_understood() -> None:
    stack = new_stack()
    template = template_with(stack, networkInterfaces=[EFA_INTERFACE])
    add_job(add_cluster(stack, instance_type=ONE_CARD, launch_template=template))
    assert "SecurityGroupIds" not in compute_resources_of(stack)
    assert devices_of(first_container(stack)) == ["/dev/infiniband/uverbs0"]
    # No group is made that nothing would carry.
    assert Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroup") == {}
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_containers_may_do_without_the_efa_of_a_launch_template() -> None:
    stack = new_stack()
    template = template_with(stack, networkInterfaces=[EFA_INTERFACE])
    add_job(add_cluster(stack, instance_type=ONE_CARD, launch_template=template, efa=False))
    assert "SecurityGroupIds" not in compute_resources_of(stack)
    assert devices_of(first_container(stack)) == []


def test_groups_beside_a_launch_template_with_interfaces_are_told() -> None:
    stack = new_stack()
    vpc = import_vpc(stack)
    add_cluster(
        stack,
        vpc=vpc,
        instance_type=ONE_CARD,
        launch_template=template_with(stack, networkInterfaces=[EFA_INTERFACE]),
        security_groups=[ec2.SecurityGroup(stack, "Nodes", vpc=vpc)],
    )
    assert rules(errors_of(stack)) == ["MNP409"]


@pytest.mark.parametrize("talk", [True, False], ids=["right", "its group admits nobody"])
def test_interfaces_that_an_override_writes_are_seen_in_the_template(talk: bool) -> None:
    stack = new_stack()
    group = ec2.SecurityGroup(stack, "Nodes", vpc=add_vpc(stack), allow_all_outbound=False)
    if talk:
        group.connections.allow_internally(ec2.Port.all_traffic())
    template = template_with(stack)
    resource = template.node.default_child
    assert isinstance(resource, ec2.CfnLaunchTemplate)
    resource.add_property_override(
        "LaunchTemplateData.NetworkInterfaces",
        [{"DeviceIndex": 0, "InterfaceType": "efa", "Groups": [group.security_group_id]}],
    )
    add_job(add_cluster(stack, instance_type=ONE_CARD, launch_template=template, efa=True))
    if not talk:
        with pytest.raises(RuntimeError, match="MNP408"):
            Template.from_stack(stack)
        return
    assert "SecurityGroupIds" not in compute_resources_of(stack)
    assert devices_of(first_container(stack)) == ["/dev/infiniband/uverbs0"]
    assert errors_of(stack) == []
    assert warnings_of(stack) == []


def test_a_launch_template_without_efa_contradicts_the_wish_for_it() -> None:
    stack = new_stack()
    template = template_with(stack, networkInterfaces=[{"deviceIndex": 0}])
    with pytest.raises(ValueError, match="your launch_template has no EFA interface"):
        add_cluster(stack, instance_type=ONE_CARD, launch_template=template, efa=True)


@pytest.mark.parametrize("efa", [None, True], ids=["nothing is said", "it has EFA"])
def test_a_launch_template_that_was_made_elsewhere(efa: bool | None) -> None:
    stack = new_stack()
    template = ec2.LaunchTemplate.from_launch_template_attributes(
        stack, "Template", launch_template_id="lt-0123456789abcdef0", version_number="1"
    )
    add_job(add_cluster(stack, instance_type=ONE_CARD, launch_template=template, efa=efa))
    assert ("SecurityGroupIds" in compute_resources_of(stack)) is not bool(efa)
    assert len(devices_of(first_container(stack))) == bool(efa)


def test_a_stock_environment_with_interfaces_in_an_emptied_vpc_is_told() -> None:
    stack = new_stack(app=App(context=EMPTYING))
    vpc = add_vpc(stack)
    template = template_with(stack, networkInterfaces=[EFA_INTERFACE])
    environment: Any = batch.CfnComputeEnvironment(
        stack,
        "Stock",
        type="MANAGED",
        replace_compute_environment=False,
        compute_resources={
            "type": "EC2",
            "instanceRole": "ecsInstanceRole",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE",
            "instanceTypes": [ONE_CARD],
            "minvCpus": 0,
            "maxvCpus": 288,
            "subnets": [each.subnet_id for each in vpc.private_subnets],
            "placementGroup": ec2.PlacementGroup(stack, "Group").placement_group_name,
            "launchTemplate": {
                "launchTemplateId": template.launch_template_id,
                "version": template.latest_version_number,
            },
        },
    )
    queue = MnpJobQueue(stack, "Queue", compute_environments=[environment])
    add_definition(stack, instance_type=ONE_CARD, job_queue=queue, efa=True)
    assert rules(errors_of(stack)) == ["MNP416"]
    group = ec2.SecurityGroup.from_security_group_id(
        stack, "Default", vpc.vpc_default_security_group
    )
    group.connections.allow_internally(ec2.Port.all_traffic())
    assert errors_of(stack) == []
