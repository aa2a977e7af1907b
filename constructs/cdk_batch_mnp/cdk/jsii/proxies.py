"""Read attributes of objects that Node passes or returns as an interface.

In Python, such an object is a proxy that reads each attribute twice: first to find out whether it
has the attribute. Each read is a message to Node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import jsii

if TYPE_CHECKING:
    from aws_cdk import IPolicyValidationContext, IResolveContext
    from constructs import IConstruct


def scope_of(context: IResolveContext) -> IConstruct:
    """Return the construct in whose template a token is resolved."""
    return cast("IConstruct", jsii.get(context, "scope"))


def app_of(context: IPolicyValidationContext) -> IConstruct:
    """Return the app whose templates a plugin checks."""
    return cast("IConstruct", jsii.get(context, "appConstruct"))


def read(subject: object, name: str) -> Any:
    """Return an attribute of an object that may be such a proxy."""
    for delegate in vars(subject).get("_delegates", ()):
        # The class has the attribute, and does not ask Node.
        if hasattr(type(delegate), name):
            return getattr(delegate, name)
    return getattr(subject, name)
