"""What roles may do: the policies that templates attach to them."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.readers.roles import EXECUTION, execution_role, job_role
from tests.template.stacks import setup

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


def policy(kind: str, more: str) -> str:
    return f"""
      Policy:
        Type: {kind}
        Properties:
          {more}
          PolicyDocument:
            Statement: {{Effect: Allow, Action: "s3:*", Resource: "*"}}
"""


@pytest.mark.parametrize(
    "resources",
    [
        policy("AWS::IAM::Policy", "Roles: [!Ref Role]"),
        policy("AWS::IAM::ManagedPolicy", "Roles: [!Ref Role]"),
        policy("AWS::IAM::RolePolicy", "RoleName: !Ref Role"),
    ],
)
def test_a_role_has_the_policies_that_are_attached_to_it(resources: str) -> None:
    found = job_role(resources)
    assert isinstance(found, Role)
    assert found.decide("s3:GetObject").allowed is True
    assert found.decide("ec2:RunInstances").allowed is False
