"""The account of the embedded AWS, and the ARNs of its resources."""

from __future__ import annotations

ACCOUNT = "123456789012"
"""The account ID, which moto also uses for credentials that it has not issued."""

DEFAULT_REGION = "us-east-1"

PARTITION = "aws"


def arn(service: str, region: str, resource: str) -> str:
    """Return the ARN of a resource of the account."""
    return f"arn:{PARTITION}:{service}:{region}:{ACCOUNT}:{resource}"


def last_part(name_or_arn: str) -> str:
    """Return the name of a resource, from its name or ARN."""
    return name_or_arn.rsplit("/", 1)[-1] if name_or_arn.startswith("arn:") else name_or_arn
