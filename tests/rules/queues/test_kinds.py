"""What kind of jobs a queue is for."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import definition, environment, ids, node_group, queue

on_eks = environment(is_eks=True, ec2_configurations=())
pods = definition(node_groups=(node_group(kinds=("eksProperties",)),))


@pytest.mark.parametrize(
    ("type", "expected"),
    [
        (None, []),
        ("ECS", []),
        ("EKS", ["MNP209"]),
        ("ECS_FARGATE", ["MNP209"]),
        ("ECS_MANAGED_INSTANCES", ["MNP209"]),
        ("SAGEMAKER_TRAINING", ["MNP209"]),
        (UNKNOWN, []),
    ],
)
def test_mnp209_the_type_of_a_queue_on_ecs(type: Any, expected: list[str]) -> None:
    assert ids(queue(type=type)) == expected
    assert ids(queue(environment(type=UNKNOWN), type=type)) == []
    assert ids(queue(environment(type="A_NEW_TYPE"), type=type)) == ids(
        queue(environment(type="A_NEW_TYPE"))
    )
    assert ids(queue(UNKNOWN, type=type)) == []


def test_mnp209_the_type_of_a_queue_on_eks() -> None:
    assert ids(pods, queue(on_eks, type="EKS")) == []
    assert ids(pods, queue(on_eks, type="ECS")) == ["MNP209"]
    maybe = environment(is_eks=UNKNOWN, ec2_configurations=())
    assert ids(pods, queue(maybe, type="ECS")) == []


def test_mnp209_either_compute_or_service_environments() -> None:
    assert ids(queue(runs_service_jobs=True)) == ["MNP209"]
    assert ids(queue(runs_service_jobs=UNKNOWN)) == []
    assert ids(queue(runs_service_jobs=True, environments=UNKNOWN)) == []
    # A queue for service jobs takes no other jobs, so it is not checked.
    assert ids(queue(runs_service_jobs=True, environments=())) == []


@pytest.mark.parametrize(
    ("has_quota_shares", "expected"), [(True, ["MNP210"]), (False, []), (UNKNOWN, [])]
)
def test_mnp210_quota_shares(has_quota_shares: Any, expected: list[str]) -> None:
    assert ids(queue(has_quota_shares=has_quota_shares)) == expected
    assert ids(queue(has_quota_shares=has_quota_shares, environments=UNKNOWN)) == []
