"""What the ranges of node indexes may be, and what they must add up to."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    NUM_NODES,
    VCPUS,
    definition,
    environment,
    findings,
    groups,
    ids,
    node_group,
)

ten_nodes = environment(max_vcpus=10 * VCPUS)


@pytest.mark.parametrize(
    ("ranges", "num_nodes", "expected"),
    [
        pytest.param(("0:1", "3:"), 4, ["MNP304"], id="a gap in the middle breaks it"),
        pytest.param(("1:",), 4, ["MNP304"], id="a gap at the start breaks it"),
        pytest.param(("0:2", "0:"), 4, [], id="an open range reaches the last node"),
        pytest.param(("0", "1:2", "3:"), 4, [], id="ranges that just meet are the limit"),
        pytest.param((":0", "1:"), 4, [], id="both ends may be left open"),
        pytest.param((":",), 4, [], id="all nodes in one range"),
        pytest.param(("0:1", UNKNOWN), 4, [], id="an unknown range may fill the gap"),
        pytest.param(("0:1", "3:"), UNKNOWN, ["MNP304"], id="no number of nodes closes this gap"),
        pytest.param(("1:",), UNKNOWN, ["MNP304"], id="there is always a node 0"),
        pytest.param(("0:1", "2:"), UNKNOWN, [], id="an unknown number of nodes may fit"),
        pytest.param(("0:3",), UNKNOWN, ["MNP309"], id="four nodes would do for this range"),
    ],
)
def test_mnp304_every_node_is_in_a_range(
    ranges: tuple[str, ...], num_nodes: object, expected: list[str]
) -> None:
    assert ids(definition(num_nodes=num_nodes, node_groups=groups(*ranges)), ten_nodes) == expected


def test_mnp304_names_the_nodes_of_every_gap() -> None:
    (finding,) = findings(definition(num_nodes=9, node_groups=groups("1:2", "5", "7:")), ten_nodes)
    assert "0:0, 3:4, 6:6" in finding.message
    assert finding.expected == "all of 0:8"


def test_mnp304_closed_ranges_that_end_too_early_leave_a_gap() -> None:
    assert ids(definition(node_groups=groups("0:2"))) == ["MNP304", "MNP309"]


def test_mnp304_an_unknown_group_may_be_for_the_missing_nodes() -> None:
    first, _ = groups("0:1", "3:")
    assert ids(definition(node_groups=(first, UNKNOWN))) == []


@pytest.mark.parametrize(
    ("target_nodes", "expected"),
    [
        pytest.param("5:2", ["MNP305"], id="reversed"),
        pytest.param("-1:3", ["MNP305"], id="a negative start"),
        pytest.param("0:-3", ["MNP305"], id="a negative end"),
        pytest.param("0-3", ["MNP305"], id="a hyphen"),
        pytest.param("", ["MNP305"], id="an empty text"),
        pytest.param(None, ["MNP305"], id="left out"),
        pytest.param("0:1,2:3", ["MNP305"], id="two ranges in one"),
        pytest.param("Ref::nodes", ["MNP305"], id="parameters are replaced in commands alone"),
        pytest.param("0:4", ["MNP305", "MNP309"], id="it ends behind the last node"),
        pytest.param("0:", [], id="open above"),
        pytest.param(UNKNOWN, [], id="unknown"),
    ],
)
def test_mnp305_a_range_is_well_formed_and_inside(
    target_nodes: object, expected: list[str]
) -> None:
    assert ids(definition(node_groups=(node_group(target_nodes=target_nodes),))) == expected


@pytest.mark.parametrize(
    ("target_nodes", "num_nodes", "expected"),
    [
        pytest.param("1:3", 4, [], id="the last node is the limit"),
        pytest.param("3", 4, [], id="the last node alone"),
        pytest.param("1:3", UNKNOWN, [], id="an unknown number of nodes may be large enough"),
        pytest.param("1:4", 4, ["MNP305"], id="one further"),
        pytest.param("4:", 4, ["MNP305"], id="it starts behind the last node"),
        pytest.param("1:", 1, ["MNP305"], id="behind the only node"),
        pytest.param("1:", 0, ["MNP302"], id="without nodes, that is what is wrong"),
    ],
)
def test_mnp305_a_range_ends_with_the_last_node(
    target_nodes: str, num_nodes: object, expected: list[str]
) -> None:
    inside = definition(num_nodes=num_nodes, node_groups=groups("0:", target_nodes))
    assert ids(inside) == expected


def test_mnp305_says_what_was_written() -> None:
    (finding,) = findings(definition(node_groups=groups("0:", "5:2")))
    assert str(finding.property_path) == "nodeProperties.nodeRangeProperties[1].targetNodes"
    assert finding.actual == "5:2"


@pytest.mark.parametrize(
    ("ranges", "num_nodes", "expected"),
    [
        pytest.param(("0:2", "2:"), 4, ["MNP306"], id="a node in two ranges breaks it"),
        pytest.param(("0:5", "4:"), 10, ["MNP306"], id="partial overlap"),
        pytest.param(("0:", ":"), 4, ["MNP306"], id="of equal ranges neither is the inner one"),
        pytest.param(("0:", "2:3"), 4, [], id="nested at the end"),
        pytest.param((":", "0"), 4, [], id="nested at the start"),
        pytest.param((":", "2:7", "4:5"), 10, [], id="nested twice"),
        pytest.param(("0:1", "2:"), 4, [], id="apart"),
        pytest.param(("0:", UNKNOWN), 4, [], id="an unknown range may be nested"),
        pytest.param(("0:4", "2:6", "0:"), UNKNOWN, ["MNP306"], id="closed ranges, any number"),
        pytest.param(("0:4", "2:"), UNKNOWN, [], id="with five nodes this would be nested"),
    ],
)
def test_mnp306_overlapping_ranges_are_nested(
    ranges: tuple[str, ...], num_nodes: object, expected: list[str]
) -> None:
    assert ids(definition(num_nodes=num_nodes, node_groups=groups(*ranges)), ten_nodes) == expected


def test_mnp306_names_both_ranges() -> None:
    (finding,) = findings(definition(node_groups=groups("0:2", "2:")))
    assert str(finding.property_path) == "nodeProperties.nodeRangeProperties[1].targetNodes"
    assert finding.actual == "0:2 and 2:"


def test_mnp306_is_silent_about_lists_that_are_too_long_anyway() -> None:
    assert ids(definition(node_groups=groups(*["0:"] * 300))) == ["MNP301"]
    assert ids(definition(node_groups=groups(*["0:"] * 6))) == ["MNP301", "MNP306"]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        pytest.param(("0:3",), ["MNP309"], id="one closed range breaks it"),
        pytest.param(("0", "1:3"), ["MNP309"], id="closed ranges alone break it"),
        pytest.param(("0", "1:"), [], id="one open range is enough"),
        pytest.param(("0:", "1:3"), [], id="an open range around a closed one"),
        pytest.param(("0:3", UNKNOWN), [], id="an unknown range may be open"),
    ],
)
def test_mnp309_the_number_of_nodes_can_be_overridden(
    ranges: tuple[str, ...], expected: list[str]
) -> None:
    assert ids(definition(node_groups=groups(*ranges)), ten_nodes) == expected


@pytest.mark.parametrize(
    ("ranges", "num_nodes", "expected"),
    [
        pytest.param(("0:1", "3:4"), 5, {"MNP304"}, id="a gap"),
        pytest.param(("0:2", "2:4"), 5, {"MNP306"}, id="a partial overlap, five nodes"),
        pytest.param(("0:2", "2:4"), 6, {"MNP304", "MNP306"}, id="as the L2 counts its nodes: 6"),
        pytest.param(("5:2",), -2, {"MNP302", "MNP305"}, id="reversed, as the L2 counts: -2"),
        pytest.param(("-3:-1",), 3, {"MNP305"}, id="negative"),
        pytest.param(("0:9", "4:5"), 10, set(), id="the documented nesting has ten nodes"),
        pytest.param(("0:9", "4:5"), 12, {"MNP304"}, id="as the L2 counts its nodes: 12"),
    ],
)
def test_ranges_that_the_stock_constructs_let_through(
    ranges: tuple[str, ...], num_nodes: int, expected: set[str]
) -> None:
    # Closed ranges are all that the stock constructs can write.
    roomy = environment(max_vcpus=12 * VCPUS)
    broken = ids(definition(num_nodes=num_nodes, node_groups=groups(*ranges)), roomy)
    assert set(broken) - {"MNP309"} == expected


def test_the_right_definition_has_four_nodes() -> None:
    assert NUM_NODES == 4
    assert ids() == []


def test_mnp305_compares_the_max_value_of_a_parameter() -> None:
    for most, expected in ((4, []), (3, ["MNP305"])):
        job = definition(
            num_nodes=UNKNOWN, bounds_of_nodes=(None, most), node_groups=groups("0:", "1:3")
        )
        assert ids(job) == expected
