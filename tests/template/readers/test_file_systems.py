"""File systems are read with their mount targets."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.file_system import FileSystem
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import setup

NETWORK = """
  Vpc: {Type: "AWS::EC2::VPC", Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: "AWS::EC2::Subnet", Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Files: {Type: "AWS::EFS::FileSystem"}
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: multinode
      NodeProperties:
        NodeRangeProperties:
          - Container:
              Volumes:
                - EfsVolumeConfiguration: {FileSystemId: !Ref Files}
"""


def files(more: str = "", outputs: str = "") -> FileSystem:
    (job,) = setup(f"Resources:{NETWORK}{more}{outputs}").job_definitions
    ((path, found),) = job.needs.file_systems
    assert str(path).endswith("container.volumes[0].efsVolumeConfiguration")
    return found


def target(more: str = "", of: str = "!Ref Files", subnet: str = "!Ref Subnet") -> str:
    return f"""
  Target:
    Type: AWS::EFS::MountTarget
    Properties: {{FileSystemId: {of}, SubnetId: {subnet}{more}}}
"""


def targets(*given: str) -> Any:
    return files(*given).mount_targets


def test_a_mount_target_is_in_a_subnet_and_in_groups() -> None:
    (found,) = targets(target(", SecurityGroups: [sg-1]"))
    assert found.subnet.cidr == "10.0.0.0/24"
    assert [group.id for group in found.security_groups] == ["sg-1"]


def test_without_groups_it_has_the_default_one_of_its_vpc() -> None:
    (found,) = targets(target())
    assert [group.id for group in found.security_groups] == ["Vpc/DefaultSecurityGroup"]
    (unknown,) = targets(target(subnet="!ImportValue subnet"))
    assert unknown.security_groups == (UNKNOWN,)


def test_all_mount_targets_are_those_of_the_templates() -> None:
    assert targets() == ()
    assert targets(target(of="fs-1")) == ()
    assert targets(target(of="!ImportValue files")) == (UNKNOWN,)


@pytest.mark.parametrize(
    "outputs",
    [
        "\nOutputs: {Files: {Value: !Ref Files, Export: {Name: files}}}",
        "\nOutputs: {Files: {Value: !GetAtt Files.FileSystemId}}",
    ],
)
def test_another_stack_may_have_the_mount_targets_of_a_file_system_that_is_an_output(
    outputs: str,
) -> None:
    assert files("", outputs).mount_targets == (UNKNOWN,)


def test_a_nested_stack_that_cannot_be_read_may_have_them() -> None:
    nested = """
  More:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "https://example.com/t", Parameters: {Files: !Ref Files}}
"""
    assert targets(nested) == (UNKNOWN,)


USER_DATA = """
  Lustre:
    Type: AWS::FSx::FileSystem
    Properties: {FileSystemType: LUSTRE, SubnetIds: [!Ref Subnet], SecurityGroupIds: [sg-1]}
  Windows:
    Type: AWS::FSx::FileSystem
    Properties: {FileSystemType: WINDOWS, SubnetIds: [!Ref Subnet]}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        UserData:
          Fn::Base64: !Sub |
            mount -t lustre ${Lustre.DNSName}@tcp:/${Lustre.LustreMountName} /fsx
            mount -t efs ${Files} /efs
            net use ${Windows}
  Environment:
    Type: AWS::Batch::ComputeEnvironment
    Properties:
      ComputeResources:
        Type: EC2
        LaunchTemplate: {LaunchTemplateId: !Ref Template}
"""


def test_a_launch_template_has_the_file_systems_that_its_user_data_names() -> None:
    (environment,) = setup(f"Resources:{NETWORK}{USER_DATA}").compute_environments
    template = environment.launch_template
    assert template is not None
    assert template is not UNKNOWN
    lustre, files = template.file_systems
    assert (lustre.kind, files.kind) == ("Lustre", "EFS")
    assert isinstance(lustre.mount_targets, tuple)
    (found,) = lustre.mount_targets
    assert found is not UNKNOWN
    assert isinstance(found.security_groups, tuple)
    assert [group if group is UNKNOWN else group.id for group in found.security_groups] == ["sg-1"]
