"""Rules about the EBS volumes of nodes."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import LAUNCH_TEMPLATE, ComputeEnvironment
from cdk_batch_mnp.model.launch_template import BlockDevice
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.model.volume_type import (
    MIN_ROOT_GIB,
    VOLUME_TYPES,
    VolumeFault,
    VolumeProblem,
    VolumeType,
)
from cdk_batch_mnp.rules.environments.images import image_types
from cdk_batch_mnp.rules.security.scripts import may_do

ROOT_DEVICE = "/dev/xvda"
"""The root device of the AMIs that AWS Batch selects."""
OTHER_DEVICES = ("/dev/sda1", "/dev/sda", "/dev/xvdcz")
"""The root devices of other AMIs, and the device for images of Amazon Linux 1."""

_USES_VOLUME = r"(?i)mkfs|mount|fs_setup|disk_setup|pvcreate|mdadm"

_EBS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EbsBlockDevice.html"

_MESSAGES = {
    ("volumeSize", VolumeProblem.OUT_OF_RANGE): "the volume has {fault.value} GiB, but {type} has "
    "{fault.allowed}",
    ("iops", VolumeProblem.NOT_AN_OPTION): "IOPS are set, but those of {type} follow from its size",
    ("iops", VolumeProblem.REQUIRED): "{type} requires IOPS",
    ("iops", VolumeProblem.OUT_OF_RANGE): "the volume has {fault.value} IOPS, but {type} has "
    "{fault.allowed}",
    ("iops", VolumeProblem.ABOVE_RATIO): "the volume has {fault.value} IOPS, but {type} has at "
    "most {limits.iops_per_gib} per GiB",
    ("throughput", VolumeProblem.NOT_AN_OPTION): "throughput is set, but {type} has no such option",
    ("throughput", VolumeProblem.OUT_OF_RANGE): "the volume has {fault.value} MiB/s of throughput",
    ("throughput", VolumeProblem.ABOVE_RATIO): "{fault.value} MiB/s need {fault.needed_iops} IOPS",
}


@rule(
    ComputeEnvironment,
    "MNP147",
    "EBS volumes are within the limits of their type",
    severity=ERROR,
    why="EC2 rejects the launch of an instance with such a volume: no node starts, and jobs stay "
    "in RUNNABLE.",
    fix="Correct the size, the IOPS or the throughput of the volume, or choose another type.",
    source=_EBS,
)
def volume_limits(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares size, IOPS and throughput of each EBS volume with the limits of its type.

    io1 and io2 require IOPS. The root volume (/dev/xvda) has at least the 30 GiB of the snapshot
    of the AMI, if AWS Batch selects an ECS AMI. Silent about what is unknown.
    """
    for position, device in _volumes(environment):
        properties = LAUNCH_TEMPLATE / "blockDeviceMappings" / position / "ebs"
        name = device.volume_type
        limits = VOLUME_TYPES.get(name) if has_value(name) else None
        for fault in _faults(device, limits):
            message = _MESSAGES[fault.member, fault.problem]
            yield Violation(
                resource=environment,
                property_path=properties / fault.member,
                message=message.format(type=name, fault=fault, limits=limits),
                actual="not set" if fault.value is None else fault.value,
                expected=fault.allowed,
            )
        size = device.size_gib
        if has_value(size) and size < MIN_ROOT_GIB and _is_root_of_ecs(environment, device):
            yield Violation(
                resource=environment,
                property_path=properties / "volumeSize",
                message=f"the root volume has {size} GiB, fewer than the AMI's {MIN_ROOT_GIB}",
                actual=size,
                expected=f"at least {MIN_ROOT_GIB}",
            )


@rule(
    ComputeEnvironment,
    "MNP148",
    "The root volume is mapped by the device name of the AMI",
    severity=WARNING,
    why="The root device of the AMIs that AWS Batch selects is /dev/xvda. EC2 attaches a volume of "
    "another name in addition, and the root volume, which holds images and containers, keeps its "
    "30 GiB and is encrypted only if the account's default says so.",
    fix="Set the device name to /dev/xvda, or remove the mapping.",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html",
)
def root_device(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports /dev/sda1, the root device of other AMIs, and /dev/xvdcz, of Amazon Linux 1.

    Silent if a mapping has the right name, if the AMI may be another one, and if the user data may
    format or mount the volume.
    """
    template, images = environment.launch_template, image_types(environment)
    names = {device.device_name for _, device in _volumes(environment)}
    if {ROOT_DEVICE, UNKNOWN} & names or images is UNKNOWN or "AL1" in images:
        return
    if not has_value(template) or may_do(template.user_data, _USES_VOLUME):
        return
    for position, device in _volumes(environment):
        if has_value(device.device_name) and device.device_name in OTHER_DEVICES:
            yield Violation(
                resource=environment,
                property_path=LAUNCH_TEMPLATE / "blockDeviceMappings" / position / "deviceName",
                message=f"{device.device_name} is not the root device of the AMI",
                actual=device.device_name,
                expected=ROOT_DEVICE,
            )


def _volumes(environment: ComputeEnvironment) -> Iterator[tuple[int, BlockDevice]]:
    template = environment.launch_template
    if not has_value(template) or template.block_devices is UNKNOWN:
        return
    for position, device in enumerate(template.block_devices):
        if device is not UNKNOWN and device.is_ebs is True:
            yield position, device


def _is_root_of_ecs(environment: ComputeEnvironment, device: BlockDevice) -> bool:
    images = image_types(environment)
    return (
        device.device_name == ROOT_DEVICE
        and environment.is_eks is False
        and images is not UNKNOWN
        and "AL1" not in images
    )


def _faults(device: BlockDevice, limits: VolumeType | None) -> Iterator[VolumeFault]:
    if limits is None:
        return
    for fault in limits.faults(
        size_gib=device.size_gib, iops=device.iops, throughput=device.throughput
    ):
        # An unknown option may be one that is not set.
        if fault.value is not UNKNOWN:
            yield fault
