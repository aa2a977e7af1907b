"""Addresses of the documentation that the rules cite."""

from __future__ import annotations

_USER_GUIDE = "https://docs.aws.amazon.com/batch/latest/userguide/"
_API = "https://docs.aws.amazon.com/batch/latest/APIReference/"
_ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
_MANAGED_POLICIES = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/"
_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"


def user_guide(page: str) -> str:
    """Return the address of a page of the AWS Batch User Guide."""
    return f"{_USER_GUIDE}{page}.html"


def api(name: str) -> str:
    """Return the address of a data type or action in the AWS Batch API Reference."""
    return f"{_API}API_{name}.html"


def ec2(page: str) -> str:
    """Return the address of a page of the Amazon EC2 User Guide."""
    return f"{_EC2}{page}.html"


def ecs(page: str) -> str:
    """Return the address of a page of the Amazon ECS Developer Guide."""
    return f"{_ECS}{page}.html"


def managed_policy(page: str) -> str:
    """Return the address of a page of the AWS Managed Policy Reference Guide."""
    return f"{_MANAGED_POLICIES}{page}.html"


def cdk_issue(number: int) -> str:
    """Return the address of an aws-cdk issue."""
    return f"https://github.com/aws/aws-cdk/issues/{number}"


MULTI_NODE = user_guide("multi-node-parallel-jobs")
MNP_COMPUTE_ENVIRONMENT = user_guide("mnp-ce")
MNP_NODE_GROUPS = user_guide("mnp-node-groups")
LAUNCHER = "https://github.com/cdk-batch-mnp/cdk-batch-mnp/blob/main/docs/launcher.md"
