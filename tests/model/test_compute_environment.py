"""Reading compute environments as the API and as CloudFormation spell them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment, Ec2Configuration
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from tests.model.spelling import Spelled, both

ENVIRONMENT = {
    "computeEnvironmentName": "nodes",
    "type": "MANAGED",
    "computeResources": {
        "type": "EC2",
        "minvCpus": 0,
        "maxvCpus": "288",
        "desiredvCpus": 4,
        "instanceTypes": ["c5.18xlarge", UNKNOWN],
        "allocationStrategy": "BEST_FIT_PROGRESSIVE",
        "ec2Configuration": [{"imageType": "ECS_AL2023"}],
        "launchTemplate": {"launchTemplateId": "lt-1", "version": "3"},
    },
}


def read_environment(shape: Spelled, **given: Any) -> ComputeEnvironment:
    references: dict[str, Any] = {
        "launch_template": None,
        "placement_group": None,
        "subnets": (),
        "security_groups": None,
    }
    return ComputeEnvironment.read(ApiStruct(shape), id="Environment", **{**references, **given})


@pytest.mark.parametrize("spelled", both(ENVIRONMENT))
def test_a_compute_environment_is_read_in_both_spellings(spelled: Spelled) -> None:
    read = read_environment(spelled, security_groups=(UNKNOWN,))
    assert (read.name, read.management, read.type) == ("nodes", "MANAGED", "EC2")
    assert (read.min_vcpus, read.desired_vcpus, read.max_vcpus) == (0, 4, 288)
    assert read.instance_types == ("c5.18xlarge", UNKNOWN)
    assert read.allocation_strategy == "BEST_FIT_PROGRESSIVE"
    assert read.ec2_configurations == (Ec2Configuration(image_type="ECS_AL2023"),)
    assert read.launch_template_version == "3"
    assert read.is_eks is False
    assert read.replace_on_update is None
    assert read.security_groups == (UNKNOWN,)
    assert read.known_security_groups == ()


@pytest.mark.parametrize(
    ("launch_template", "expected"),
    [
        (None, None),
        (UNKNOWN, UNKNOWN),
        ({"launchTemplateId": "lt-1"}, "$Default"),
        ({"launchTemplateId": "lt-1", "version": UNKNOWN}, UNKNOWN),
        ({"launchTemplateId": "lt-1", "version": 7}, "7"),
    ],
    ids=["no template", "unknown template", "no version", "unknown version", "a number"],
)
def test_the_version_of_a_launch_template_is_the_default_unless_it_is_set(
    launch_template: object, expected: object
) -> None:
    read = read_environment({"computeResources": {"launchTemplate": launch_template}})
    assert read.launch_template_version == expected


def test_unknown_compute_resources_make_all_their_members_unknown() -> None:
    read = read_environment({"type": "MANAGED", "computeResources": UNKNOWN}, security_groups=())
    assert read.management == "MANAGED"
    for part in ("type", "max_vcpus", "instance_types", "subnets", "security_groups"):
        assert getattr(read, part) is UNKNOWN, part
    assert read.known_subnets == ()
    assert read.interfaces_carry_groups is UNKNOWN


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, False),
        ({"eksConfiguration": {}}, True),
        ({"eksConfiguration": PERHAPS}, UNKNOWN),
        ({"eksConfiguration": UNKNOWN}, True),
    ],
    ids=["ECS", "EKS", "perhaps", "with unknown members"],
)
def test_an_environment_is_of_eks_if_it_says_so(written: Spelled, expected: object) -> None:
    assert read_environment(written).is_eks is expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (None, False),
        (UNKNOWN, UNKNOWN),
        (LaunchTemplate(id="T"), False),
        (LaunchTemplate(id="T", network_interfaces=UNKNOWN), UNKNOWN),
        (LaunchTemplate(id="T", network_interfaces=(UNKNOWN,)), True),
    ],
    ids=["none", "unknown", "without interfaces", "unknown interfaces", "one interface"],
)
def test_interfaces_of_the_launch_template_carry_the_groups(
    template: Any, expected: object
) -> None:
    environment = ComputeEnvironment(id="Environment", launch_template=template)
    assert environment.interfaces_carry_groups is expected


def test_what_the_stock_constructs_write_in_small_letters_is_known_as_well() -> None:
    read = read_environment({"type": "unmanaged", "computeResources": {"type": "spot"}})
    assert (read.management, read.type) == ("UNMANAGED", "SPOT")
