"""What roles may do, and who may assume them."""

from __future__ import annotations

from cdk_batch_mnp.model.managed_policies import managed_policy
from cdk_batch_mnp.model.policy import Principal, Statement, Statements
from cdk_batch_mnp.model.role import Role, trusting
from cdk_batch_mnp.model.unknown import UNKNOWN

READ = "s3:GetObject"
PULL = "ecr:BatchGetImage"
OBJECT = ("arn:aws:s3:::data/input",)


def policy(name: str) -> Statements:
    """The statements of an AWS managed policy."""
    found = managed_policy(name)
    assert found is not None
    return found


def test_a_role_may_do_what_its_policies_allow() -> None:
    role = Role(id="Role", statements=policy("service-role/AmazonECSTaskExecutionRolePolicy"))
    assert role.decide(PULL).allowed is True
    assert role.decide(READ).allowed is False


def test_a_role_without_known_policies_may_do_anything() -> None:
    assert Role(id="Role").decide(READ).allowed is UNKNOWN


def test_a_role_may_do_no_more_than_its_boundary() -> None:
    everything = policy("AdministratorAccess")
    role = Role(id="Role", statements=everything, boundary=policy("AmazonS3ReadOnlyAccess"))
    assert role.decide(READ).allowed is True
    assert role.decide(PULL).reason == "the permissions boundary forbids it"
    assert Role(id="Role", statements=everything, boundary=UNKNOWN).decide(PULL).allowed is UNKNOWN
    assert Role(id="Role", statements=(), boundary=everything).decide(PULL).allowed is False


def test_the_policy_of_a_resource_may_allow_what_the_role_does_not() -> None:
    role = Role(id="Role", statements=(), arn=("arn:aws:iam::123456789012:role/job",))
    bucket = Statement(
        actions=("s3:*",), resources=(("*",),), principals=(Principal("AWS", role.arn),)
    )
    assert role.decide_with((bucket,), READ, OBJECT).allowed is True
    assert role.decide_with((), READ, OBJECT).allowed is False
    assert role.decide_with(UNKNOWN, READ, OBJECT).allowed is UNKNOWN


def test_a_role_may_be_assumed_by_the_services_of_its_trust_policy() -> None:
    role = Role(id="Role", trust=trusting("ec2.amazonaws.com", "ssm.amazonaws.com"))
    assert role.may_be_assumed_by("ec2") is True
    assert role.may_be_assumed_by("batch") is False
    assert role.trusted_services == "ec2.amazonaws.com, ssm.amazonaws.com"
    assert Role(id="Role").may_be_assumed_by("ec2") is UNKNOWN


def test_a_trust_policy_that_denies_a_service_keeps_it_from_the_role() -> None:
    ec2 = (Principal("Service", ("ec2.amazonaws.com",)),)
    denied = Statement(is_deny=True, actions=("sts:*",), resources=None, principals=ec2)
    role = Role(id="Role", trust=(*trusting("ec2.amazonaws.com"), denied))
    assert role.may_be_assumed_by("ec2") is False
