"""AWS managed policies by name."""

from __future__ import annotations

from cdk_batch_mnp.model.managed_policies import managed_policy, path_of
from cdk_batch_mnp.model.policy import decide
from cdk_batch_mnp.model.unknown import UNKNOWN


def test_a_policy_is_found_under_its_path_alone() -> None:
    assert managed_policy("service-role/AWSBatchServiceRole") is not None
    assert managed_policy("AWSBatchServiceRole") is None
    assert path_of("AWSBatchServiceRole") == "service-role/AWSBatchServiceRole"


def test_other_policies_are_not_known() -> None:
    assert managed_policy("ReadOnlyAccess") is None
    assert path_of("ReadOnlyAccess") is None


def test_a_misspelt_name_stands_for_a_policy() -> None:
    right = "service-role/AmazonEC2ContainerServiceforEC2Role"
    assert path_of("AmazonEC2ContainerServiceForEC2Role") == right
    assert path_of("AmazonEC2ContainerServiceforEC2Roles") == right
    assert path_of("AmazonEC3ContainerServiceforEC2Role") is None


def test_power_users_do_everything_but_manage_identities() -> None:
    power = managed_policy("PowerUserAccess")
    assert power is not None
    assert decide(power, "secretsmanager:GetSecretValue").allowed is True
    assert decide(power, "iam:PassRole").allowed is False


def test_what_depends_on_a_condition_is_not_known() -> None:
    service = managed_policy("service-role/AWSBatchServiceRole")
    assert service is not None
    assert decide(service, "iam:PassRole").allowed is UNKNOWN
