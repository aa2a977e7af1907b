"""Actions that a role does not allow."""

from __future__ import annotations

from cdk_batch_mnp.rules.security.lacking import lacking
from tests.rules.security.role_setups import allow, role


def test_it_lists_the_actions_that_no_policy_allows() -> None:
    found = lacking(role(allow("s3:Get*")), ("s3:GetObject", "s3:PutObject", "ec2:RunInstances"))
    assert found is not None
    assert found.actions == "s3:PutObject, ec2:RunInstances"
    assert found.reasons == "no policy allows it"


def test_a_role_that_may_allow_everything_lacks_nothing() -> None:
    assert lacking(role(allow("s3:*", is_conditional=True)), ("s3:GetObject",)) is None
