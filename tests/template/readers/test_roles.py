"""Reading of roles and instance profiles from templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.model.partial_text import shown
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.template.checking import check_together
from cdk_batch_mnp.template.source.files import find
from tests.corpus.changes import RESOURCES, change, new_base
from tests.template.readers.roles import execution_role, job_role
from tests.template.stacks import environment, setup

TRUST = "JobRole.AssumeRolePolicyDocument.Statement"
ROLE = f"{RESOURCES}.InstanceRole"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {
                "InstanceProfile.InstanceProfileName": {"Ref": "InstanceRole"},
                ROLE: {"Ref": "InstanceRole"},
            },
            id="a profile with the name of its role",
        ),
        pytest.param(
            {"InstanceRole.RoleName": "nodes", ROLE: {"Ref": "InstanceRole"}},
            id="a role's own name, which a profile may have",
        ),
        pytest.param(
            {ROLE: {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:instance-profile/${InstanceRole}"}},
            id="the ARN of such a profile",
        ),
        pytest.param({ROLE: {"Fn::ImportValue": "profile"}}, id="imported"),
        pytest.param(
            {f"{TRUST}.0.Principal.Service": {"Fn::Sub": "ecs-tasks.${AWS::URLSuffix}"}},
            id="a service of the partition",
        ),
        pytest.param({f"{TRUST}.0.Principal": "*"}, id="everybody"),
        pytest.param({f"{TRUST}.0.Action": {"Fn::ImportValue": "action"}}, id="an unknown action"),
        pytest.param(
            {f"{TRUST}.0.Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}},
            id="under a condition",
        ),
        pytest.param(
            {f"{TRUST}.+": {"Effect": "Deny", "Action": "*", "Principal": {"Service": "ec2"}}},
            id="denied to others",
        ),
    ],
)
def test_what_may_be_right_is_not_reported(changes: dict[str, Any], tmp_path: Path) -> None:
    data = new_base("cluster")
    for path, value in changes.items():
        change(data["Resources"], path, value)
    file = tmp_path / "template.json"
    file.write_text(json.dumps(data))
    report = check_together(find([str(file)]).groups)
    assert report.findings == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!GetAtt Role.Arn", "Role"),
        ("!Ref Role", "Role"),
        ('!Sub "arn:aws:iam::${AWS::AccountId}:role/${Role}"', "Role"),
        ("job", "Role"),
        ('!Sub "arn:aws:iam::${AWS::AccountId}:role/job"', "Role"),
        ("arn:aws:iam::123456789012:role/job", "arn:aws:iam::123456789012:role/job"),
    ],
)
def test_a_role_is_found_by_reference_and_by_its_name(written: str, expected: str) -> None:
    """But an ARN with an account may be of another account."""
    role = "Role: {Type: AWS::IAM::Role, Properties: {RoleName: job}}"
    assert execution_role(role, written).id == expected


def test_a_service_linked_role_is_trusted_by_its_service_alone() -> None:
    name = "aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
    arn = f'!Sub "arn:aws:iam::${{AWS::AccountId}}:role/{name}"'
    role = execution_role("Bucket: {Type: AWS::S3::Bucket}", arn)
    assert role.may_be_assumed_by("batch") is True
    assert role.may_be_assumed_by("ecs-tasks") is False
    assert role.decide("s3:GetObject").allowed is UNKNOWN


def test_a_managed_policy_with_the_wrong_path_is_found() -> None:
    role = execution_role("""
    Role:
      Type: AWS::IAM::Role
      Properties:
        ManagedPolicyArns:
          - arn:aws:iam::aws:policy/AmazonS3FullAccess
          - !Sub "arn:${AWS::Partition}:iam::aws:policy/AmazonECSTaskExecutionRolePolicy"
    """)
    (wrong,) = role.misplaced_policies
    assert (wrong.index, wrong.actual) == (1, "service-role/AmazonECSTaskExecutionRolePolicy")
    assert role.decide("ecr:BatchGetImage").allowed is UNKNOWN


@pytest.mark.parametrize(
    ("profile", "roles"),
    [
        ("{Roles: []}", ()),
        ("{}", ()),
        ("{Roles: [nodes]}", (("nodes",),)),
        ("{Roles: [nodes, others]}", (("nodes",), ("others",))),
        ("{Roles: !Ref Name}", UNKNOWN),
        ("!Ref Name", None),
    ],
)
def test_a_profile_may_have_no_role(profile: str, roles: Any) -> None:
    text = f"Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {profile}}}"
    found = environment(text, written="InstanceRole: !Ref Profile")
    assert (found.instance_profile and found.instance_profile.roles) == roles
    assert found.instance_role == (Role(id="nodes") if "nodes" in profile else UNKNOWN)


@pytest.mark.parametrize(
    ("written", "is_found"),
    [
        ("nodes", True),
        ('!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/nodes"', True),
        ("arn:aws:iam::123456789012:instance-profile/batch/nodes", False),
        ("others", False),
    ],
)
def test_a_profile_is_found_by_its_name(written: str, is_found: bool) -> None:
    text = """
    Profile:
      Type: AWS::IAM::InstanceProfile
      Properties: {InstanceProfileName: nodes, Path: /batch/, Roles: [nodes]}
    """
    found = environment(text, written=f"InstanceRole: {written}")
    assert (found.instance_profile is not None) is is_found
    if found.instance_profile is not None:
        assert shown(found.instance_profile.arn).endswith(":instance-profile/batch/nodes")


DEPLOYER = """
Resources:
  Deployer:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Action: "sts:AssumeRole", Principal: {{Service: {service}}}}}]
      Policies:
        - PolicyName: deploy
          PolicyDocument: {{Statement: [{{Effect: Allow, Action: {action}, Resource: "*"}}]}}
  Job:
    Type: AWS::Batch::JobDefinition
    Properties: {{Type: multinode}}
"""


@pytest.mark.parametrize(
    ("service", "action", "deploys"),
    [
        ("lambda.amazonaws.com", "batch:RegisterJobDefinition", True),
        ("lambda.amazonaws.com", "Batch:registerJobDefinition", True),
        ("lambda.amazonaws.com", "batch:*", False),
        ("cloudformation.amazonaws.com", "batch:*", True),
        ("cloudformation.amazonaws.com", "s3:*", False),
        ("lambda.amazonaws.com", "batch:SubmitJob", False),
    ],
)
def test_roles_deploy_that_name_the_action_or_are_for_cloudformation(
    service: str, action: str, deploys: bool
) -> None:
    text = DEPLOYER.format(service=service, action=json.dumps(action))
    (definition,) = setup(text).job_definitions
    assert [deployer.id for deployer in definition.deployers] == (["Deployer"] if deploys else [])


def test_a_role_elsewhere_is_known_by_its_arn_alone() -> None:
    assert job_role("", "arn:aws:iam::123456789012:role/job") == Role(
        id="arn:aws:iam::123456789012:role/job"
    )
    assert job_role("", "!ImportValue role") is UNKNOWN
