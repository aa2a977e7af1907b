"""Reading what a resource will write into the template, and what its tokens stand for."""

from __future__ import annotations

from typing import Any

from aws_cdk import IInspectable, Reference, Tokenization, TreeInspector
from constructs import Construct

_PROPERTIES = "aws:cdk:cloudformation:props"


def written(resource: IInspectable) -> dict[str, Any]:
    """Give the properties of an L1 construct, in the API's spelling and not yet resolved.

    Its own attributes do not serve: jsii cannot hand over those that hold the CDK's lazy values.
    """
    inspector = TreeInspector()
    resource.inspect(inspector)
    properties: dict[str, Any] = inspector.attributes[_PROPERTIES]
    return properties


def referenced_construct(value: object) -> Construct | None:
    """Give the construct that a token refers to, if the token refers to one and no more."""
    if not isinstance(value, str):
        return None
    fragments = Tokenization.reverse_string(value)
    token = fragments.first_token if fragments.length == 1 else None
    target = token.target if isinstance(token, Reference) else None
    return target if isinstance(target, Construct) else None
