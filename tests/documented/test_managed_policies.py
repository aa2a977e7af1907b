"""The AWS managed policies allow what AWS publishes, as moto copies it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from cdk_batch_mnp.model.managed_policies import managed_policy
from cdk_batch_mnp.model.managed_policy_grants import GRANTS
from cdk_batch_mnp.model.policy import Statement

PUBLISHED: dict[str, Any] = json.loads(aws_managed_policies_data)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def written(statement: Statement) -> list[tuple[Any, ...]]:
    assert isinstance(statement.actions, tuple)
    assert isinstance(statement.resources, tuple)
    return [
        (action, statement.excludes_actions, statement.is_conditional, resource[0])
        for action in statement.actions
        for resource in statement.resources
    ]


def published(statement: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (action, "NotAction" in statement, "Condition" in statement, resource)
        for action in listed(statement.get("Action", statement.get("NotAction")))
        for resource in listed(statement["Resource"])
    ]


@pytest.mark.parametrize("path", sorted(GRANTS))
def test_a_policy_has_the_statements_that_are_published(path: str) -> None:
    folder, _, name = path.rpartition("/")
    actual = PUBLISHED[name]
    assert actual["Path"] == (f"/{folder}/" if folder else "/")
    found = managed_policy(path)
    assert found is not None
    expected = [
        grant for one in listed(actual["Document"]["Statement"]) for grant in published(one)
    ]
    assert sorted(
        grant for one in found if isinstance(one, Statement) for grant in written(one)
    ) == sorted(expected)
