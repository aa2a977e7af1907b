"""Small stacks of ordinary neighbours: each before and after a change."""

from __future__ import annotations

import copy
from collections.abc import Callable

from cloudformation.providers.neighbours.applications import (
    apis,
    buckets,
    databases,
    governance,
    keys,
    names,
    services,
    tables,
)
from cloudformation.providers.neighbours.parts import of
from cloudformation.providers.neighbours.platforms import (
    alarms,
    events,
    functions,
    identities,
    messages,
    networks,
)
from templates import Resources

STACKS: dict[str, Callable[[int], Resources]] = {
    make.__name__: make
    for make in (
        alarms,
        apis,
        buckets,
        databases,
        events,
        functions,
        governance,
        identities,
        keys,
        messages,
        names,
        networks,
        services,
        tables,
    )
}


def failing(resources: Resources) -> Resources:
    """Add a resource that fails once all others have been made or changed."""
    bad = of("AWS::SSM::Parameter", Type="Nonsense", Value="x")
    return {**copy.deepcopy(resources), "Bad": {**bad, "DependsOn": list(resources)}}
