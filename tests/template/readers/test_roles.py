"""Reading of roles and instance profiles from templates."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from cdk_batch_mnp.model.partial_text import shown
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.template.checking import check_together
from cdk_batch_mnp.template.source.files import find
from tests.corpus.changes import RESOURCES, base, change
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
    data = deepcopy(base("cluster"))
    for path, value in changes.items():
        change(data["Resources"], path, value)
    file = tmp_path / "template.json"
    file.write_text(json.dumps(data))
    report = check_together(find([str(file)]).groups)
    assert report.findings == ()


EXECUTION = """
      Job:
        Type: AWS::Batch::JobDefinition
        Properties:
          Type: multinode
          NodeProperties:
            NodeRangeProperties: [{{Container: {{ExecutionRoleArn: {written}}}}}]
"""


def execution_role(resources: str, written: str = "!GetAtt Role.Arn") -> Role:
    """The execution role of a job in a template with these resources."""
    text = f"""
    Parameters:
      Name: {{Type: String}}
    Resources:
{indent(dedent(resources), " " * 6)}
{EXECUTION.format(written=written)}
    """
    (definition,) = setup(text).job_definitions
    (group,) = definition.known_node_groups
    assert isinstance(group.execution_role, Role)
    return group.execution_role


ALLOWED = "PolicyDocument: {Statement: {Effect: Allow, Action: 's3:*', Resource: '*'}}"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param("Role: {Type: AWS::IAM::Role, Properties: {}}", False, id="no policy"),
        pytest.param(
            f"Role: {{Type: AWS::IAM::Role, Properties: {{Policies: [{{{ALLOWED}}}]}}}}",
            True,
            id="inline",
        ),
        pytest.param(
            "Role: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: ["
            "'arn:aws-cn:iam::aws:policy/AmazonS3FullAccess']}}",
            True,
            id="managed by AWS",
        ),
        pytest.param(
            "Role: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: [!Ref Name]}}",
            UNKNOWN,
            id="a policy in a parameter",
        ),
        pytest.param(
            "Role: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: !Ref Name}}",
            UNKNOWN,
            id="unknown policies",
        ),
        pytest.param(
            f"""
            Role: {{Type: AWS::IAM::Role, Properties: {{ManagedPolicyArns: [!Ref Own]}}}}
            Own: {{Type: AWS::IAM::ManagedPolicy, Properties: {{{ALLOWED}}}}}
            """,
            True,
            id="a managed policy of the template",
        ),
        pytest.param(
            f"""
            Role: {{Type: AWS::IAM::Role, Properties: {{RoleName: job}}}}
            Own: {{Type: AWS::IAM::Policy, Properties: {{Roles: [job], {ALLOWED}}}}}
            """,
            True,
            id="attached by name",
        ),
        pytest.param(
            f"""
            Role: {{Type: AWS::IAM::Role, Properties: {{RoleName: !Sub "${{AWS::StackName}}-job"}}}}
            Own:
              Type: AWS::IAM::RolePolicy
              Properties: {{RoleName: !Sub "${{AWS::StackName}}-job", {ALLOWED}}}
            """,
            True,
            id="attached by a name made of parts",
        ),
        pytest.param(
            f"""
            Role: {{Type: AWS::IAM::Role, Properties: {{RoleName: job}}}}
            Own: {{Type: AWS::IAM::Policy, Properties: {{Roles: [other], {ALLOWED}}}}}
            """,
            False,
            id="attached to another role",
        ),
        pytest.param(
            f"""
            Role: {{Type: AWS::IAM::Role, Properties: {{}}}}
            Own: {{Type: AWS::IAM::Policy, Properties: {{Roles: [!Ref Name], {ALLOWED}}}}}
            """,
            UNKNOWN,
            id="attached to an unknown role",
        ),
        pytest.param(
            f"""
            Role: {{Type: AWS::IAM::Role, Properties: {{RoleName: !Ref Name}}}}
            Own: {{Type: AWS::IAM::Policy, Properties: {{Roles: [job], {ALLOWED}}}}}
            """,
            UNKNOWN,
            id="attached to what may be the role's name",
        ),
        pytest.param(
            f"""
            Role: {{Type: AWS::IAM::Role, Properties: {{PermissionsBoundary: !Ref Name,
                    Policies: [{{{ALLOWED}}}]}}}}
            """,
            UNKNOWN,
            id="an unknown boundary",
        ),
        pytest.param(
            f"""
            Role:
              Type: AWS::IAM::Role
              Properties:
                PermissionsBoundary: arn:aws:iam::aws:policy/AmazonSQSFullAccess
                Policies: [{{{ALLOWED}}}]
            """,
            False,
            id="a boundary for something else",
        ),
        pytest.param(
            """
            Role: {Type: AWS::IAM::Role, Properties: {}}
            Attach: {Type: Custom::Attach, Properties: {Roles: [{Name: !Ref Role}]}}
            """,
            UNKNOWN,
            id="a custom resource that knows the role",
        ),
        pytest.param(
            """
            Role: {Type: AWS::IAM::Role, Properties: {}}
            Bucket: {Type: Custom::EmptyBucket, Properties: {Name: data}}
            """,
            False,
            id="a custom resource that does not",
        ),
        pytest.param("Role: {Type: AWS::IAM::Role, Properties: !Ref Name}", UNKNOWN, id="unknown"),
    ],
)
def test_a_role_may_do_what_the_template_shows(resources: str, expected: object) -> None:
    assert execution_role(resources).decide("s3:GetObject").allowed is expected


def test_a_policy_under_a_condition_may_be_attached() -> None:
    role = execution_role(f"""
    Role: {{Type: AWS::IAM::Role, Properties: {{}}}}
    Own:
      Type: AWS::IAM::Policy
      Condition: Unknown
      Properties: {{Roles: [!Ref Role], {ALLOWED}}}
    """)
    assert role.decide("s3:GetObject").allowed is UNKNOWN


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


def test_policies_of_another_stack_are_seen_if_it_is_checked_too() -> None:
    first = """
    Resources:
      Role: {Type: AWS::IAM::Role, Properties: {}}
    Outputs:
      Role: {Value: !Ref Role, Export: {Name: role}}
      Arn: {Value: !GetAtt Role.Arn, Export: {Name: arn}}
    """
    second = f"""
    Resources:
      Own:
        Type: AWS::IAM::Policy
        Properties: {{Roles: [!ImportValue role], {ALLOWED}}}
{EXECUTION.format(written="!ImportValue arn")}
    """
    (definition,) = setup(first, second).job_definitions
    (group,) = definition.known_node_groups
    assert isinstance(group.execution_role, Role)
    statements = group.execution_role.statements
    assert isinstance(statements, tuple)
    assert [getattr(statement, "origin", statement) for statement in statements] == [
        "Stack1/Own",
        UNKNOWN,
    ]
    (alone,) = setup(second).job_definitions
    assert alone.known_node_groups[0].execution_role is UNKNOWN


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("{Value: !Ref Role, Export: {Name: role}}", UNKNOWN),
        ("{Value: !GetAtt Role.Arn, Export: {Name: role}}", False),
        ("{Value: !Ref Role}", False),
    ],
)
def test_other_stacks_may_attach_policies_to_a_role_whose_name_is_exported(
    output: str, expected: object
) -> None:
    (definition,) = setup(f"""
    Resources:
      Role: {{Type: AWS::IAM::Role, Properties: {{}}}}
{EXECUTION.format(written="!GetAtt Role.Arn")}
    Outputs:
      Role: {output}
    """).job_definitions
    (role,) = definition.roles
    assert role.decide("s3:GetObject").allowed is expected


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
