"""The nodes' volumes are encrypted."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.launch_template import BlockDevice
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    findings,
    ids,
    with_template,
)


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        pytest.param(BlockDevice(encrypted=False), ["MNP602"], id="no encryption breaks it"),
        pytest.param(BlockDevice(encrypted=None), ["MNP602"], id="not set breaks it"),
        pytest.param(BlockDevice(encrypted=True), [], id="encrypted"),
        pytest.param(BlockDevice(encrypted=UNKNOWN), [], id="unknown encryption"),
        pytest.param(BlockDevice(is_ebs=False), [], id="instance store is always encrypted"),
        pytest.param(BlockDevice(is_ebs=UNKNOWN), [], id="an unknown kind"),
        pytest.param(UNKNOWN, [], id="an unknown device"),
    ],
)
def test_mnp602_volumes_are_encrypted(device: object, expected: list[str]) -> None:
    assert ids(with_template(block_devices=(device,))) == expected


def test_mnp602_says_whether_encryption_is_set() -> None:
    (refused,) = findings(with_template(block_devices=(BlockDevice(encrypted=False),)))
    (left_out,) = findings(with_template(block_devices=(BlockDevice(encrypted=None),)))
    assert (refused.actual, left_out.actual) == ("false", "not set (the account's default applies)")


def test_mnp602_names_the_volume() -> None:
    devices = (BlockDevice(encrypted=True), BlockDevice(device_name="/dev/xvdb", encrypted=False))
    (finding,) = findings(with_template(block_devices=devices))
    assert str(finding.property_path) == (
        "computeResources.launchTemplate.blockDeviceMappings[1].ebs.encrypted"
    )
    assert "/dev/xvdb" in finding.message
