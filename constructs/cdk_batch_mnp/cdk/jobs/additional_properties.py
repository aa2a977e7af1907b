"""Container properties that this library has no argument for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.argument_types import structure_problem
from cdk_batch_mnp.cdk.jsii.tokens import is_token

IN_CONTAINER = "ContainerPropertiesProperty"
IN_TASK = "TaskContainerPropertiesProperty"
"""The structures of ``CfnJobDefinition`` for a single container on a node, and for one of several.
"""


def require_valid(properties: Mapping[str, Any], *structures: str) -> None:
    """Check properties against the structures of the CDK's ``CfnJobDefinition``.

    These are CloudFormation's structures; the CDK silently drops other members.

    Args:
        properties: In the API's spelling.
        structures: Names of structures, of which one must match.

    Raises:
        ArgumentError: No structure matches: a member is unknown or of another type, or an element
            of a list lacks a required member.
    """
    from aws_cdk import aws_batch as batch

    problems = [
        structure_problem(properties, getattr(batch.CfnJobDefinition, name)) for name in structures
    ]
    if all(problems):
        raise ArgumentError(f"additional_properties: {problems[0]}")


def merged(written: Mapping[str, Any], additional: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties merged with additional ones.

    Structures are merged member by member, lists are joined, and anything else is replaced. A log
    configuration for another driver is replaced as a whole.
    """
    result = dict(written)
    for name, value in additional.items():
        present = result.get(name)
        if isinstance(present, Mapping) and isinstance(value, Mapping):
            driver = present.get("logDriver")
            is_other_driver = value.get("logDriver", driver) != driver
            result[name] = dict(value) if is_other_driver else merged(present, value)
        elif isinstance(present, list) and isinstance(value, Sequence) and not is_token(value):
            result[name] = [*present, *value]
        else:
            result[name] = value
    return result
