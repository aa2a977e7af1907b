"""The root volume of the nodes: size, type, IOPS, throughput."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import CfnParameter, Size
from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from cdk_batch_mnp import ArgumentError
from tests.cdk.apps import add_cluster, errors_of, new_stack, properties_of

GP2 = ec2.EbsDeviceVolumeType.GP2
IO1 = ec2.EbsDeviceVolumeType.IO1
IO2 = ec2.EbsDeviceVolumeType.IO2


def volume_with(**options: Any) -> Mapping[str, Any]:
    """The root volume in the launch template of a cluster with these options."""
    stack = new_stack()
    add_cluster(stack, **options)
    assert errors_of(stack) == []
    data = properties_of(Template.from_stack(stack), "AWS::EC2::LaunchTemplate")
    (mapping,) = data["LaunchTemplateData"]["BlockDeviceMappings"]
    ebs: Mapping[str, Any] = mapping["Ebs"]
    return ebs


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("gp3", 100, None, None)),
        ({"root_volume_iops": 50_000}, ("gp3", 100, 50_000, None)),
        ({"root_volume_throughput": 750}, ("gp3", 100, None, 750)),
        ({"root_volume_iops": 8000, "root_volume_throughput": 2000}, ("gp3", 100, 8000, 2000)),
        (
            {"root_volume_iops": 80_000, "root_volume_size": Size.gibibytes(160)},
            ("gp3", 160, 80_000, None),
        ),
        ({"root_volume_type": GP2}, ("gp2", 100, None, None)),
        ({"root_volume_type": IO1, "root_volume_iops": 5000}, ("io1", 100, 5000, None)),
        ({"root_volume_type": IO2, "root_volume_iops": 100_000}, ("io2", 100, 100_000, None)),
    ],
)
def test_type_and_performance_are_chosen(
    options: dict[str, Any], expected: tuple[str, int, int | None, int | None]
) -> None:
    ebs = volume_with(**options)
    assert (
        ebs["VolumeType"],
        ebs["VolumeSize"],
        ebs.get("Iops"),
        ebs.get("Throughput"),
    ) == expected
    assert ebs["Encrypted"] is True


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"root_volume_iops": 2999}, r"root_volume_iops is 2999.*3000 to 80000"),
        (
            {"root_volume_iops": 80_001, "root_volume_size": Size.gibibytes(1000)},
            r"is 80001.*3000 to 80000",
        ),
        ({"root_volume_iops": 50_001}, r"500 IOPS per GiB, which is 50000 for 100 GiB"),
        ({"root_volume_throughput": 124}, r"is 124 MiB/s.*125 to 2000"),
        (
            {"root_volume_throughput": 2001, "root_volume_iops": 20_000},
            r"is 2001 MiB/s.*125 to 2000",
        ),
        ({"root_volume_throughput": 751}, r"needs 3004 IOPS.*the volume has 3000"),
        ({"root_volume_type": GP2, "root_volume_iops": 3000}, r"IOPS of gp2 follow"),
        ({"root_volume_type": GP2, "root_volume_throughput": 250}, r"gp2 has no such option"),
        ({"root_volume_type": IO1}, r"io1 needs root_volume_iops, 100 to 64000"),
        ({"root_volume_type": IO1, "root_volume_iops": 5001}, r"50 IOPS per GiB"),
        ({"root_volume_type": IO2, "root_volume_iops": 100_001}, r"1000 IOPS per GiB"),
        (
            {"root_volume_type": IO1, "root_volume_iops": 100, "root_volume_throughput": 500},
            r"io1 has no such option",
        ),
        (
            {"root_volume_type": GP2, "root_volume_size": Size.gibibytes(16_385)},
            r"root_volume_size is 16385 GiB.*30 to 16384",
        ),
        ({"root_volume_type": ec2.EbsDeviceVolumeType.ST1}, r"is st1.*gp2, gp3, io1, io2"),
    ],
)
def test_what_ec2_rejects_is_an_error(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        add_cluster(new_stack(), **options)
    assert caught.value.path == "Platform/Cluster/ComputeEnvironment"


def test_numbers_that_are_known_only_at_deployment_are_accepted() -> None:
    stack = new_stack()
    iops = CfnParameter(stack, "Iops", type="Number").value_as_number
    throughput = CfnParameter(stack, "Throughput", type="Number").value_as_number
    add_cluster(stack, root_volume_iops=iops, root_volume_throughput=throughput)
    data = properties_of(Template.from_stack(stack), "AWS::EC2::LaunchTemplate")
    (mapping,) = data["LaunchTemplateData"]["BlockDeviceMappings"]
    assert mapping["Ebs"]["Iops"] == {"Ref": "Iops"}
    assert mapping["Ebs"]["Throughput"] == {"Ref": "Throughput"}


@pytest.mark.parametrize(
    "option",
    [
        {"root_volume_type": GP2},
        {"root_volume_iops": 3000},
        {"root_volume_throughput": 125},
    ],
    ids=str,
)
def test_they_belong_to_the_launch_template_that_is_created(option: dict[str, Any]) -> None:
    stack = new_stack()
    template = ec2.LaunchTemplate(stack, "Template")
    (name,) = option
    with pytest.raises(ArgumentError, match=f"{name} applies to the launch template"):
        add_cluster(stack, launch_template=template, **option)
