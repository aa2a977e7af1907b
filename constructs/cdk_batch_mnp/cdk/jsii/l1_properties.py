"""Read the properties that a resource will have in the template."""

from __future__ import annotations

from typing import Any

from aws_cdk import IInspectable, TreeInspector

_PROPERTIES = "aws:cdk:cloudformation:props"


def l1_properties(resource: IInspectable) -> dict[str, Any]:
    """Return the properties of an L1 construct, in the API's spelling and not yet resolved.

    Its attributes cannot be used: jsii cannot return attributes with lazy values.
    """
    inspector = TreeInspector()
    resource.inspect(inspector)
    properties: dict[str, Any] = inspector.attributes[_PROPERTIES]
    return properties
