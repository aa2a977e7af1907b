"""The resource of a job definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_batch as batch
from constructs import Construct

from cdk_batch_mnp.cdk.jobs.consumable_resources import consumable_resource_properties
from cdk_batch_mnp.cdk.jobs.options import JobDefinitionOptions

_KEEP_REVISIONS: Any = {"skipDeregisterOnUpdate": True}


def add_resource(
    scope: Construct, properties: Mapping[str, Any], options: JobDefinitionOptions
) -> batch.CfnJobDefinition:
    """Create the resource from properties in the API's spelling, and from options."""
    tags = options.get("tags")
    keeps_revisions = options.get("skip_deregister_on_update", False)
    consumed: Any = consumable_resource_properties(options.get("consumable_resources"))
    return batch.CfnJobDefinition(
        scope,
        "Resource",
        type=properties["type"],
        consumable_resource_properties=consumed,
        job_definition_name=properties.get("jobDefinitionName"),
        node_properties=properties["nodeProperties"],
        parameters=properties.get("parameters"),
        platform_capabilities=properties["platformCapabilities"],
        propagate_tags=options.get("propagate_tags", True),
        resource_retention_policy=_KEEP_REVISIONS if keeps_revisions else None,
        retry_strategy=properties.get("retryStrategy"),
        scheduling_priority=properties["schedulingPriority"],
        tags=dict(tags) if tags else None,
        timeout=properties.get("timeout"),
    )
