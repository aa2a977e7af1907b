"""Which network interfaces an instance starts with, so that every EFA of its type is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cdk_batch_mnp.instances.instance_type import InstanceType

InterfaceType = Literal["interface", "efa", "efa-only"]

_WITH_TASK_INTERFACE = 3
"""Interfaces on the first card for ENA and EFA apart, and for the task's own beside them."""
_FEW_CARDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfacePlace:
    """One network interface of an instance.

    Attributes:
        network_card_index: From 0.
        device_index: On that card, from 0.
        interface_type: ``interface`` for IP alone (ENA), ``efa-only`` for EFA alone, ``efa`` for
            both.

    Source: EC2 API, LaunchTemplateInstanceNetworkInterfaceSpecificationRequest.
    """

    network_card_index: int
    device_index: int
    interface_type: InterfaceType

    @property
    def is_efa(self) -> bool:
        """Whether the interface is an Elastic Fabric Adapter."""
        return self.interface_type != "interface"

    @property
    def takes_address(self) -> bool:
        """Whether the interface takes an IP address of its subnet."""
        return self.interface_type != "efa-only"


def efa_interfaces(instance: InstanceType) -> tuple[InterfacePlace, ...]:
    """Give the interfaces that use every EFA of an instance type; none for a type without EFA.

    Public examples contradict one another. This follows what EC2 documents now for types of several
    network cards: an ENA interface first, because an EFA-only one cannot be the primary; an
    EFA-only interface beside it on the first card, as device 1; and on each further card an
    EFA-only interface as device 0. EFA-only interfaces take no IP address, so a node of 32 cards
    takes one address and not 32.

    Limits of the type change that:

    - A type with one EFA interface fewer than cards has none on the first card (``p6-b300``).
    - The containers of a node have an interface of their own, which ECS attaches to the instance.
      A first card that takes only two interfaces (``p5``, ``hpc7a``, ``trn2``) would have no room
      left for it, so there the primary interface is both ENA and EFA. So it is on types with one
      network card, where that is what EC2 documents. Where the type takes no more interfaces than
      it has EFAs (``hpc6id``), one EFA is given up for it.

    That ECS attaches the task's interface to the first card was not verified in an account.

    Raises:
        ValueError: The type's network cards are not known.

    Source: EC2 User Guide, maximize network bandwidth on instances with multiple network cards.
    """
    if instance.efa_interfaces is None or (instance.efa_interfaces and not instance.network_cards):
        raise ValueError(f"the network cards of {instance.name} are not known")
    cards = instance.network_cards
    # One interface is the task's.
    wanted = min(instance.efa_interfaces, max(sum(cards) - 1, 0))
    if not wanted:
        return ()
    places: list[InterfacePlace] = []
    # The catalogue knows how many EFA interfaces a type has, not which cards they are on. Of the
    # types with fewer than cards, p6-b300 has all but the first, and those of two cards the first.
    if len(cards) > _FEW_CARDS and wanted == len(cards) - 1:
        places.append(_place(0, 0, "interface"))
    elif len(cards) > 1 and cards[0] >= _WITH_TASK_INTERFACE:
        places += [_place(0, 0, "interface"), _place(0, 1, "efa-only")]
    else:
        places.append(_place(0, 0, "efa"))
    further = wanted - any(each.is_efa for each in places)
    places += [_place(card, 0, "efa-only") for card in range(1, further + 1)]
    return tuple(places)


def _place(card: int, device: int, interface_type: InterfaceType) -> InterfacePlace:
    return InterfacePlace(
        network_card_index=card, device_index=device, interface_type=interface_type
    )
