"""Policies of VPC endpoints, as far as they decide whether a service can be used at all."""

from __future__ import annotations

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.partial_text import Text, Token
from cdk_batch_mnp.model.policy import (
    ANYTHING,
    PARTITION,
    REGION,
    Principal,
    Statements,
    decide,
)
from cdk_batch_mnp.model.unknown import Maybe

ECR_LAYERS: Text = (
    "arn:",
    PARTITION,
    ":s3:::prod-",
    REGION,
    "-starport-layer-bucket/",
    Token("layer"),
)
"""An image layer in the bucket of Amazon ECR. Source: Amazon ECR User Guide, VPC endpoints."""

_ANYONE = Principal("AWS", ANYTHING)


@dataclass(frozen=True, slots=True)
class EndpointPolicy:
    """The policy of a VPC endpoint.

    Attributes:
        statements: Its statements; an unknown one may allow or deny anything.
    """

    statements: Statements

    def allows(self, action: str, resource: Text = ANYTHING) -> Maybe[bool]:
        """Return whether the policy lets requests for an action pass, of any role.

        Args:
            action: The action, such as ``ecr:BatchGetImage``.
            resource: ARN of the resource. Default: any.
        """
        return decide(self.statements, action, resource, _ANYONE).allowed
