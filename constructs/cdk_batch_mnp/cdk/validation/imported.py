"""Reading what the stock constructs made, as far as it can be known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_batch as batch
from constructs import Construct

from cdk_batch_mnp.cdk.jsii.l1_properties import referenced_construct, written
from cdk_batch_mnp.cdk.jsii.tokens import known
from cdk_batch_mnp.cdk.nodes.network import (
    read_launch_template,
    read_placement_group,
    read_subnet_ids,
)
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.shape import ApiStruct, Value
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value


def read_environment(
    construct: Construct, path: str, acknowledged: Mapping[str, str]
) -> Maybe[ComputeEnvironment]:
    """Model an environment that another construct made in this app; an imported one is unknown."""
    resource = construct.node.default_child
    if isinstance(construct, batch.CfnComputeEnvironment):
        resource = construct
    if not isinstance(resource, batch.CfnComputeEnvironment):
        return UNKNOWN
    properties = written(resource)
    resolved: Any = known(Stack.of(resource).resolve(properties))
    raw = properties.get("computeResources")
    if raw is not None and not isinstance(raw, Mapping):
        # The whole structure is a token: what it refers to is only seen once it is resolved.
        raw = {}
    return ComputeEnvironment.read(
        ApiStruct(_in_capitals(resolved)),
        id=path,
        acknowledged=acknowledged,
        **_referred_to(raw or {}, resolved.get("computeResources")),
    )


def _in_capitals(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Spell the types as the API does; the stock constructs write ``managed`` and ``unmanaged``."""
    spelled = dict(resolved)
    if isinstance(spelled.get("type"), str):
        spelled["type"] = spelled["type"].upper()
    return spelled


def _referred_to(raw: Mapping[str, Any], resolved: object) -> dict[str, Any]:
    """What the compute resources only name: the constructs behind the tokens."""
    if resolved is None:
        resolved = {}
    if not isinstance(resolved, Mapping):
        return dict.fromkeys(
            ("launch_template", "placement_group", "subnets", "security_groups"), UNKNOWN
        )
    groups = resolved.get("securityGroupIds")
    subnets = resolved.get("subnets")
    template = (
        read_launch_template(_template(raw.get("launchTemplate")))
        if resolved.get("launchTemplate") is not None
        else None
    )
    # Without groups of the environment's, the tasks beside such interfaces take the VPC's own.
    takes_default = (
        groups in (None, []) and has_value(template) and template.network_interfaces != ()
    )
    return {
        "launch_template": template,
        "placement_group": read_placement_group(raw.get("placementGroup"))
        if resolved.get("placementGroup") is not None
        else None,
        "subnets": read_subnet_ids(raw.get("subnets"), with_default_group=takes_default)
        if subnets is not None
        else (),
        # How many there are is known, if nothing else is.
        "security_groups": tuple(UNKNOWN for _ in groups) if isinstance(groups, list) else groups,
    }


def _template(specification: object) -> Construct | None:
    if not isinstance(specification, Mapping):
        return None
    return referenced_construct(
        specification.get("launchTemplateId") or specification.get("launchTemplateName")
    )


def read_queue(
    construct: Construct,
    path: str,
    acknowledged: Mapping[str, str],
    environment_of: Callable[[Value], Maybe[ComputeEnvironment]],
) -> Maybe[JobQueue]:
    """Model a queue that another construct made in this app; an imported one is unknown."""
    if isinstance(construct, batch.JobQueue):
        resource = construct.node.default_child
        environments: list[tuple[Any, object]] = [
            (each.order, each.compute_environment) for each in construct.compute_environments
        ]
    elif isinstance(construct, batch.CfnJobQueue):
        resource = construct
        environments = _environments(construct)
    else:
        return UNKNOWN
    if not isinstance(resource, batch.CfnJobQueue):
        return UNKNOWN
    resolved: Any = known(Stack.of(resource).resolve(written(resource)))
    return JobQueue.read(
        ApiStruct(
            {
                **resolved,
                "computeEnvironmentOrder": [
                    {"order": known(order), "computeEnvironment": each}
                    for order, each in environments
                ],
            }
        ),
        id=path,
        acknowledged=acknowledged,
        environment_of=environment_of,
    )


def _environments(queue: batch.CfnJobQueue) -> list[tuple[Any, object]]:
    found = written(queue).get("computeEnvironmentOrder")
    if not isinstance(found, list):
        return [(UNKNOWN, UNKNOWN)]
    return [
        (each.get("order"), referenced_construct(each.get("computeEnvironment")))
        if isinstance(each, Mapping)
        else (UNKNOWN, UNKNOWN)
        for each in found
    ]


def find_queues(scope: Construct) -> Iterator[Construct]:
    """Give every queue below a construct that the CDK knows of, imported ones left out."""
    for construct in scope.node.find_all():
        if isinstance(construct, batch.JobQueue):
            yield construct
        elif isinstance(construct, batch.CfnJobQueue):
            around = construct.node.scope
            if not isinstance(around, batch.JobQueue):
                yield construct
