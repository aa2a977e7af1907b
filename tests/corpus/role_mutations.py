"""Small changes to the roles of right templates, each of which breaks one rule and no other."""

from __future__ import annotations

from typing import Any

Entries = tuple[tuple[str, str, dict[str, Any]], ...]

CONTAINER = "Job.NodeProperties.NodeRangeProperties.0.Container"
RESOURCES = "Environment.ComputeResources"
VOLUME = "LaunchTemplate.LaunchTemplateData.BlockDeviceMappings.0.Ebs.KmsKeyId"
LINKED = "arn:aws:iam::${AWS::AccountId}:role/aws-service-role/"
NO_AGENT = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def arn_of(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def managed(name: str) -> str:
    return f"arn:aws:iam::aws:policy/{name}"


def statement(*actions: Any, on: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": on, **more}


def policy(*statements: Any) -> dict[str, Any]:
    return {
        "PolicyName": "own",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
    }


def trust(service: Any, **more: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"Version": "2012-10-17", "Statement": [{**allowed, **more}]}


def role(service: Any, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust(service), **properties},
    }


def service_role(service: Any = "batch.amazonaws.com", **properties: Any) -> dict[str, Any]:
    """An environment with its own service role, which CloudFormation replaces on update."""
    return {
        "Environment.ReplaceComputeEnvironment": True,
        "Environment.ServiceRole": arn_of("ServiceRole"),
        "ServiceRole": role(service, **properties),
    }


BATCH = [managed("service-role/AWSBatchServiceRole")]
SECRET: dict[str, Any] = {"Type": "AWS::SecretsManager::Secret", "Properties": {}}


def secrets(value: Any, **resources: Any) -> dict[str, Any]:
    """A container with a secret."""
    return {f"{CONTAINER}.Secrets": [{"Name": "TOKEN", "ValueFrom": value}], **resources}


def execution(*statements: Any) -> dict[str, Any]:
    """A policy of the execution role."""
    return {"ExecutionRole.Policies": [policy(*statements)]}


def key(*statements: Any) -> dict[str, Any]:
    whole = {
        "Effect": "Allow",
        "Action": "kms:*",
        "Resource": "*",
        "Principal": {"AWS": sub("arn:aws:iam::${AWS::AccountId}:root")},
    }
    return {
        "Type": "AWS::KMS::Key",
        "Properties": {"KeyPolicy": {"Statement": [whole, *statements]}},
    }


def file_system(*statements: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::EFS::FileSystem",
        "Properties": {"FileSystemPolicy": {"Statement": list(statements)}},
    }


def mounted(iam: str, *, read_only: bool = False) -> dict[str, Any]:
    """A container that mounts an EFS file system of the template."""
    configuration = {
        "FileSystemId": ref("Files"),
        "TransitEncryption": "ENABLED",
        "AuthorizationConfig": {"Iam": iam},
    }
    return {
        f"{CONTAINER}.Volumes": [{"Name": "files", "EfsVolumeConfiguration": configuration}],
        f"{CONTAINER}.MountPoints": [
            {"SourceVolume": "files", "ContainerPath": "/files", "ReadOnly": read_only}
        ],
        "Vpc.EnableDnsHostnames": True,
        "FilesTarget": {
            "Type": "AWS::EFS::MountTarget",
            "Properties": {
                "FileSystemId": ref("Files"),
                "SubnetId": ref("NodeSubnet"),
                "SecurityGroups": [ref("Nodes")],
            },
        },
    }


EVERYONE = {"AWS": "*"}
WRITE_LOGS = statement("logs:CreateLogStream", "logs:PutLogEvents")
PULL = statement("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")

ROLE_MUTATIONS: dict[str, Entries] = {
    "MNP130": (
        ("no desired vCPUs", "cluster", {f"{RESOURCES}.DesiredvCpus": 0}),
        (
            "unknown desired vCPUs",
            "cluster",
            {f"{RESOURCES}.DesiredvCpus": {"Fn::ImportValue": "n"}},
        ),
    ),
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
    "MNP611": (
        (
            "no metadata service",
            "cluster",
            {"LaunchTemplate.LaunchTemplateData.MetadataOptions.HttpEndpoint": "disabled"},
        ),
        ("the policy of tasks", "cluster", {"InstanceRole.ManagedPolicyArns": [NO_AGENT]}),
        ("no policy", "cluster", {"InstanceRole.ManagedPolicyArns": []}),
        (
            "nothing but Systems Manager",
            "cluster",
            {"InstanceRole.ManagedPolicyArns": [managed("AmazonSSMManagedInstanceCore")]},
        ),
        (
            "an agent that may not register",
            "cluster",
            {"InstanceRole.Policies": [policy(statement("ecs:RegisterContainer*", effect="Deny"))]},
        ),
        (
            "all but ECS",
            "cluster",
            {
                "InstanceRole.ManagedPolicyArns": [],
                "InstanceRole.Policies": [
                    policy({"Effect": "Allow", "NotAction": ["ECS:*", "iam:*"], "Resource": "*"})
                ],
            },
        ),
    ),
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
    "MNP615": (
        (
            "a policy for another role",
            "cluster",
            mounted("ENABLED")
            | {
                "Files": file_system(
                    statement(
                        "elasticfilesystem:Client*", Principal={"AWS": arn_of("InstanceRole")}
                    )
                )
            },
        ),
        (
            "reading alone",
            "cluster",
            mounted("ENABLED")
            | {
                "Files": file_system(statement("elasticfilesystem:ClientMount", Principal=EVERYONE))
            },
        ),
        (
            "a client without a role",
            "cluster",
            mounted("DISABLED")
            | {
                "Files": file_system(
                    statement("elasticfilesystem:*", Principal={"AWS": arn_of("JobRole")})
                )
            },
        ),
    ),
    "MNP616": (
        ("a key for the account", "cluster", {VOLUME: arn_of("Key"), "Key": key()}),
        (
            "a key without a policy of its own",
            "cluster",
            {VOLUME: ref("Key"), "Key": {"Type": "AWS::KMS::Key", "Properties": {}}},
        ),
        (
            "a key by its alias, for another role",
            "cluster",
            {
                VOLUME: ref("Alias"),
                "Alias": {
                    "Type": "AWS::KMS::Alias",
                    "Properties": {"AliasName": "alias/nodes", "TargetKeyId": ref("Key")},
                },
                "Key": key(
                    statement(
                        "kms:*",
                        Principal={
                            "AWS": sub(f"{LINKED}batch.amazonaws.com/AWSServiceRoleForBatch")
                        },
                    )
                ),
            },
        ),
    ),
    "MNP617": (
        (
            "the execution role",
            "cluster",
            {"ExecutionRole.ManagedPolicyArns": [managed("AmazonECSTaskExecutionRolePolicy")]},
        ),
        (
            "the job role, in any partition",
            "cluster",
            {
                "JobRole.ManagedPolicyArns": [
                    sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonS3ReadOnlyAccess")
                ]
            },
        ),
    ),
    "MNP619": (
        (
            "a job role without its path",
            "cluster",
            {
                "JobRole.Path": "/solvers/",
                f"{CONTAINER}.JobRoleArn": sub("arn:aws:iam::${AWS::AccountId}:role/${JobRole}"),
            },
        ),
    ),
    "MNP624": (
        ("Ref of a role", "cluster", {f"{CONTAINER}.JobRoleArn": ref("JobRole")}),
        ("a name", "efa", {f"{CONTAINER}.ExecutionRoleArn": "ecsTaskExecutionRole"}),
    ),
    "MNP621": (
        (
            "a function that may not pass roles",
            "cluster",
            {
                "Deployer": role(
                    "lambda.amazonaws.com",
                    Policies=[policy(statement("batch:RegisterJobDefinition", "batch:SubmitJob"))],
                )
            },
        ),
        (
            "a role of CloudFormation that may not pass roles",
            "cluster",
            {
                "Deployer": role(
                    "cloudformation.amazonaws.com", Policies=[policy(statement("batch:*"))]
                )
            },
        ),
    ),
    "MNP618": (
        (
            "another case",
            "cluster",
            {
                "InstanceRole.ManagedPolicyArns": [
                    managed("service-role/AmazonEC2ContainerServiceForEC2Role")
                ]
            },
        ),
        (
            "the instance role",
            "cluster",
            {"InstanceRole.ManagedPolicyArns": [managed("AmazonEC2ContainerServiceforEC2Role")]},
        ),
        (
            "the service role",
            "cluster",
            service_role(ManagedPolicyArns=[managed("AWSBatchServiceRole")]),
        ),
    ),
}
