"""Exports of the ARNs of job definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_batch_mnp.template.evaluation.stack import Stack, TemplateResource


def outputs_exporting_arn(definition: TemplateResource) -> tuple[str, ...]:
    """Return the outputs of its stack that export the ARN of a job definition, as it is."""
    id = definition.logical_id
    # As written: a part of the ARN, such as the name, resolves to the same reference.
    forms = (
        {"Ref": id},
        {"Fn::Sub": f"${{{id}}}"},
        {"Fn::GetAtt": [id, "JobDefinitionArn"]},
        {"Fn::GetAtt": f"{id}.JobDefinitionArn"},
        {"Fn::Sub": f"${{{id}.JobDefinitionArn}}"},
    )
    return tuple(name for name, value in _exports(definition.stack) if value in forms)


def _exports(stack: Stack) -> Iterator[tuple[str, Any]]:
    for name, output in stack.outputs.items():
        if not isinstance(output, Mapping) or not isinstance(output.get("Export"), Mapping):
            continue
        condition = output.get("Condition")
        if not isinstance(condition, str) or stack.condition(condition) is True:
            yield name, output.get("Value")
