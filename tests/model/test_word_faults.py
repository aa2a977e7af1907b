"""Words and names that AWS does not know, and those that only look so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.schema.enumerations import COMPUTE_TYPES, STRATEGIES
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from cdk_batch_mnp.model.word_faults import (
    WordFault,
    around_template_faults,
    as_meant,
    definition_faults,
    environment_faults,
    queue_faults,
    template_faults,
)


def set_wrongly(faults: Iterable[WordFault]) -> list[WordFault]:
    """Faults of what is set, without required properties that these small structures lack."""
    return [fault for fault in faults if not fault.is_missing]


def in_resources(**members: Value) -> list[WordFault]:
    return set_wrongly(environment_faults(ApiStruct({"ComputeResources": members})))


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("Type", "EC-2", "EC2"),
        ("Type", "SPOTS", "SPOT"),
        ("Type", "ON_DEMAND", "EC2"),
        ("Type", "FARGATESPOT", "FARGATE_SPOT"),
        ("AllocationStrategy", "BEST_FIT_PROGRESIVE", "BEST_FIT_PROGRESSIVE"),
        ("AllocationStrategy", "BestFitProgressive", "BEST_FIT_PROGRESSIVE"),
        ("LaunchTemplate", {"Version": "Latest"}, "$Latest"),
        ("LaunchTemplate", {"Version": "default"}, "$Default"),
        ("LaunchTemplate", {"Version": "1.0"}, "a number, $Latest or $Default"),
        ("Subnets", ["vpc-01234567"], "subnet- and hexadecimal digits"),
        ("Subnets", ["subnet-1,subnet-2"], "one element of the list for each ID"),
        ("SecurityGroupIds", ["arn:aws:ec2:a:1:b"], "sg- and hexadecimal digits"),
        ("Tags", [{"Key": "a", "Value": "b"}], "Name: value, without Key and Value"),
    ],
)
def test_a_misspelt_word_is_certainly_wrong(member: str, value: Value, expected: str) -> None:
    (fault,) = in_resources(**{member: value})
    assert (fault.expected, fault.is_certain) == (expected, True)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Type", "QUANTUM"),
        ("AllocationStrategy", "CHEAPEST"),
        ("LaunchTemplate", {"Version": "$LATEST"}),
        ("Subnets", [""]),
        ("SecurityGroupIds", ["sg-1", ""]),
        ("InstanceRole", ""),
        ("Novelty", 1),
    ],
)
def test_what_may_be_newer_or_set_by_a_parameter_is_not_certain(member: str, value: Value) -> None:
    (fault,) = in_resources(**{member: value})
    assert not fault.is_certain


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *(("Type", each) for each in (*COMPUTE_TYPES, "ec2", UNKNOWN)),
        *(("AllocationStrategy", each) for each in (*STRATEGIES, UNKNOWN)),
        *(
            ("LaunchTemplate", {"Version": version})
            for version in ("$Latest", "$Default", "3", 3, "", UNKNOWN)
        ),
        ("LaunchTemplate", UNKNOWN),
        ("Subnets", [UNKNOWN, "subnet-1"]),
        ("PlacementGroup", ""),
        ("ImageId", ""),
        ("Fn::Transform", {}),
        ("minvCpus", 0),
    ],
)
def test_documented_and_unknown_words_are_right(member: str, value: Value) -> None:
    assert in_resources(**{member: value}) == []


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Subnets", ["subnet-1", "nodes", "sg-of-nodes", "{{resolve:ssm:/vpc-1}}", UNKNOWN]),
        ("SecurityGroupIds", ["sg-1", "default", "${group}"]),
        ("LaunchTemplate", {"LaunchTemplateId": ""}),
        ("Tags", {"Key": "a"}),
        ("Tags", UNKNOWN),
    ],
)
def test_ids_and_tags_that_may_be_right(member: str, value: Value) -> None:
    assert in_resources(**{member: value}) == []


def test_properties_around_the_data_of_a_launch_template() -> None:
    shape = ApiStruct({"LaunchTemplateName": "a", "UserData": "b", "Novelty": 1})
    assert [(str(fault.path), fault.is_certain) for fault in around_template_faults(shape)] == [
        ("UserData", True),
        ("Novelty", False),
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("UserData", "data of a launch template"),
        ("MaxvCpu", "did you mean MaxvCpus?"),
        ("SecurityGroupsIds", "did you mean SecurityGroupIds?"),
        ("ServiceRole", "it belongs in the properties of the resource"),
    ],
)
def test_a_property_of_another_place_or_name_is_wrong(name: str, hint: str) -> None:
    (fault,) = in_resources(**{name: "value"})
    assert hint in fault.problem
    assert (fault.is_certain, fault.is_name) == (True, True)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("MaxVCPUs", "did you mean MaxvCpus?"),
        ("maxvCpus", "did you mean MaxvCpus?"),
        ("LaunchTemplates", "did you mean LaunchTemplate?"),
        ("AllocationPolicy", "that this version knows"),
    ],
)
def test_another_case_or_a_distant_name_may_be_right(name: str, hint: str) -> None:
    resources: dict[str, Value] = {"ComputeResources": {name: {}}}
    (fault,) = set_wrongly(environment_faults(ApiStruct(resources, is_capitalized=True)))
    assert hint in fault.problem
    assert fault.is_certain is (name == "LaunchTemplates")


def test_the_elements_of_lists_are_compared_too() -> None:
    (fault,) = in_resources(Ec2Configuration=[UNKNOWN, {"ImageTyp": "ECS_AL2023"}])
    assert str(fault.path) == "computeResources.ec2Configuration[1].ImageTyp"
    (fault,) = set_wrongly(queue_faults(ApiStruct({"ComputeEnvironmentOrder": [{"Oder": 1}]})))
    assert fault.expected == "Order"
    ranges = {"NodeProperties": {"NodeRangeProperties": [{"TargetNode": "0:"}]}}
    (fault,) = definition_faults(ApiStruct({"Type": "multinode", **ranges}))
    assert fault.expected == "TargetNodes"


def test_states_are_two_words() -> None:
    for faults in (environment_faults, queue_faults):
        (fault,) = set_wrongly(faults(ApiStruct({"State": "ENABELD"})))
        assert fault.expected == "ENABLED"
        (fault,) = set_wrongly(faults(ApiStruct({"State": "ON"})))
        assert fault.is_certain
        for right in ("ENABLED", "disabled", UNKNOWN):
            assert set_wrongly(faults(ApiStruct({"State": right}))) == []


@pytest.mark.parametrize(
    ("properties", "certain"),
    [
        ({"Type": "multi-node", "NodeProperties": {}}, [True]),
        ({"Type": "container", "NodeProperties": {}}, [True]),
        ({"Type": "mpi", "NodeProperties": {}}, [True]),
        ({"Type": "multi-node parallel"}, [True]),
        ({"NodeProperties": {}}, [True]),
        ({"Type": "multi_node"}, [True]),
        ({"Type": "MultiNode", "NodeProperties": {}}, [False]),
        ({"Type": "multinode", "NodeProperties": {}}, []),
        ({"Type": "container", "NodeProperties": PERHAPS}, []),
        ({"Type": "container", "NodeProperties": UNKNOWN}, [True]),
        ({"Type": UNKNOWN, "NodeProperties": {}}, []),
        ({"Type": "container", "ContainerProperties": {}}, []),
        ({"Type": "multinode", "PlatformCapabilities": ["FARGAT"]}, [True]),
        ({"Type": "multinode", "PlatformCapabilities": ["ec2", UNKNOWN]}, []),
        ({"Type": "multinode", "NumNodes": 4}, [True]),
    ],
)
def test_the_words_of_a_definition(properties: dict[str, Value], certain: list[bool]) -> None:
    assert [fault.is_certain for fault in definition_faults(ApiStruct(properties))] == certain


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Type": "multi-node"}, True),
        ({"Type": "mpi", "NodeProperties": {}}, True),
        ({"Type": "container", "NodeProperties": {}}, True),
        ({"Type": "contanier"}, False),
        ({"Type": UNKNOWN, "NodeProperties": {}}, False),
    ],
)
def test_a_misspelt_type_turns_no_rule_off(properties: dict[str, Value], expected: bool) -> None:
    assert JobDefinition.read(ApiStruct(properties), id="Job").is_multinode is expected


def test_a_misspelt_environment_is_read_as_what_it_resembles() -> None:
    read = ComputeEnvironment.read(
        ApiStruct({"Type": "MANAGE", "ComputeResources": {"Type": "EC-2"}}),
        id="Environment",
        launch_template=None,
        placement_group=None,
        subnets=(),
        security_groups=None,
    )
    assert (read.management, read.type) == ("MANAGED", "EC2")


def test_a_misspelt_name_turns_no_rule_off() -> None:
    written: dict[str, Value] = {
        "Type": "multinode",
        "NodePropertes": {
            "NumNode": 4,
            "NodeRangeProperties": [
                {"TargetNodes": "0:"},
                {"TargetNode": "1:", "Container": {"Imge": "a", "resourceRequirements": []}},
            ],
        },
    }
    read = JobDefinition.read(ApiStruct(written, is_capitalized=True), id="Job")
    assert read.num_nodes == 4
    assert [str(group.target_nodes) for group in read.known_node_groups] == ["0:", "1:"]
    assert [container.image for _, container in read.containers] == ["a"]
    assert [str(fault.path) for fault in read.words if fault.is_certain] == [
        "NodePropertes",
        "NodePropertes.NumNode",
        "NodePropertes.nodeRangeProperties[1].TargetNode",
        "NodePropertes.nodeRangeProperties[1].container.Imge",
    ]
    assert [fault.is_certain for fault in read.words].count(False) == 1


def test_a_misspelt_name_beside_the_right_one_changes_nothing() -> None:
    written = ApiStruct({"ComputeResources": {"MaxvCpus": 4, "MaxvCpu": 8, "Novelty": 1}})
    resources = as_meant(written, environment_faults(written)).shape("computeResources")
    assert isinstance(resources, ApiStruct)
    assert list(resources) == ["MaxvCpus", "MaxvCpu", "Novelty"]
    right = ApiStruct({"ComputeResources": {"MaxvCpus": 4}})
    assert as_meant(right, environment_faults(right)) is right


def test_a_misspelt_name_keeps_what_may_be_left_out() -> None:
    written = ApiStruct({"ComputeResource": {"MaxvCpus": PERHAPS}, "State": PERHAPS})
    read = as_meant(written, environment_faults(written))
    resources = read.shape("computeResources")
    assert isinstance(resources, ApiStruct)
    assert (read.is_set("state"), resources.is_set("maxvCpus")) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("faults", "data", "expected"),
    [
        (template_faults, {"NetworkInterfaces": [{"SecurityGroupIds": []}]}, "Groups"),
        (
            definition_faults,
            {
                "Type": "multinode",
                "NodeProperties": {"NodeRangeProperties": [{"ContainerProperties": {}}]},
            },
            "Container",
        ),
        (definition_faults, {"Type": "container", "Container": {}}, "ContainerProperties"),
        (definition_faults, {"ContainerProperties": {"Env": []}}, "Environment"),
    ],
)
def test_the_name_of_the_same_in_another_structure(
    faults: Callable[[ApiStruct], Iterator[WordFault]], data: dict[str, Value], expected: str
) -> None:
    (fault,) = faults(ApiStruct(data, is_capitalized=True))
    assert (fault.expected, fault.stands_for, fault.is_certain) == (expected, expected, True)


RIGHT_RESOURCES: dict[str, Value] = {
    "Type": "EC2",
    "MaxvCpus": UNKNOWN,
    "InstanceTypes": ["c5.large"],
    "Subnets": [UNKNOWN],
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"MaxvCpus": None}, ["maxvCpus"]),
        ({"MaxvCpus": PERHAPS}, []),
        ({"Subnets": None, "InstanceTypes": None}, ["instanceTypes", "subnets"]),
        ({"Subnets": []}, ["subnets"]),
        ({"Subnets": [PERHAPS]}, []),
        ({"Subnets": UNKNOWN}, []),
        ({"Type": "ECS_MANAGED_INSTANCES", "Subnets": None, "InstanceTypes": None}, []),
        ({"Type": "FARGATE", "Subnets": None, "InstanceTypes": None}, ["subnets"]),
        ({"Type": UNKNOWN, "Subnets": None}, []),
        ({"Subnets": None, "SubnetIds": ["subnet-1"]}, []),
    ],
)
def test_required_properties_of_compute_resources(
    changes: dict[str, Value], expected: list[str]
) -> None:
    resources = {k: v for k, v in {**RIGHT_RESOURCES, **changes}.items() if v is not None}
    shape = ApiStruct({"Type": "MANAGED", "ComputeResources": resources}, is_capitalized=True)
    missing = [each for each in environment_faults(shape) if each.is_missing]
    assert [str(each.path).removeprefix("computeResources.") for each in missing] == expected


@pytest.mark.parametrize(
    ("management", "expected"),
    [("MANAGED", ["computeResources"]), ("UNMANAGED", []), (UNKNOWN, []), (None, ["type"])],
)
def test_managed_environments_require_compute_resources(
    management: Value, expected: list[str]
) -> None:
    properties = {} if management is None else {"Type": management}
    faults = environment_faults(ApiStruct(properties, is_capitalized=True))
    assert [str(each.path) for each in faults if each.is_missing] == expected
