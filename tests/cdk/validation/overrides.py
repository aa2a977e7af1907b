"""Apps whose templates differ from their constructs, and what is reported."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_batch_mnp import MnpCluster
from tests.cdk.apps import add_cluster, add_job, reported_on


def reported(stack: Stack) -> list[tuple[str, str, str]]:
    """Return what a synthesis of the app reports: severity, rule and path, as often as it does."""
    return sorted((each.severity, each.rule, each.path) for each in reported_on(stack))


def override(construct: Construct, path: str, value: object) -> None:
    """Set a property of a template that a construct does not offer."""
    resource: Any = construct.node.default_child
    resource.add_property_override(path, value)


def cluster_with_job(stack: Stack, **changes: Any) -> MnpCluster:
    cluster = add_cluster(stack, **changes)
    add_job(cluster)
    return cluster


NO_NODES = {"numNodes": 0, "mainNode": 0, "nodeRangeProperties": []}
