"""Rules about encryption of the nodes' storage."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value


@rule(
    ComputeEnvironment,
    "MNP602",
    "EBS volumes of the nodes are encrypted",
    severity=WARNING,
    why="Anyone with access to a copy of an unencrypted volume can read the jobs' data.",
    fix="Set Encrypted to true on each EBS volume of the launch template.",
    source="https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
)
def encrypted_volumes(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports EBS volumes of the launch template whose encryption is disabled or not set."""
    template = environment.launch_template
    if not has_value(template) or template.block_devices is UNKNOWN:
        return
    for position, device in enumerate(template.block_devices):
        if device is UNKNOWN or device.is_ebs is not True:
            continue
        if device.encrypted is None or device.encrypted is False:
            yield Violation(
                resource=environment,
                property_path=COMPUTE_RESOURCES
                / "launchTemplate"
                / "blockDeviceMappings"
                / position
                / "ebs"
                / "encrypted",
                message=f"volume {device.device_name} of {template.id} is not encrypted",
                actual="false"
                if device.encrypted is False
                else "not set (the account's default applies)",
                expected="true",
            )
