"""Reading what a resource will write to the template."""

from __future__ import annotations

from typing import Any

from aws_cdk import IInspectable, TreeInspector

_PROPERTIES = "aws:cdk:cloudformation:props"


def l1_properties(resource: IInspectable) -> dict[str, Any]:
    """Return the properties of an L1 construct, in the API's spelling and not yet resolved.

    Its own attributes do not serve: jsii cannot hand over those that hold the CDK's lazy values.
    """
    inspector = TreeInspector()
    resource.inspect(inspector)
    properties: dict[str, Any] = inspector.attributes[_PROPERTIES]
    return properties
