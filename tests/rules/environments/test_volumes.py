"""The volumes of nodes: their limits, and which of them is the root volume."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment, Ec2Configuration
from cdk_batch_mnp.model.launch_template import BlockDevice
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import BLOCKS_INSTANCE_ROLE, findings, ids, user_data, with_template


def volume(**changes: Any) -> BlockDevice:
    """A volume beside the root volume."""
    return BlockDevice(**{"device_name": "/dev/sdf", "encrypted": True, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"volume_type": "gp3", "size_gib": 1}, []),
        ({"volume_type": "gp3", "size_gib": 65_537}, ["MNP147"]),
        ({"volume_type": "gp2", "size_gib": 16_384}, []),
        ({"volume_type": "gp2", "size_gib": 16_385}, ["MNP147"]),
        ({"volume_type": "st1", "size_gib": 124}, ["MNP147"]),
        ({"volume_type": "st1", "size_gib": 125}, []),
        ({"volume_type": UNKNOWN, "size_gib": 100_000}, []),
        ({"volume_type": None, "size_gib": 100_000}, []),
        ({"volume_type": "gp3", "size_gib": UNKNOWN}, []),
    ],
)
def test_mnp147_the_size_of_a_volume(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(with_template(block_devices=(volume(**changes),))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"volume_type": "io1"}, ["MNP147"]),
        ({"volume_type": "io2", "iops": UNKNOWN}, []),
        ({"volume_type": "io1", "iops": 100, "size_gib": 4}, []),
        ({"volume_type": "io1", "iops": 5000, "size_gib": 100}, []),
        ({"volume_type": "io1", "iops": 5001, "size_gib": 100}, ["MNP147"]),
        ({"volume_type": "gp3", "iops": 2999}, ["MNP147"]),
        ({"volume_type": "gp3", "iops": 80_000}, []),
        ({"volume_type": "gp3", "iops": 80_001}, ["MNP147"]),
        ({"volume_type": "gp3", "iops": 3000, "size_gib": 1}, []),
        ({"volume_type": "gp2", "iops": 3000}, ["MNP147"]),
        ({"volume_type": "gp2", "iops": UNKNOWN}, []),
    ],
)
def test_mnp147_provisioned_iops(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(with_template(block_devices=(volume(**changes),))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"throughput": 125}, []),
        ({"throughput": 124}, ["MNP147"]),
        ({"throughput": 750}, []),
        ({"throughput": 751}, ["MNP147"]),
        ({"throughput": 2000, "iops": 8000}, []),
        ({"throughput": 2001, "iops": 80_000}, ["MNP147"]),
        ({"throughput": 1000, "iops": UNKNOWN}, []),
        ({"throughput": UNKNOWN}, []),
        ({"throughput": 125, "volume_type": "gp2"}, ["MNP147"]),
        ({"throughput": 5000, "volume_type": UNKNOWN}, []),
    ],
)
def test_mnp147_throughput(changes: dict[str, Any], expected: list[str]) -> None:
    changed = volume(**{"volume_type": "gp3", **changes})
    assert ids(with_template(block_devices=(changed,))) == expected


def on_image(around: dict[str, Any], devices: tuple[BlockDevice, ...]) -> ComputeEnvironment:
    """An environment that is changed, with these volumes."""
    return replace(with_template(block_devices=devices), **around)


OWN_AMI = (Ec2Configuration(image_type="ECS_AL2023", image_id_override="ami-0123456789abcdef0"),)


@pytest.mark.parametrize(
    ("device", "size", "around", "expected"),
    [
        ("/dev/xvda", 29, {}, ["MNP147"]),
        ("/dev/xvda", 30, {}, []),
        ("/dev/xvda", UNKNOWN, {}, []),
        ("/dev/xvda", None, {}, []),
        ("/dev/sdf", 8, {}, []),
        ("/dev/xvda", 8, {"ec2_configurations": OWN_AMI}, []),
        ("/dev/xvda", 8, {"is_eks": UNKNOWN}, []),
    ],
)
def test_mnp147_the_root_volume_holds_the_snapshot_of_the_ami(
    device: str, size: Any, around: dict[str, Any], expected: list[str]
) -> None:
    devices = (volume(device_name=device, size_gib=size),)
    found = [
        finding.rule.id
        for finding in findings(on_image(around, devices))
        if finding.rule.id == "MNP147"
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("/dev/sda1",), ["MNP148"]),
        (("/dev/xvdcz",), ["MNP148"]),
        (("/dev/xvda",), []),
        (("/dev/xvda", "/dev/xvdcz"), []),
        (("/dev/sdf",), []),
        ((UNKNOWN, "/dev/sda1"), []),
        ((None,), []),
    ],
)
def test_mnp148_the_name_of_the_root_device(names: tuple[Any, ...], expected: list[str]) -> None:
    devices = tuple(volume(device_name=name) for name in names)
    assert ids(with_template(block_devices=devices)) == expected


def test_mnp148_says_nothing_about_another_ami() -> None:
    devices = (volume(device_name="/dev/sda1"),)
    own = on_image({"ec2_configurations": OWN_AMI}, devices)
    assert "MNP148" not in ids(own)


def test_mnp148_says_nothing_about_a_volume_that_is_mounted() -> None:
    mounted = user_data(BLOCKS_INSTANCE_ROLE, "mkfs -t xfs /dev/xvdcz", "mount /dev/xvdcz /scratch")
    devices = (volume(device_name="/dev/xvdcz"),)
    assert "MNP148" not in ids(with_template(block_devices=devices, user_data=mounted))
