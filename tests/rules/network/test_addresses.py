"""How many addresses the nodes of a job take."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.efa_setups import efa_environment, efa_interfaces, efa_job, interface
from tests.rules.setups import definition, environment, findings, groups, ids, subnet

TWO_EACH = 8
"""Addresses of the right setup's four nodes: of the instance and of its task."""


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        pytest.param((subnet(addresses=TWO_EACH - 1),), ["MNP412"], id="one too few"),
        pytest.param((subnet(addresses=TWO_EACH),), [], id="just enough is the limit"),
        pytest.param((subnet(addresses=UNKNOWN),), [], id="unknown addresses"),
        pytest.param((subnet(addresses=3), subnet(id="Stack/Other", addresses=5)), [], id="two"),
        pytest.param(
            (subnet(addresses=3), subnet(id="Stack/Other", addresses=UNKNOWN)),
            [],
            id="one of two may have more",
        ),
        pytest.param((subnet(addresses=3), UNKNOWN), [], id="as may an unknown one"),
        pytest.param(UNKNOWN, [], id="and unknown ones"),
        pytest.param((), [], id="none: the launch template may name one"),
    ],
)
def test_mnp412_there_are_addresses_for_every_node(subnets: object, expected: list[str]) -> None:
    assert ids(environment(subnets=subnets)) == expected


def test_mnp412_a_subnet_that_is_named_twice_has_its_addresses_once() -> None:
    small = subnet(addresses=TWO_EACH - 1)
    assert ids(environment(subnets=(small, small))) == ["MNP412"]


@pytest.mark.parametrize(
    ("ranges", "room", "expected"),
    [
        pytest.param(("0:",), 2, [], id="one node at least"),
        pytest.param(("0:",), 1, ["MNP412"], id="no room for one node"),
        pytest.param(("0:3",), 8, ["MNP309"], id="room for the nodes of a range"),
        pytest.param(("0:3",), 7, ["MNP309", "MNP412"], id="no room for them"),
        pytest.param((UNKNOWN,), 2, [], id="an unknown range"),
    ],
)
def test_mnp412_counts_the_nodes_of_ranges_if_their_number_is_unknown(
    ranges: tuple[str, ...], room: int, expected: list[str]
) -> None:
    job = definition(num_nodes=UNKNOWN, node_groups=groups(*ranges))
    assert ids(job, environment(subnets=(subnet(addresses=room),))) == expected


@pytest.mark.parametrize(
    ("interfaces", "needed"),
    [
        pytest.param(efa_interfaces(), 8, id="efa-only takes none"),
        pytest.param(tuple(interface(card, 0, "efa") for card in range(4)), 20, id="efa takes one"),
        pytest.param((interface(0, 0), interface(1, 0)), 12, id="as do ordinary ones"),
        pytest.param((interface(0, 0), interface(1, 0, UNKNOWN)), 8, id="an unknown may take none"),
        pytest.param((UNKNOWN,), 8, id="there is always a primary one"),
        pytest.param(UNKNOWN, 8, id="also of unknown ones"),
    ],
)
def test_mnp412_counts_each_interface_that_takes_an_address(
    interfaces: object, needed: int
) -> None:
    def is_reported(addresses: int) -> bool:
        small = efa_environment(interfaces, subnets=(subnet(addresses=addresses),))
        return "MNP412" in ids(efa_job(), small)

    assert is_reported(needed - 1)
    assert not is_reported(needed)


def test_mnp412_says_how_many_are_missing() -> None:
    (finding,) = findings(environment(subnets=(subnet(addresses=7),)))
    assert (finding.actual, finding.expected) == ("8 addresses", "at most 7")


def test_mnp412_leaves_pods_alone() -> None:
    for is_eks in (True, UNKNOWN):
        other = environment(subnets=(subnet(addresses=1),), is_eks=is_eks)
        assert "MNP412" not in ids(other)
