"""Rules about consumable resources, such as licenses."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.consumable import (
    ConsumableList,
    ConsumableRequirement,
    ConsumableResource,
)
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_range import owner
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.jobs.node_groups import MAX_NODE_GROUPS, MAX_NODES

MAX_RESOURCES = 5
"""Source: AWS Batch User Guide, resources needed to run a job."""

_ARN = pattern(r"arn:[a-z0-9.-]{1,63}(:[a-z0-9.-]{0,63}){3}:[^/]")


@rule(
    JobDefinition,
    "MNP349",
    "Consumable resources are listed once, by their ARN",
    severity=ERROR,
    why="CloudFormation rejects the name of a consumable resource, although the API accepts it, "
    "and a list that repeats a requirement.",
    fix="Refer to the consumable resource (Ref returns its ARN) or set its full ARN, and add up "
    "the quantities of one resource.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-batch-jobdefinition-consumableresourcerequirement.html",
)
def consumable_lists(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the lists of the definition and of its node ranges.

    Two quantities of one resource are a warning: it is not documented which one applies. So are
    more than five resources in a list, a limit that the user guide states for the console.
    """
    for listed in definition.consumables:
        seen: dict[str, ConsumableRequirement] = {}
        if (count := fewest(listed.requirements)) > MAX_RESOURCES:
            yield Violation(
                resource=definition,
                property_path=listed.path,
                message=f"the list has {count} consumable resources",
                actual=count,
                expected=f"at most {MAX_RESOURCES}",
                fix=f"List at most {MAX_RESOURCES} consumable resources.",
                severity=WARNING,
            )
        for position, requirement in enumerate(listed.requirements):
            if requirement is UNKNOWN:
                continue
            yield from _name(definition, listed.path / position, requirement)
            yield from _again(definition, listed.path / position, requirement, seen)


def _name(
    definition: JobDefinition, path: PropertyPath, requirement: ConsumableRequirement
) -> Iterator[Violation]:
    name = requirement.name
    if has_value(name) and not _ARN.search(name):
        yield Violation(
            resource=definition,
            property_path=path / "consumableResource",
            message=f"the consumable resource is {name!r}, which is not an ARN",
            actual=name,
            expected="the ARN of a consumable resource",
        )


def _again(
    definition: JobDefinition,
    path: PropertyPath,
    requirement: ConsumableRequirement,
    seen: dict[str, ConsumableRequirement],
) -> Iterator[Violation]:
    resource, name = requirement.resource, requirement.name
    key = resource.id if resource is not UNKNOWN else name
    if not has_value(key):
        return
    before = seen.get(key)
    seen[key] = requirement
    if before is not None:
        is_same = has_value(before.quantity) and before.quantity == requirement.quantity
        yield Violation(
            resource=definition,
            property_path=path,
            message=f"the consumable resource {key} is listed twice",
            actual=key,
            expected="each resource once",
            severity=ERROR if is_same else WARNING,
        )


@rule(
    JobDefinition,
    "MNP350",
    "Consumable resources cover what the job needs",
    severity=ERROR,
    why="AWS Batch starts a job only when all of its consumable resources are available. A job "
    "that needs more than there is stays in RUNNABLE forever.",
    fix="Raise the total quantity of the consumable resource, or lower the quantity that the job "
    "needs.",
    source=sources.user_guide("resource-aware-scheduling-how-to-for-jobs"),
)
def consumable_quantities(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the quantities that a job needs with the total of resources in the templates.

    A node range counts once, however many nodes it has: it is not documented whether each node
    needs the quantity. Ranges whose nodes all belong to nested ranges do not count. A resource of
    type NON_REPLENISHABLE, which someone has to fill up, is a warning.
    """
    if not definition.consumables:
        return
    counted, is_exact = _counted(definition)
    needs: dict[str, dict[PropertyPath | None, int]] = {}
    resources: dict[str, tuple[PropertyPath, ConsumableResource]] = {}
    for listed in definition.consumables:
        if listed.group is None or listed.group in counted:
            for path, resource, quantity in _known(listed):
                resources.setdefault(resource.id, (path, resource))
                inside = needs.setdefault(resource.id, {})
                inside[listed.group] = max(inside.get(listed.group, 0), quantity)
    for name, inside in needs.items():
        path, resource = resources[name]
        total = resource.total_quantity
        of_groups = [quantity for group, quantity in inside.items() if group is not None] or [0]
        # Groups whose ranges are not known may have the same nodes.
        needed = max(sum(of_groups) if is_exact else max(of_groups), inside.get(None, 0))
        if has_value(total) and needed > total:
            yield Violation(
                resource=definition,
                property_path=path,
                message=f"the job needs {needed} of the consumable resource {name}, which has "
                f"{total}",
                actual=needed,
                expected=f"at most {total}",
                severity=WARNING if resource.type == "NON_REPLENISHABLE" else ERROR,
            )


def _known(listed: ConsumableList) -> Iterator[tuple[PropertyPath, ConsumableResource, int]]:
    for position, requirement in enumerate(listed.requirements):
        if requirement is UNKNOWN or requirement.resource is UNKNOWN:
            continue
        if has_value(requirement.quantity):
            yield listed.path / position / "quantity", requirement.resource, requirement.quantity


def _counted(definition: JobDefinition) -> tuple[frozenset[PropertyPath], bool]:
    """Return groups that certainly have nodes of their own, and whether these are all of them."""
    groups, count = definition.node_groups, definition.num_nodes
    # More groups are invalid, and would be slow to compare.
    if groups is UNKNOWN or UNKNOWN in groups or len(groups) > MAX_NODE_GROUPS:
        return frozenset(), False
    known = definition.known_node_groups
    ranges = [group.node_range for group in known if has_value(group.node_range)]
    if has_value(count) and 0 < count <= MAX_NODES and len(ranges) == len(known):
        owners = {owner(ranges, count, index) for index in range(count)}
        return frozenset(known[each].path for each in owners if each is not None), True
    leaves = (group for group in known if not any(other.may_nest_in(group) for other in known))
    return frozenset(group.path for group in leaves), False
