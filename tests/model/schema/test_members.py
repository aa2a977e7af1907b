"""The tables of names against the models of AWS."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape

from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.schema.members import Member, members_of, places_of, required_of
from cdk_batch_mnp.model.word_faults import template_faults
from cdk_batch_mnp.model.words import corrected

ROOTS = {
    "ComputeEnvironment": ("batch", "CreateComputeEnvironment"),
    "JobQueue": ("batch", "CreateJobQueue"),
    "JobDefinition": ("batch", "RegisterJobDefinition"),
    "SchedulingPolicy": ("batch", "CreateSchedulingPolicy"),
    "LaunchTemplateData": ("ec2", "CreateLaunchTemplate"),
    "PlacementGroup": ("ec2", "CreatePlacementGroup"),
}
OF_EC2 = {
    "LaunchTemplateData.NetworkInterfaces.Groups": "SecurityGroupId",
    "LaunchTemplateData.TagSpecifications.Tags": "Tag",
    "LaunchTemplateData.LicenseSpecifications": "LicenseSpecification",
}
"""Members of lists that the EC2 API names otherwise."""

Pair = tuple[str, str, StructureShape]


def pairs() -> Iterator[Pair]:
    """Every structure of the tables with that of the API, at each place where it is."""
    session = botocore.session.get_session()
    for root, (service, operation) in ROOTS.items():
        shape: Shape | None = (
            session.get_service_model(service).operation_model(operation).input_shape
        )
        if root == "LaunchTemplateData" and isinstance(shape, StructureShape):
            shape = shape.members[root]
        assert isinstance(shape, StructureShape)
        yield from inside(root, root, shape)


def inside(path: str, structure: str, shape: StructureShape) -> Iterator[Pair]:
    yield path, structure, shape
    api = capitalized(shape)
    for name, member in members_of(structure).items():
        value = element(api.get(name))
        if member.structure and isinstance(value, StructureShape):
            yield from inside(f"{path}.{name}", member.structure, value)


def element(shape: Shape | None) -> Shape | None:
    return element(shape.member) if isinstance(shape, ListShape) else shape


def capitalized(shape: StructureShape) -> dict[str, Shape]:
    return {name[:1].upper() + name[1:]: member for name, member in shape.members.items()}


PAIRS = list(pairs())


def test_the_tables_are_walked_at_every_depth() -> None:
    assert len(PAIRS) > 100
    assert max(path.count(".") for path, _, _ in PAIRS) >= 6


def unknown_names(path: str, structure: str, shape: StructureShape) -> set[str]:
    known = set(members_of(structure))
    renamed = {OF_EC2.get(f"{path}.{name}", name) for name in known}
    of_requests = {"DryRun", "ClientToken"} if path in ROOTS else set()
    return set(capitalized(shape)) - known - renamed - of_requests


def test_every_name_of_the_api_is_known() -> None:
    missing = {path: unknown_names(path, structure, shape) for path, structure, shape in PAIRS}
    assert {path: names for path, names in missing.items() if names} == {}


def test_a_structure_of_its_own_name_is_short() -> None:
    assert members_of("NodeRangeProperty")["EksProperties"] == Member("EksProperties")
    assert members_of("Device")["Permissions"] == Member(words="DevicePermission")
    assert members_of("IamInstanceProfile")["Arn"] == Member(identifies=True)
    with pytest.raises(KeyError):
        members_of("Nothing")


def test_places_are_paths_of_the_api() -> None:
    assert places_of("JobDefinition", "NumNodes") == ("nodeProperties",)
    assert places_of("JobDefinition", "SharedMemorySize") == (
        "containerProperties.linuxParameters",
    )
    assert places_of("JobQueue", "Image") == ()


def test_a_new_name_is_hardly_ever_taken_for_a_misspelt_one() -> None:
    """Names that exist, to a version that does not know them yet."""
    taken = set()
    for _, structure, _ in PAIRS:
        known = tuple(members_of(structure))
        for name in known:
            others = tuple(other for other in known if other != name)
            if others and corrected(name, others) != name:
                taken.add(name)
    assert taken <= {
        *("EcsProperties", "EksProperties"),
        *("S3FilesVolumeConfiguration", "S3filesVolumeConfiguration"),
    }


def test_names_are_compared_at_every_depth_of_a_launch_template() -> None:
    data: dict[str, Value] = {
        "MetadataOption": {},
        "MetadataOptions": {"HttpToken": "required"},
        "Placement": {"GroupNames": "nodes"},
        "NetworkInterfaces": [{"InterfaceTypes": "efa"}],
        "BlockDeviceMappings": [{"Ebs": {"VolumeTyp": "gp3"}}],
    }
    found = {str(fault.path): fault for fault in template_faults(ApiStruct(data))}
    assert {path: fault.expected for path, fault in found.items()} == {
        "MetadataOption": "MetadataOptions",
        "metadataOptions.HttpToken": "HttpTokens",
        "placement.GroupNames": "GroupName",
        "networkInterfaces[0].InterfaceTypes": "InterfaceType",
        "blockDeviceMappings[0].ebs.VolumeTyp": "VolumeType",
    }
    assert all(fault.is_certain for fault in found.values())


OF_SOME_TYPES = {
    ("ComputeEnvironment", "ComputeResources"),
    ("ComputeResources", "InstanceTypes"),
    ("ComputeResources", "Subnets"),
}
"""Members that the API requires depending on another member, which its model cannot express."""


def test_the_api_requires_what_is_required() -> None:
    checked = set()
    for _, structure, shape in pairs():
        required = {name[:1].upper() + name[1:] for name in shape.required_members}
        for name in required_of(structure):
            checked.add((structure, name))
            assert name in required or (structure, name) in OF_SOME_TYPES
    assert checked > OF_SOME_TYPES
