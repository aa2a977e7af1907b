"""The providers of this folder."""

from __future__ import annotations

from collections.abc import Mapping

from cdk_batch_mnp_emulator.cloudformation.providers.neighbours import (
    apis,
    buckets,
    databases,
    events,
    functions,
    governance,
    identities,
    instances,
    keys,
    messages,
    monitoring,
    names,
    network,
    services,
    tables,
)
from cdk_batch_mnp_emulator.cloudformation.resource import Provider

PROVIDERS: Mapping[str, Provider] = {
    resource_type: provider
    for module in (
        apis,
        buckets,
        databases,
        events,
        functions,
        governance,
        identities,
        instances,
        keys,
        messages,
        monitoring,
        names,
        network,
        services,
        tables,
    )
    for resource_type, provider in module.PROVIDERS.items()
}
