"""Consumable resources, such as licenses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.consumable import (
    ConsumableList,
    ConsumableRequirement,
    ConsumableResource,
)
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NODE_RANGES
from cdk_batch_mnp.model.presence import PartialList
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from tests.rules.setups import definition, findings, groups, ids

ARN = "arn:aws:batch:eu-west-1:123456789012:consumable-resource/licenses"


def licenses(total: Any = 4, **changes: Any) -> ConsumableResource:
    return ConsumableResource(id="Stack/Licenses", total_quantity=total, **changes)


def need(quantity: Any = 1, resource: Any = UNKNOWN, name: Any = UNKNOWN) -> ConsumableRequirement:
    return ConsumableRequirement(name=name, quantity=quantity, resource=resource)


def needing(*requirements: Any, group: int | None = 0, **changes: Any) -> JobDefinition:
    """A definition of which one node group needs this, or the whole job."""
    listed = in_group(group, *requirements)
    return definition(consumables=(listed,), **changes)


def in_group(group: int | None, *requirements: Any) -> ConsumableList:
    place = PROPERTIES if group is None else NODE_RANGES / group
    return ConsumableList(
        path=place / "consumableResourceProperties" / "consumableResourceList",
        group=None if group is None else place,
        requirements=requirements,
    )


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        pytest.param((need(name=ARN),), [], id="an ARN"),
        pytest.param((need(name="licenses"),), ["MNP349"], id="a name"),
        pytest.param((need(name="arn:licenses"),), ["MNP349"], id="no ARN"),
        pytest.param((need(name=""),), ["MNP349"], id="an empty text"),
        pytest.param((need(name=UNKNOWN),), [], id="an unknown name"),
        pytest.param((UNKNOWN,), [], id="an unknown requirement"),
        pytest.param((need(name=ARN), need(name=f"{ARN}-2")), [], id="two resources"),
        pytest.param((need(name=ARN), need(name=ARN)), ["MNP349"], id="twice the same"),
        pytest.param((need(name=ARN), need(2, name=ARN)), ["MNP349"], id="two quantities"),
        pytest.param((need(resource=licenses()),) * 2, ["MNP349"], id="the same object"),
        pytest.param((need(1, licenses()), need(2, licenses())), ["MNP349"], id="twice a resource"),
        pytest.param((need(), need()), [], id="perhaps the same"),
        pytest.param((UNKNOWN,) * 5, [], id="five are the limit"),
        pytest.param((UNKNOWN,) * 6, ["MNP349"], id="six"),
    ],
)
def test_mnp349_consumable_lists(requirements: Any, expected: list[str]) -> None:
    assert ids(needing(*requirements)) == expected
    assert ids(needing(*requirements, group=None)) == expected


def test_mnp349_does_not_count_what_may_be_left_out() -> None:
    many: Any = PartialList.of((PERHAPS, *[UNKNOWN] * 5))
    listed = replace(in_group(0), requirements=many)
    assert ids(definition(consumables=(listed,))) == []


def test_mnp349_only_what_cloudformation_rejects_is_an_error() -> None:
    same, other = (
        findings(needing(need(name=ARN), need(quantity, name=ARN))) for quantity in (1, 2)
    )
    assert [finding.severity for finding in (*same, *other)] == ["error", "warning"]
    (many,) = findings(needing(*[UNKNOWN] * 6))
    assert many.severity == "warning"


@pytest.mark.parametrize(
    ("quantity", "resource", "expected"),
    [
        pytest.param(4, licenses(4), [], id="all of them"),
        pytest.param(5, licenses(4), ["MNP350"], id="one too many"),
        pytest.param(1, licenses(0), ["MNP350"], id="of nothing"),
        pytest.param(0, licenses(0), [], id="nothing of nothing"),
        pytest.param(5, licenses(UNKNOWN), [], id="an unknown total"),
        pytest.param(5, licenses(None), [], id="no total"),
        pytest.param(UNKNOWN, licenses(4), [], id="an unknown quantity"),
        pytest.param(None, licenses(4), [], id="no quantity"),
        pytest.param(5, UNKNOWN, [], id="an unknown resource"),
    ],
)
def test_mnp350_what_a_job_needs(quantity: Any, resource: Any, expected: list[str]) -> None:
    assert ids(needing(need(quantity, resource))) == expected
    assert ids(needing(need(quantity, resource), group=None)) == expected
    assert ids(needing(need(quantity, resource), num_nodes=UNKNOWN)) == expected


def test_mnp350_what_is_filled_up_is_a_warning() -> None:
    (finding,) = findings(needing(need(5, licenses(type="NON_REPLENISHABLE"))))
    assert (finding.rule.id, finding.severity) == ("MNP350", "warning")
    (finding,) = findings(needing(need(5, licenses(type="REPLENISHABLE"))))
    assert finding.severity == "error"


def split(*ranges: str, num_nodes: Any = 4, quantities: tuple[int, ...] = (3, 3)) -> list[str]:
    """The findings on a job whose groups need so much of four licenses."""
    listed = tuple(
        in_group(position, need(quantity, licenses(4)))
        for position, quantity in enumerate(quantities)
    )
    return ids(definition(node_groups=groups(*ranges), num_nodes=num_nodes, consumables=listed))


def test_mnp350_node_groups_need_their_quantities_together() -> None:
    assert split("0", "1:") == ["MNP350"]
    assert split("0", "1:", quantities=(1, 3)) == []
    # A range counts once, whatever its number of nodes.
    assert split("0", "1:", quantities=(2, 2)) == []


def test_mnp350_a_range_without_nodes_of_its_own_does_not_count() -> None:
    assert split("0:", "0:1", "2:", quantities=(5, 1, 1)) == []
    assert split("0:", "0:1", quantities=(3, 3)) == ["MNP350"]


def test_mnp350_without_the_number_of_nodes_the_largest_quantity_counts() -> None:
    assert split("0", "1:", num_nodes=UNKNOWN) == []
    assert split("0", "1:", num_nodes=UNKNOWN, quantities=(1, 5)) == ["MNP350"]
    assert split("0:", "0:1", num_nodes=UNKNOWN, quantities=(5, 1)) == []


def test_mnp350_is_silent_if_a_group_is_unknown() -> None:
    listed = in_group(1, need(5, licenses(4)))
    job = definition(node_groups=(UNKNOWN, groups("0", "0:")[1]), consumables=(listed,))
    assert ids(job) == []
