"""EFS volumes of containers."""

from __future__ import annotations

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_efs as efs
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    EfsVolume,
    NodeGroup,
)
from tests.cdk.apps import (
    actions_of,
    add_cluster,
    add_job,
    add_vpc,
    container,
    errors_of,
    new_stack,
    node_ranges,
)


@pytest.fixture(scope="module")
def with_file_system() -> Stack:
    """A cluster whose nodes mount an EFS file system."""
    stack = new_stack()
    vpc = add_vpc(stack)
    files = efs.FileSystem(stack, "Files", vpc=vpc, removal_policy=RemovalPolicy.DESTROY)
    point = files.add_access_point("Cases", path="/cases")
    cases = EfsVolume(name="cases", container_path="/cases", file_system=files, access_point=point)
    input = EfsVolume(
        name="input",
        container_path="/input",
        file_system=files,
        root_directory="/input",
        read_only=True,
    )
    groups = [
        NodeGroup("main", "0", container(volumes=[cases])),
        NodeGroup("workers", "1:", container(volumes=[input])),
    ]
    add_job(add_cluster(stack, vpc=vpc), node_groups=groups)
    return stack


def test_file_systems_are_encrypted_in_transit_and_opened_with_the_job_role(
    with_file_system: Stack,
) -> None:
    template = Template.from_stack(with_file_system)
    (files,) = template.find_resources("AWS::EFS::FileSystem")
    (point,) = template.find_resources("AWS::EFS::AccessPoint")
    main, workers = node_ranges(with_file_system)
    assert main["Container"]["Volumes"] == [
        {
            "Name": "cases",
            "EfsVolumeConfiguration": {
                "FileSystemId": {"Ref": files},
                "TransitEncryption": "ENABLED",
                "AuthorizationConfig": {"Iam": "ENABLED", "AccessPointId": {"Ref": point}},
            },
        }
    ]
    assert workers["Container"]["Volumes"][0]["EfsVolumeConfiguration"]["RootDirectory"] == "/input"
    allowed = actions_of(with_file_system, "JobRole")
    assert allowed == {"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}
    assert errors_of(with_file_system) == []


def test_file_systems_let_the_nodes_in(with_file_system: Stack) -> None:
    template = Template.from_stack(with_file_system)
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress", {"FromPort": 2049, "ToPort": 2049, "IpProtocol": "tcp"}
    )


def test_an_access_point_has_a_root_directory_of_its_own() -> None:
    stack = new_stack()
    files = efs.FileSystem(stack, "Files", vpc=add_vpc(stack))
    with pytest.raises(ValueError, match="an access point has its own root directory"):
        EfsVolume(
            name="cases",
            container_path="/cases",
            file_system=files,
            access_point=files.add_access_point("Point"),
            root_directory="/cases",
        )
