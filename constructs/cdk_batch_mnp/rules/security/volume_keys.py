"""Rules about the KMS keys of the nodes' volumes."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.access import Key
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.policy import ACCOUNT, PARTITION, Principal, decide, service
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules.environments.listed_types import has_instances

_ROLE = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
_CALLERS = (
    # The role of an Auto Scaling group may have a suffix.
    Principal("AWS", ("arn:", PARTITION, ":iam::", ACCOUNT, f":role/{_ROLE}", UNKNOWN)),
    # Whether these work is not documented.
    service("autoscaling"),
    service("ec2"),
)
NEEDED = ("kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext")


@rule(
    ComputeEnvironment,
    "MNP616",
    "EC2 Auto Scaling can use the key of the volumes",
    severity=ERROR,
    why="AWS Batch launches instances through EC2 Auto Scaling, whose service-linked role has no "
    "permission for customer managed keys. If the key policy does not name that role, no instance "
    "with an encrypted volume launches, and jobs stay in RUNNABLE.",
    fix="Allow the service-linked role AWSServiceRoleForAutoScaling in the key policy to use the "
    "key and to create grants.",
    source="https://docs.aws.amazon.com/autoscaling/ec2/userguide/"
    "key-policy-requirements-EBS-encryption.html",
)
def volume_keys(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the policies of keys in the template that encrypt volumes of the launch template.

    Reported at the key. Silent if a statement may allow the role. A key policy that only delegates
    to the account does not: the policy of the service-linked role cannot be changed.
    """
    template = environment.launch_template
    if not has_instances(environment) or not has_value(template):
        return
    for device in () if template.block_devices is UNKNOWN else template.block_devices:
        key = None if device is UNKNOWN else device.key
        if not has_value(key) or key.policy is UNKNOWN:
            continue
        if missing := [action for action in NEEDED if _is_refused(key, action)]:
            yield Violation(
                resource=key,
                property_path=PROPERTIES / "keyPolicy",
                message=f"the key {key.id} of the nodes' volumes does not allow EC2 Auto Scaling "
                f"{', '.join(missing)}",
                actual="no statement for AWSServiceRoleForAutoScaling",
                expected=f"a statement for role/{_ROLE}",
            )


def _is_refused(key: Key, action: str) -> bool:
    policy = key.policy
    return policy is not UNKNOWN and all(
        decide(policy, action, key.arn, caller).allowed is False for caller in _CALLERS
    )
