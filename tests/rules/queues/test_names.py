"""Names of job queues and their scheduling policies."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from tests.rules.setups import findings, ids, queue


@pytest.mark.parametrize("name", ["nodes.large", "with space", "", "é", "n" * 129])
def test_mnp211_a_name_with_other_characters_or_too_many(name: str) -> None:
    assert ids(queue(name=name)) == ["MNP211"]
    assert ids(queue(policy_name=name)) == ["MNP211"]


@pytest.mark.parametrize("name", ["Nodes_large-2", "n", "n" * 128, None, UNKNOWN])
def test_mnp211_a_right_name(name: Maybe[str] | None) -> None:
    assert ids(queue(name=name, policy_name=name)) == []


def test_mnp211_the_policy_is_named_at_the_queue() -> None:
    (finding,) = findings(queue(policy_name="a b"))
    assert str(finding.property_path) == "schedulingPolicyArn"
    assert "scheduling policy" in finding.message
