"""Instance roles, job roles and roles that deploy."""

from __future__ import annotations

from tests.corpus.changes import CONTAINER, LEFT_OUT, RESOURCES, Table, ref
from tests.corpus.iam import managed, policy, role, service_role, statement, sub

NO_AGENT = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"

ROLES: Table = {
    "MNP121": (
        (
            "the role in place of its profile",
            "cluster",
            {f"{RESOURCES}.InstanceRole": {"Fn::GetAtt": ["InstanceRole", "Arn"]}},
        ),
        (
            "a role's name that is made up",
            "cluster",
            {f"{RESOURCES}.InstanceRole": ref("InstanceRole")},
        ),
        (
            "a profile with two roles",
            "cluster",
            {"InstanceProfile.Roles": [ref("InstanceRole"), ref("JobRole")]},
        ),
        (
            "a profile with the ARN of its role",
            "cluster",
            {"InstanceProfile.Roles": [{"Fn::GetAtt": ["InstanceRole", "Arn"]}]},
        ),
        (
            "the ARN of a profile without its path",
            "cluster",
            {
                "InstanceProfile.Path": "/batch/",
                f"{RESOURCES}.InstanceRole": {
                    "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:instance-profile/${InstanceProfile}"
                },
            },
        ),
        (
            "a role's ARN",
            "efa",
            {f"{RESOURCES}.InstanceRole": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/nodes"}},
        ),
        ("no profile", "isolated", {f"{RESOURCES}.InstanceRole": LEFT_OUT}),
        ("a role for tasks", "cluster", {"InstanceProfile.Roles": [ref("JobRole")]}),
        ("a profile without a role", "cluster", {"InstanceProfile.Roles": []}),
    ),
    "MNP414": (
        (
            "detaching interfaces",
            "cluster",
            {
                "JobRole.Policies.0.PolicyDocument.Statement.0": {
                    "Effect": "Allow",
                    "Action": ["ec2:DetachNetworkInterface"],
                    "Resource": "*",
                }
            },
        ),
    ),
    "MNP604": (
        (
            "one role for both",
            "cluster",
            {f"{CONTAINER}.JobRoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]}},
        ),
        (
            "an administrator",
            "cluster",
            {"JobRole.ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
        ),
        (
            "everything, in a policy of its own",
            "cluster",
            {
                "Everything": {
                    "Type": "AWS::IAM::Policy",
                    "Properties": {
                        "PolicyName": "everything",
                        "Roles": [ref("JobRole")],
                        "PolicyDocument": {
                            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
                        },
                    },
                }
            },
        ),
    ),
    "MNP605": (
        (
            "a job role for instances",
            "cluster",
            {
                f"{CONTAINER}.JobRoleArn": {"Fn::GetAtt": ["InstanceRole", "Arn"]},
            },
        ),
        (
            "an execution role for Batch itself",
            "cluster",
            {
                "ExecutionRole.AssumeRolePolicyDocument": {
                    "Statement": {
                        "Effect": "Allow",
                        "Action": ["sts:AssumeRole"],
                        "Principal": {"Service": ["batch.amazonaws.com"]},
                    }
                }
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
    "MNP624": (
        ("Ref of a role", "cluster", {f"{CONTAINER}.JobRoleArn": ref("JobRole")}),
        ("a name", "efa", {f"{CONTAINER}.ExecutionRoleArn": "ecsTaskExecutionRole"}),
    ),
}
