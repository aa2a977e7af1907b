"""What the rules on environments, queues and placement state is what the services' models say.

A newer model with other words, limits or values makes these tests fail: compare it with the
rules, and correct them.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.session import Session

from cdk_batch_mnp.instances import default_catalogue
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.environments.environment_fit import can_launch, runs_multi_node_jobs
from cdk_batch_mnp.rules.environments.environment_limits import allocation_strategy
from cdk_batch_mnp.rules.queues import job_queue
from tests.rules.setups import environment, ids


def model(service: str) -> dict[str, Any]:
    loader = Session().get_component("data_loader")
    return dict(loader.load_service_model(service, "service-2")["shapes"])


BATCH, EC2 = model("batch"), model("ec2")


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


def said(place: str) -> str:
    """What the model says of a structure's member (``Structure.member``), without the markup."""
    shape, _, member = place.partition(".")
    return plain(BATCH[shape]["members"][member]["documentation"])


def schema(type: str) -> dict[str, Any]:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    return dict(PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        pytest.param(
            "ComputeResource.type",
            "Multi-node parallel jobs aren't supported on Spot .* or Amazon ECS Managed Instances",
            id="MNP101",
        ),
        pytest.param(
            "RegisterJobDefinitionRequest.type",
            "on Fargate resources, then multinode isn't supported",
            id="MNP102",
        ),
        pytest.param("ComputeResource.instanceTypes", "instance families .* c5 or p3", id="MNP107"),
        pytest.param(
            "ComputeResource.desiredvCpus", "between the minimum and maximum values", id="MNP108"
        ),
        pytest.param(
            "ComputeResource.allocationStrategy",
            "isn't specified, the BEST_FIT .* used by default.* BEST_FIT allocation strategy don't "
            "support infrastructure updates",
            id="MNP111",
        ),
        pytest.param(
            "ComputeResource.allocationStrategy", "required for Amazon EKS", id="MNP111 on EKS"
        ),
        pytest.param(
            "LaunchTemplateSpecification.version",
            r"During an infrastructure update, .* re-evaluates.* Default: \$Default",
            id="MNP112",
        ),
        pytest.param(
            "ComputeResource.minvCpus", "should maintain .*even if .* DISABLED", id="MNP116"
        ),
        pytest.param(
            "CreateJobQueueRequest.computeEnvironmentOrder",
            "up to three .*EC2 and Fargate compute environments can't be mixed",
            id="MNP201 and MNP202",
        ),
        pytest.param(
            "CreateJobQueueRequest.serviceEnvironmentOrder",
            "can't have both a serviceEnvironmentOrder and a computeEnvironmentOrder",
            id="queues of service environments",
        ),
        pytest.param(
            "JobStateTimeLimitAction.action",
            "ECS, FARGATE or EKS .* only supported value is CANCEL",
            id="MNP203",
        ),
        pytest.param(
            "ComputeResource.placementGroup",
            "multi-node parallel jobs .* cluster placement group .* single Availability Zone",
            id="MNP401 and MNP402",
        ),
        pytest.param(
            "ComputeResource.securityGroupIds",
            "must be specified, either in securityGroupIds or using a launch template",
            id="MNP415",
        ),
    ],
)
def test_the_model_still_says(place: str, words: str) -> None:
    assert re.search(words, said(place))


@pytest.mark.parametrize(
    "place",
    ["JobStateTimeLimitAction.maxTimeSeconds", "CreateJobQueueRequest.jobStateTimeLimitActions"],
)
def test_mnp203_times_are_those_of_the_model(place: str) -> None:
    found = re.search(r"minimum value .*?is ([\d,]+) .* maximum value is ([\d,]+)", said(place))
    assert found
    assert [int(each.replace(",", "")) for each in found.groups()] == [
        job_queue.MIN_TIME_LIMIT_SECONDS,
        job_queue.MAX_TIME_LIMIT_SECONDS,
    ]


def test_mnp203_and_mnp206_limits_are_those_of_cloudformation() -> None:
    queue = schema("AWS::Batch::JobQueue")
    priority = queue["properties"]["Priority"]
    assert (priority["minimum"], priority["maximum"]) == (0, job_queue.MAX_PRIORITY)
    seconds = queue["definitions"]["JobStateTimeLimitAction"]["properties"]["MaxTimeSeconds"]
    assert (seconds["minimum"], seconds["maximum"]) == (
        job_queue.MIN_TIME_LIMIT_SECONDS,
        job_queue.MAX_TIME_LIMIT_SECONDS,
    )
    assert set(queue["definitions"]["JobStateTimeLimitAction"]["required"]) == {
        "Action",
        "MaxTimeSeconds",
        "Reason",
        "State",
    }


def test_mnp203_states_and_actions_are_those_of_the_model() -> None:
    assert BATCH["JobStateTimeLimitActionsState"]["enum"] == ["RUNNABLE"]
    # TERMINATE is for service environments.
    assert BATCH["JobStateTimeLimitActionsAction"]["enum"] == ["CANCEL", "TERMINATE"]


@pytest.mark.parametrize("kind", BATCH["CRType"]["enum"])
def test_every_kind_of_environment_is_known(kind: str) -> None:
    runs = runs_multi_node_jobs(environment(type=kind))
    assert runs is (kind == "EC2")
    assert bool(ids(environment(type=kind))) is not runs


def test_every_management_is_known() -> None:
    assert BATCH["CEType"]["enum"] == ["MANAGED", "UNMANAGED"]


@pytest.mark.parametrize("strategy", BATCH["CRAllocationStrategy"]["enum"])
def test_every_allocation_strategy_is_known(strategy: str) -> None:
    reported = list(
        allocation_strategy.check(environment(allocation_strategy=strategy), default_catalogue())
    )
    assert (not reported) is strategy.startswith("BEST_FIT_PROGRESSIVE")
    # A strategy that keeps infrastructure updates can also be set in an update.
    if not reported:
        assert strategy in BATCH["CRUpdateAllocationStrategy"]["enum"]


def test_every_bundle_launches_the_families_that_are_documented() -> None:
    text = said("ComputeResource.instanceTypes")
    bundles = re.findall(r"(default_\w+) to choose \w+ based .*?\(from the (.*?) instance", text)
    assert {bundle for bundle, _ in bundles} == {"default_x86_64", "default_arm64"}
    for bundle, families in bundles:
        for family in re.findall(r"[a-z]\d\w*", families):
            assert can_launch(environment(instance_types=(bundle,)), f"{family}.xlarge") is True
    assert "optimal Semantically equivalent to default_x86_64" in text


def test_placement_strategies_are_those_that_the_rule_knows() -> None:
    known = set(EC2["PlacementStrategy"]["enum"]) | set(
        schema("AWS::EC2::PlacementGroup")["properties"]["Strategy"]["enum"]
    )
    assert known == {"cluster", "spread", "partition", "precision-time"}
    assert EC2["SpreadLevel"]["enum"] == ["host", "rack"]


def test_cloudformation_takes_fixed_values_in_any_case() -> None:
    """So the readers do, too."""
    properties = schema("AWS::Batch::ComputeEnvironment")
    assert properties["properties"]["Type"]["enumCaseInsensitive"] == ["managed", "unmanaged"]
    resources = properties["definitions"]["ComputeResources"]["properties"]
    assert "spot" in resources["Type"]["enumCaseInsensitive"]


def test_a_kind_that_is_newer_than_the_rules_is_not_judged() -> None:
    assert runs_multi_node_jobs(environment(type="NEWER")) is UNKNOWN
