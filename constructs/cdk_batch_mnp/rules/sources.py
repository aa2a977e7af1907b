"""Where the constraints are documented."""

from __future__ import annotations

_USER_GUIDE = "https://docs.aws.amazon.com/batch/latest/userguide/"
_API = "https://docs.aws.amazon.com/batch/latest/APIReference/"
_ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"


def user_guide(page: str) -> str:
    """A page of the AWS Batch User Guide."""
    return f"{_USER_GUIDE}{page}.html"


def api(shape: str) -> str:
    """A data type or an action of the AWS Batch API Reference."""
    return f"{_API}API_{shape}.html"


def ec2(page: str) -> str:
    """A page of the Amazon EC2 User Guide."""
    return f"{_EC2}{page}.html"


def ecs(page: str) -> str:
    """A page of the Amazon ECS Developer Guide."""
    return f"{_ECS}{page}.html"


def cdk_issue(number: int) -> str:
    """An issue of the aws-cdk project."""
    return f"https://github.com/aws/aws-cdk/issues/{number}"


MULTI_NODE = user_guide("multi-node-parallel-jobs")
MNP_COMPUTE_ENVIRONMENT = user_guide("mnp-ce")
MNP_NODE_GROUPS = user_guide("mnp-node-groups")
