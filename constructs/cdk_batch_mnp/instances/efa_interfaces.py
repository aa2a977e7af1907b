"""Network interfaces that use every EFA of an instance type."""

from __future__ import annotations

from typing import Literal

from cdk_batch_mnp.instances.instance_type import InstanceType
from cdk_batch_mnp.lazy.dataclass import dataclass

InterfaceType = Literal["interface", "efa", "efa-only"]

_WITH_TASK_INTERFACE = 3
"""Interfaces on the first card for a separate ENA and EFA interface and the task's own."""
_FEW_CARDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfacePlace:
    """One network interface of an instance.

    Attributes:
        network_card_index: From 0.
        device_index: On that card, from 0.
        interface_type: ``interface`` for IP only (ENA), ``efa-only`` for EFA only, ``efa`` for
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
        """Whether the interface has an IP address of its subnet."""
        return self.interface_type != "efa-only"


def efa_interfaces(instance: InstanceType) -> tuple[InterfacePlace, ...]:
    """Return the interfaces that use every EFA of an instance type; none for a type without EFA.

    Public examples contradict one another. This follows the current EC2 documentation for types
    with several network cards: the primary is an ENA interface, because it cannot be EFA-only; an
    EFA-only interface is device 1 of the first card; and every other card has an EFA-only interface
    as device 0. EFA-only interfaces have no IP address, so a node with 32 cards uses one address
    instead of 32.

    There are exceptions:

    - A type with one EFA interface fewer than cards has none on the first card (``p6-b300``).
    - ECS attaches another interface for the node's task. If the first card supports only two
      interfaces (``p5``, ``hpc7a``, ``trn2``), there is no room for it, so the primary interface is
      both ENA and EFA. The same applies to types with one network card, as EC2 documents. If the
      type supports no more interfaces than EFAs (``hpc6id``), one EFA is left out.

    It was not verified in an account that ECS attaches the task's interface to the first card.

    Raises:
        ValueError: The network cards of the type are unknown.

    Source: EC2 User Guide, maximize network bandwidth on instances with multiple network cards.
    """
    if instance.efa_interfaces is None or (instance.efa_interfaces and not instance.network_cards):
        raise ValueError(f"the network cards of {instance.name} are unknown")
    cards = instance.network_cards
    # One interface is for the task.
    wanted = min(instance.efa_interfaces, max(sum(cards) - 1, 0))
    if not wanted:
        return ()
    places: list[InterfacePlace] = []
    # The catalogue has the number of EFA interfaces, not their cards. Of the types with fewer EFAs
    # than cards, p6-b300 has none on the first card, and types with two cards have one on it.
    if len(cards) > _FEW_CARDS and wanted == len(cards) - 1:
        places.append(_place(0, 0, "interface"))
    elif len(cards) > 1 and cards[0] >= _WITH_TASK_INTERFACE:
        places += [_place(0, 0, "interface"), _place(0, 1, "efa-only")]
    else:
        places.append(_place(0, 0, "efa"))
    further = wanted - any(place.is_efa for place in places)
    places += [_place(card, 0, "efa-only") for card in range(1, further + 1)]
    return tuple(places)


def _place(card: int, device: int, interface_type: InterfaceType) -> InterfacePlace:
    return InterfacePlace(
        network_card_index=card, device_index=device, interface_type=interface_type
    )
