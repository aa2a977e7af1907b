"""Service roles of compute environments."""

from __future__ import annotations

from tests.corpus.changes import Table, ref
from tests.corpus.iam import BATCH, LINKED, arn_of, managed, policy, service_role, statement, sub

SERVICE_ROLES: Table = {
    "MNP607": (
        ("a misspelt domain", "cluster", service_role("batch.amazon.com", ManagedPolicyArns=BATCH)),
        ("a service role for instances", "cluster", service_role("ec2.amazonaws.com")),
        (
            "a service role for tasks of the partition",
            "cluster",
            service_role(sub("ecs-tasks.${AWS::URLSuffix}"), ManagedPolicyArns=BATCH),
        ),
        (
            "a service-linked role of another service",
            "cluster",
            {
                "Environment.ReplaceComputeEnvironment": True,
                "Environment.ServiceRole": sub(f"{LINKED}ecs.amazonaws.com/AWSServiceRoleForECS"),
            },
        ),
        (
            "a service role for the account",
            "isolated",
            {
                **service_role(ManagedPolicyArns=BATCH),
                "ServiceRole.AssumeRolePolicyDocument": {
                    "Statement": {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"AWS": ref("AWS::AccountId")},
                    }
                },
            },
        ),
    ),
    "MNP608": (
        ("a service role without policies", "cluster", service_role()),
        (
            "the policy of another service",
            "cluster",
            service_role(
                ManagedPolicyArns=[managed("service-role/AmazonEC2ContainerServiceforEC2Role")]
            ),
        ),
        (
            "a service role that may not pass roles",
            "cluster",
            service_role(
                ManagedPolicyArns=BATCH,
                Policies=[policy(statement("iam:PassRole", effect="Deny"))],
            ),
        ),
        (
            "a service role that may pass another role",
            "cluster",
            service_role(
                Policies=[
                    policy(
                        statement("autoscaling:*", "ecs:*", "ec2:*"),
                        statement("iam:PassRole", on=arn_of("JobRole")),
                    )
                ],
            ),
        ),
        (
            "a boundary without Auto Scaling",
            "cluster",
            service_role(
                ManagedPolicyArns=BATCH,
                PermissionsBoundary=ref("Boundary"),
            )
            | {
                "Boundary": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Properties": policy(statement("ecs:*", "ec2:*", "iam:*", "logs:*")),
                }
            },
        ),
    ),
    "MNP609": (
        (
            "the service-linked role without its path",
            "cluster",
            {
                "Environment.ServiceRole": sub(
                    "arn:aws:iam::${AWS::AccountId}:role/AWSServiceRoleForBatch"
                )
            },
        ),
        (
            "the service-linked role by its name",
            "cluster",
            {"Environment.ServiceRole": "AWSServiceRoleForBatch"},
        ),
        (
            "the service-linked role with another path",
            "cluster",
            {
                "Environment.ServiceRole": "arn:aws:iam::123456789012:role/service-role/"
                "AWSServiceRoleForBatch"
            },
        ),
        (
            "a service-linked role of the template by its name",
            "cluster",
            {
                "Environment.ServiceRole": ref("Linked"),
                "Linked": {
                    "Type": "AWS::IAM::ServiceLinkedRole",
                    "Properties": {"AWSServiceName": "batch.amazonaws.com"},
                },
            },
        ),
        (
            "a role with a path by its name",
            "cluster",
            service_role(Path="/service-role/", ManagedPolicyArns=BATCH)
            | {"Environment.ServiceRole": ref("ServiceRole")},
        ),
    ),
    "MNP610": (
        (
            "a role of the template",
            "cluster",
            service_role(ManagedPolicyArns=BATCH)
            | {"Environment.ReplaceComputeEnvironment": False},
        ),
        (
            "a role from elsewhere",
            "cluster",
            {
                "Environment.ServiceRole": "arn:aws:iam::123456789012:role/service-role/"
                "AWSBatchServiceRole"
            },
        ),
    ),
}
