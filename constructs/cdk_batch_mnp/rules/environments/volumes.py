"""Rules about the EBS volumes of nodes."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import LAUNCH_TEMPLATE, ComputeEnvironment
from cdk_batch_mnp.model.launch_template import BlockDevice
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.model.volume_type import (
    DEFAULT_IOPS_OF_GP3,
    IOPS_PER_MIB_PER_SECOND,
    MAX_THROUGHPUT,
    MIN_ROOT_GIB,
    MIN_THROUGHPUT,
    VOLUME_TYPES,
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
_Fault = tuple[str, str, object, str]
"""The property, what is wrong with it, its value, and the expected value."""


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
        kind = VOLUME_TYPES.get(device.volume_type) if has_value(device.volume_type) else None
        faults = [] if kind is None else list(_faults(device, kind))
        size = device.size_gib
        if has_value(size) and size < MIN_ROOT_GIB and _is_root_of_ecs(environment, device):
            problem = f"the root volume has {size} GiB, fewer than the AMI's {MIN_ROOT_GIB}"
            faults.append(("volumeSize", problem, size, f"at least {MIN_ROOT_GIB}"))
        for member, problem, actual, expected in faults:
            yield Violation(
                resource=environment,
                property_path=LAUNCH_TEMPLATE / "blockDeviceMappings" / position / "ebs" / member,
                message=problem,
                actual=actual,
                expected=expected,
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


def _faults(device: BlockDevice, kind: VolumeType) -> Iterator[_Fault]:
    name, size = device.volume_type, device.size_gib
    least, most = kind.sizes_gib
    if has_value(size) and not least <= size <= most:
        problem = f"the volume has {size} GiB, but {name} has {least} to {most}"
        yield "volumeSize", problem, size, f"{least} to {most}"
    iops = device.iops
    if kind.iops is None:
        if has_value(iops):
            yield "iops", f"IOPS are set, but those of {name} follow from its size", iops, "not set"
    elif iops is None:
        if name != "gp3":
            yield "iops", f"{name} requires IOPS", "not set", "{} to {}".format(*kind.iops)
    elif has_value(iops):
        yield from _iops_faults(device, kind, kind.iops, iops)
    yield from _throughput_faults(device)


def _iops_faults(
    device: BlockDevice, kind: VolumeType, limits: tuple[int, int], iops: int
) -> Iterator[_Fault]:
    name, size = device.volume_type, device.size_gib
    least, most = limits
    if not least <= iops <= most:
        problem = f"the volume has {iops} IOPS, but {name} has {least} to {most}"
        yield "iops", problem, iops, f"{least} to {most}"
    elif has_value(size) and iops > kind.most_iops(size):
        problem = f"the volume has {iops} IOPS, but {name} has at most {kind.iops_per_gib} per GiB"
        yield "iops", problem, iops, f"at most {kind.most_iops(size)}"


def _throughput_faults(device: BlockDevice) -> Iterator[_Fault]:
    throughput = device.throughput
    if not has_value(throughput):
        return
    iops = DEFAULT_IOPS_OF_GP3 if device.iops is None else device.iops
    if device.volume_type != "gp3":
        problem = f"throughput is set, but {device.volume_type} has no such option"
        yield "throughput", problem, throughput, "not set"
    elif not MIN_THROUGHPUT <= throughput <= MAX_THROUGHPUT:
        problem = f"the volume has {throughput} MiB/s of throughput"
        yield "throughput", problem, throughput, f"{MIN_THROUGHPUT} to {MAX_THROUGHPUT}"
    elif has_value(iops) and throughput * IOPS_PER_MIB_PER_SECOND > iops:
        problem = f"{throughput} MiB/s need {throughput * IOPS_PER_MIB_PER_SECOND} IOPS"
        yield "throughput", problem, throughput, f"at most {iops // IOPS_PER_MIB_PER_SECOND}"
