"""The resource of a job definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_batch as batch
from constructs import Construct

if TYPE_CHECKING:
    from cdk_batch_mnp.cdk.eks.options import EksJobDefinitionOptions
    from cdk_batch_mnp.cdk.jobs.options import JobDefinitionOptions

_KEEP_REVISIONS: Any = {"skipDeregisterOnUpdate": True}


def add_resource(
    scope: Construct,
    properties: Mapping[str, Any],
    options: JobDefinitionOptions | EksJobDefinitionOptions,
) -> batch.CfnJobDefinition:
    """Create the resource from properties in the API's spelling, and from options."""
    tags = options.get("tags")
    keeps_revisions = options.get("skip_deregister_on_update", False)
    consumed: Any = properties.get("consumableResourceProperties")
    return batch.CfnJobDefinition(
        scope,
        "Resource",
        type=properties["type"],
        consumable_resource_properties=consumed,
        job_definition_name=properties.get("jobDefinitionName"),
        node_properties=properties["nodeProperties"],
        parameters=properties.get("parameters"),
        platform_capabilities=properties.get("platformCapabilities"),
        propagate_tags=properties.get("propagateTags"),
        resource_retention_policy=_KEEP_REVISIONS if keeps_revisions else None,
        retry_strategy=properties.get("retryStrategy"),
        scheduling_priority=properties["schedulingPriority"],
        tags=dict(tags) if tags else None,
        timeout=properties.get("timeout"),
    )
