"""What pulls images, reads secrets and writes logs."""

from __future__ import annotations

from typing import Any

from tests.corpus.changes import CONTAINER, RESOURCES, Table, ref
from tests.corpus.iam import arn_of, key, managed, policy, role, statement, sub

SECRET: dict[str, Any] = {"Type": "AWS::SecretsManager::Secret", "Properties": {}}
WRITE_LOGS = statement("logs:CreateLogStream", "logs:PutLogEvents")
PULL = statement("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def secrets(value: Any, **resources: Any) -> dict[str, Any]:
    """A container with a secret."""
    return {f"{CONTAINER}.Secrets": [{"Name": "TOKEN", "ValueFrom": value}], **resources}


def execution(*statements: Any) -> dict[str, Any]:
    """A policy of the execution role."""
    return {"ExecutionRole.Policies": [policy(*statements)]}


EXECUTION_ROLES: Table = {
    "MNP612": (
        (
            "no permission to pull",
            "cluster",
            {"ExecutionRole.ManagedPolicyArns": [], **execution(WRITE_LOGS)},
        ),
        (
            "no permission to write logs",
            "cluster",
            {"ExecutionRole.ManagedPolicyArns": [], **execution(PULL)},
        ),
        (
            "another log group",
            "cluster",
            {
                "ExecutionRole.ManagedPolicyArns": [],
                f"{CONTAINER}.LogConfiguration": {
                    "LogDriver": "awslogs",
                    "Options": {"awslogs-group": "/solvers"},
                },
                "Job.NodeProperties.NodeRangeProperties.1.Container.LogConfiguration": {
                    "LogDriver": "json-file"
                },
                **execution(
                    PULL,
                    statement(
                        "logs:*",
                        on=sub(
                            "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/batch/*"
                        ),
                    ),
                ),
            },
        ),
        (
            "the log group of another stack",
            "cluster",
            {
                "ExecutionRole.ManagedPolicyArns": [],
                "Logs": {"Type": "AWS::Logs::LogGroup"},
                f"{CONTAINER}.LogConfiguration": {
                    "LogDriver": "awslogs",
                    "Options": {"awslogs-group": ref("Logs")},
                },
                "Job.NodeProperties.NodeRangeProperties.1.Container.LogConfiguration": {
                    "LogDriver": "json-file"
                },
                **execution(
                    PULL,
                    statement(
                        "logs:*",
                        on=sub("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/logs/*"),
                    ),
                ),
            },
        ),
        (
            "no permission to create the log group",
            "cluster",
            {
                f"{CONTAINER}.LogConfiguration": {
                    "LogDriver": "awslogs",
                    "Options": {"awslogs-group": "/solvers", "awslogs-create-group": "true"},
                },
            },
        ),
        (
            "a repository that the role may not pull from",
            "cluster",
            {
                "Repository": {"Type": "AWS::ECR::Repository", "Properties": {}},
                "Other": {"Type": "AWS::ECR::Repository", "Properties": {}},
                f"{CONTAINER}.Image": sub("${Repository.RepositoryUri}:1"),
                "ExecutionRole.ManagedPolicyArns": [],
                **execution(
                    WRITE_LOGS,
                    statement("ecr:GetAuthorizationToken"),
                    statement("ecr:*", on=arn_of("Other")),
                ),
            },
        ),
    ),
    "MNP613": (
        ("a secret of the template", "cluster", secrets(ref("Secret"), Secret=SECRET)),
        (
            "a key of its text",
            "cluster",
            secrets(sub("${Secret}:password::"), Secret=SECRET)
            | execution(statement("secretsmanager:GetSecretValue", on=ref("Other")))
            | {"Other": SECRET},
        ),
        (
            "a secret from elsewhere",
            "cluster",
            secrets("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf")
            | execution(
                statement(
                    "secretsmanager:GetSecretValue",
                    on="arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-??????",
                )
            ),
        ),
        ("a parameter by its name", "cluster", secrets("/solver/token")),
        (
            "a parameter with the action for one value",
            "cluster",
            secrets(ref("Token"))
            | execution(statement("ssm:GetParameter"))
            | {
                "Token": {
                    "Type": "AWS::SSM::Parameter",
                    "Properties": {"Type": "String", "Value": "x"},
                }
            },
        ),
        (
            "another parameter",
            "cluster",
            secrets(sub("arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/solver/token"))
            | execution(
                statement(
                    "ssm:GetParameters",
                    on=sub("arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/other/*"),
                )
            ),
        ),
        ("an unknown source", "cluster", secrets({"Fn::ImportValue": "token"})),
        (
            "an attached secret",
            "cluster",
            secrets(ref("SecretAttachment"))
            | {
                "Secret": SECRET,
                "SecretAttachment": {
                    "Type": "AWS::SecretsManager::SecretTargetAttachment",
                    "Properties": {
                        "SecretId": ref("Secret"),
                        "TargetId": "db",
                        "TargetType": "AWS::RDS::DBInstance",
                    },
                },
            },
        ),
        (
            "a secret whose key the role may not use",
            "cluster",
            secrets(ref("Secret"))
            | execution(statement("secretsmanager:GetSecretValue", on=ref("Secret")))
            | {
                "Key": key(),
                "Secret": {**SECRET, "Properties": {"KmsKeyId": arn_of("Key")}},
            },
        ),
        (
            "a secret option of the log driver",
            "cluster",
            {
                "Secret": SECRET,
                f"{CONTAINER}.LogConfiguration": {
                    "LogDriver": "splunk",
                    "SecretOptions": [{"Name": "splunk-token", "ValueFrom": ref("Secret")}],
                },
            },
        ),
        (
            "the credentials of a registry",
            "cluster",
            {
                "Secret": SECRET,
                f"{CONTAINER}.Image": "registry.example.com/solver:1",
                f"{CONTAINER}.RepositoryCredentials": {"CredentialsParameter": ref("Secret")},
            },
        ),
        (
            "a secret that a policy denies",
            "cluster",
            secrets(ref("Secret"), Secret=SECRET)
            | {
                "ExecutionRole.ManagedPolicyArns.+": managed("SecretsManagerReadWrite"),
                **execution(statement("secretsmanager:*", effect="Deny")),
            },
        ),
    ),
    "MNP614": (
        (
            "no permission to pull",
            "efa",
            {
                "InstanceRole": role(
                    "ec2.amazonaws.com", Policies=[policy(statement("ecs:*", "logs:*"))]
                ),
                "Profile": {
                    "Type": "AWS::IAM::InstanceProfile",
                    "Properties": {"Roles": [ref("InstanceRole")]},
                },
                f"{RESOURCES}.InstanceRole": arn_of("Profile"),
                f"{CONTAINER}.Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver:1",
            },
        ),
        (
            "no permission to write logs",
            "efa",
            {
                "InstanceRole": role(
                    "ec2.amazonaws.com", Policies=[policy(statement("ecs:*", "ecr:*"))]
                ),
                "Profile": {
                    "Type": "AWS::IAM::InstanceProfile",
                    "Properties": {"Roles": [ref("InstanceRole")]},
                },
                f"{RESOURCES}.InstanceRole": arn_of("Profile"),
            },
        ),
    ),
}
