"""Reading launch templates as the API and as CloudFormation spell them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.launch_template import (
    BlockDevice,
    CapacityReservationSpecification,
    LaunchTemplate,
    NetworkInterface,
)
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.model.spelling import Spelled, both

TEMPLATE: dict[str, Any] = {
    "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2},
    "blockDeviceMappings": [
        {"deviceName": "/dev/xvda", "ebs": {"encrypted": True}},
        {"deviceName": "/dev/xvdb", "virtualName": "ephemeral0"},
    ],
    "networkInterfaces": [
        {"deviceIndex": 0, "networkCardIndex": 0, "interfaceType": "efa", "groups": ["sg-1"]}
    ],
    "instanceMarketOptions": {"marketType": "capacity-block"},
    "capacityReservationSpecification": {
        "capacityReservationTarget": {"capacityReservationId": "cr-1"}
    },
    "placement": {"groupName": "nodes"},
    "cpuOptions": {"threadsPerCore": 1},
    "userData": "IyEvYmluL3No",
}


@pytest.mark.parametrize("spelled", both(TEMPLATE))
def test_a_launch_template_is_read_in_both_spellings(spelled: Spelled) -> None:
    assert LaunchTemplate.read(ApiStruct(spelled), id="Template", user_data="#!/bin/sh") == (
        LaunchTemplate(
            id="Template",
            http_tokens="required",
            http_put_response_hop_limit=2,
            block_devices=(
                BlockDevice(device_name="/dev/xvda", is_ebs=True, encrypted=True),
                BlockDevice(device_name="/dev/xvdb", is_ebs=False),
            ),
            network_interfaces=(
                NetworkInterface(
                    device_index=0,
                    network_card_index=0,
                    interface_type="efa",
                    security_groups=("sg-1",),
                ),
            ),
            market_type="capacity-block",
            capacity_reservation=CapacityReservationSpecification(reservation_id="cr-1"),
            placement_group="nodes",
            threads_per_core=1,
            user_data="#!/bin/sh",
        )
    )


def test_an_empty_launch_template_says_nothing() -> None:
    assert LaunchTemplate.read(ApiStruct({}), id="Template") == LaunchTemplate(id="Template")


@pytest.mark.parametrize(
    ("member", "parts"),
    [
        ("metadataOptions", ["http_tokens", "http_put_response_hop_limit"]),
        ("blockDeviceMappings", ["block_devices"]),
        ("networkInterfaces", ["network_interfaces"]),
        ("instanceMarketOptions", ["market_type"]),
        ("capacityReservationSpecification", ["capacity_reservation"]),
        ("placement", ["placement_group"]),
        ("cpuOptions", ["threads_per_core"]),
        ("userData", ["user_data"]),
        ("securityGroupIds", ["security_groups"]),
    ],
)
def test_an_unknown_member_of_a_launch_template_is_unknown(member: str, parts: list[str]) -> None:
    read = LaunchTemplate.read(ApiStruct({**TEMPLATE, member: UNKNOWN}), id="Template")
    for part in parts:
        assert getattr(read, part) is UNKNOWN, part


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(None, False), ("interface", False), ("efa", True), ("efa-only", True), (UNKNOWN, UNKNOWN)],
)
def test_an_efa_interface_is_known_by_its_type(kind: Any, expected: object) -> None:
    assert NetworkInterface(interface_type=kind).is_efa is expected
