"""The keys of the nodes' volumes."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.access import Key
from cdk_batch_mnp.model.launch_template import BlockDevice
from cdk_batch_mnp.model.policy import Principal
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.security.role_setups import allow, allow_to
from tests.rules.setups import findings, ids, with_template

ROLE = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
ROOT = allow_to(("arn:aws:iam::123456789012:root",), "kms:*")
SCALING = allow_to((f"arn:aws:iam::123456789012:{ROLE}",), "kms:*")


def encrypted_with(policy: Any) -> Any:
    """An environment whose volumes are encrypted with a key."""
    key = Key(id="Stack/Key", arn=("arn:aws:kms:eu-west-1:123456789012:key/1",), policy=policy)
    return with_template(
        block_devices=(BlockDevice(device_name="/dev/xvda", encrypted=True, key=key),)
    )


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param((ROOT, SCALING), [], id="Auto Scaling"),
        pytest.param((ROOT,), ["MNP616"], id="the account alone"),
        pytest.param((), ["MNP616"], id="the default policy"),
        pytest.param((ROOT, allow_to(("*",), "kms:*")), [], id="everything"),
        pytest.param(
            (ROOT, allow_to(("*",), "kms:*", is_conditional=True)), [], id="under a condition"
        ),
        pytest.param(
            (ROOT, allow_to((f"arn:aws:iam::123456789012:{ROLE}_solvers",), "kms:*")),
            [],
            id="a role with a suffix",
        ),
        pytest.param(
            (ROOT, allow("kms:*", principals=(Principal("Service", ("ec2.amazonaws.com",)),))),
            [],
            id="a service",
        ),
        pytest.param(
            (ROOT, allow_to((f"arn:aws:iam::123456789012:{ROLE}",), "kms:Decrypt")),
            ["MNP616"],
            id="too few actions",
        ),
        pytest.param((ROOT, UNKNOWN), [], id="an unknown statement"),
        pytest.param(UNKNOWN, [], id="an unknown policy"),
    ],
)
def test_mnp616_auto_scaling_may_use_the_key(policy: Any, expected: list[str]) -> None:
    assert ids(encrypted_with(policy)) == expected


@pytest.mark.parametrize("key", [None, UNKNOWN])
def test_mnp616_is_about_known_customer_managed_keys(key: Any) -> None:
    volume = BlockDevice(device_name="/dev/xvda", encrypted=True, key=key)
    assert ids(with_template(block_devices=(volume, UNKNOWN))) == []
    assert ids(with_template(block_devices=UNKNOWN)) == []


def test_mnp616_is_reported_at_the_key() -> None:
    (finding,) = findings(encrypted_with((ROOT,)))
    assert finding.resource_id == "Stack/Key"
    assert "kms:CreateGrant" in finding.message
