"""Which network interfaces a node with EFA starts with."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp.instances import InstanceType, default_catalogue
from cdk_batch_mnp.instances.efa_interfaces import InterfacePlace, efa_interfaces

TYPES = (
    "p4d.24xlarge",
    "p5.48xlarge",
    "p5en.48xlarge",
    "p6-b200.48xlarge",
    "p6-b300.48xlarge",
    "trn1.32xlarge",
    "trn2.48xlarge",
    "hpc6id.32xlarge",
    "hpc7a.96xlarge",
    "hpc8a.96xlarge",
    "c5n.18xlarge",
    "c8gn.48xlarge",
    "g6e.48xlarge",
)


def places(name: str) -> tuple[InterfacePlace, ...]:
    facts = default_catalogue().find(name)
    assert facts is not None
    return efa_interfaces(facts)


@pytest.mark.parametrize("name", TYPES)
def test_interfaces_of_well_known_types(name: str, snapshot: SnapshotAssertion) -> None:
    written = [
        f"card {place.network_card_index} device {place.device_index} {place.interface_type}"
        for place in places(name)
    ]
    assert written == snapshot


def test_one_card_has_one_interface_for_both() -> None:
    assert places("c5n.18xlarge") == (
        InterfacePlace(network_card_index=0, device_index=0, interface_type="efa"),
    )


def test_the_first_of_17_cards_has_no_efa() -> None:
    first, *others = places("p6-b300.48xlarge")
    assert first.interface_type == "interface"
    assert [place.network_card_index for place in others] == list(range(1, 17))
    assert {place.interface_type for place in others} == {"efa-only"}


def test_a_node_of_32_cards_takes_one_address() -> None:
    assert sum(place.takes_address for place in places("p5.48xlarge")) == 1


def test_a_type_without_efa_has_no_interfaces_of_its_own() -> None:
    assert places("c5.18xlarge") == ()


def test_unknown_cards_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"network cards of new\.large are unknown"):
        efa_interfaces(InstanceType(name="new.large", vcpus=2))


def fits(instance: InstanceType) -> bool:
    """Whether a node can start with the interfaces, and its task with one more."""
    found = efa_interfaces(instance)
    cards = instance.network_cards
    on_card = [0] * len(cards)
    for place in found:
        on_card[place.network_card_index] += 1
    primary = found[0]
    return (
        all(count <= most for count, most in zip(on_card, cards, strict=True))
        # There is room for the task's interface, and on the first card.
        and sum(on_card) < sum(cards)
        and (cards[0] == 1 or on_card[0] < cards[0])
        and len({(place.network_card_index, place.device_index) for place in found}) == len(found)
        and (primary.network_card_index, primary.device_index) == (0, 0)
        and primary.takes_address
        and sum(place.is_efa for place in found)
        == min(instance.efa_interfaces or 0, sum(cards) - 1)
    )


def test_every_type_with_efa_gets_interfaces_that_it_can_take() -> None:
    with_efa = [instance for instance in default_catalogue() if instance.efa_interfaces]
    assert len(with_efa) > 200
    assert [instance.name for instance in with_efa if not fits(instance)] == []
