"""The limits of the rules are those that the service's own model states.

A newer model with other words or limits makes these tests fail: compare it and correct them.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.session import Session

from cdk_batch_mnp.model import container as containers_model
from cdk_batch_mnp.model.container import RESERVED_PREFIX
from cdk_batch_mnp.model.exit_conditions import CONDITIONS, MAX_EXIT_CONDITIONS
from cdk_batch_mnp.model.node_group import CONTAINER_KINDS
from cdk_batch_mnp.rules.jobs import containers, job_definition, node_groups, pod_amounts, pods

MODEL: dict[str, Any] = (
    Session().get_component("data_loader").load_service_model("batch", "service-2")["shapes"]
)


def said(place: str) -> str:
    """What the model says of a structure's member (``Structure.member``), without the markup."""
    shape, _, member = place.partition(".")
    text = MODEL[shape]["members"][member]["documentation"]
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


@pytest.mark.parametrize(
    ("place", "pattern", "limits"),
    [
        pytest.param(
            "RetryStrategy.attempts",
            r"between (\d+) and (\d+) attempts",
            [1, job_definition.MAX_ATTEMPTS],
            id="attempts",
        ),
        pytest.param(
            "RetryStrategy.evaluateOnExit",
            r"up to (\d+) objects",
            [MAX_EXIT_CONDITIONS],
            id="exit rules",
        ),
        *(
            pytest.param(
                f"EvaluateOnExit.{member}",
                r"up to (\d+) characters",
                [job_definition.MAX_PATTERN_LENGTH],
                id=f"length of {member}",
            )
            for member in ("onStatusReason", "onReason", "onExitCode")
        ),
        pytest.param(
            "JobTimeout.attemptDurationSeconds",
            r"minimum value \D* (\d+) seconds",
            [job_definition.MIN_TIMEOUT_SECONDS],
            id="timeout",
        ),
        pytest.param(
            "RegisterJobDefinitionRequest.timeout",
            r"minimum value \D* (\d+) seconds",
            [job_definition.MIN_TIMEOUT_SECONDS],
            id="timeout of the definition",
        ),
        pytest.param(
            "RegisterJobDefinitionRequest.schedulingPriority",
            r"minimum \D* (\d+) \D* maximum \D* (\d+)",
            [0, job_definition.MAX_SCHEDULING_PRIORITY],
            id="scheduling priority",
        ),
        pytest.param(
            "RegisterJobDefinitionRequest.jobDefinitionName",
            r"up to (\d+) letters",
            [job_definition.MAX_NAME_LENGTH],
            id="name",
        ),
        pytest.param(
            "ResourceRequirement.value",
            r"at least (\d+) MiB of memory",
            [containers.MINIMA["MEMORY"]],
            id="memory",
        ),
        pytest.param(
            "EksMetadata.namespace",
            r"(\d+)-(\d+) characters",
            [1, node_groups.MAX_NAMESPACE_LENGTH],
            id="namespace",
        ),
        *(
            pytest.param(
                f"EksPodProperties.{member}",
                r"limited to (\d+) elements",
                [pods.MAX_CONTAINERS],
                id=f"{member} of a pod",
            )
            for member in ("containers", "initContainers")
        ),
        pytest.param(
            "EksContainerResourceRequirements.limits",
            r"at least (\d+) MiB of memory",
            [pod_amounts.LEAST_MEMORY_MIB],
            id="memory of a container of a pod",
        ),
    ],
)
def test_the_model_states_the_limit(place: str, pattern: str, limits: list[int]) -> None:
    found = re.search(pattern, said(place))
    assert found
    assert [int(each) for each in found.groups()] == limits


@pytest.mark.parametrize(
    ("place", "words"),
    [
        pytest.param("RetryStrategy.evaluateOnExit", "attempts .* must also be", id="attempts too"),
        pytest.param("EvaluateOnExit.onReason", r"optionally end .* \(\*\)", id="asterisk at end"),
        pytest.param("EvaluateOnExit.onExitCode", "only numbers", id="exit codes are digits"),
        pytest.param("EvaluateOnExit.action", "aren't case sensitive", id="actions in any case"),
        pytest.param(
            "JobTimeout.attemptDurationSeconds",
            r"MNP\) .* whole job",
            id="timeout of the whole job",
        ),
        pytest.param(
            "RegisterJobDefinitionRequest.jobDefinitionName",
            r"letters, numbers, hyphens \(-\), and underscores \(_\)",
            id="characters of a name",
        ),
        pytest.param(
            "RegisterJobDefinitionRequest.platformCapabilities",
            "MANAGED_INSTANCES .* do not support multi-node",
            id="no managed instances",
        ),
        pytest.param("NodeProperties.mainNode", "fewer than the number of nodes", id="main node"),
        pytest.param("NodeRangeProperty.targetNodes", "account for all nodes", id="no gaps"),
        pytest.param("NodeRangeProperty.targetNodes", r"nest .* 0:10 and 4:5", id="nested ranges"),
        pytest.param("NodeRangeProperty.targetNodes", r"\(:n\).* \(n:\)", id="open ends"),
        pytest.param(
            "NodeRangeProperty.instanceTypes", "limited to one element", id="one type in a range"
        ),
        pytest.param("NodeOverrides.numNodes", "open upper boundary", id="open ranges"),
        pytest.param(
            "ContainerProperties.instanceType", "must use the same instance type", id="one type"
        ),
        *(
            pytest.param(
                f"{shape}.environment",
                f'cannot start with "?{RESERVED_PREFIX}"?\\.',
                id=f"reserved names in {shape}",
            )
            for shape in ("ContainerProperties", "TaskContainerProperties")
        ),
        pytest.param(
            "ResourceRequirement.value", "for each node at least once", id="memory of each node"
        ),
        pytest.param(
            "EksMetadata.namespace",
            "can't be set to default,? can't start with kube",
            id="namespaces that are taken",
        ),
        pytest.param(
            "EksMetadata.namespace",
            re.escape("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
            id="form of a namespace",
        ),
        *(
            pytest.param(
                f"RegisterJobDefinitionRequest.{member}", "EKS .* must not specify", id=member
            )
            for member in ("platformCapabilities", "propagateTags")
        ),
        pytest.param("EksMetadata.namespace", "identical .* roles", id="another namespace"),
        pytest.param("EksMetadata.namespace", "same value .* all the node ranges", id="namespaces"),
        pytest.param(
            "EcsTaskProperties.networkMode", "cannot be .* EC2 platform", id="networkMode"
        ),
        pytest.param("EcsTaskProperties.platformVersion", "only for .* Fargate", id="version"),
        pytest.param("EcsTaskProperties.ephemeralStorage", "hosted on Fargate", id="storage"),
        pytest.param("ContainerProperties.runtimePlatform", "on Fargate", id="runtimePlatform"),
        *(
            pytest.param(f"ContainerProperties.{member}", "EC2 .* must not specify", id=member)
            for member in ("networkConfiguration", "fargatePlatformConfiguration")
        ),
    ],
)
def test_the_model_still_says(place: str, words: str) -> None:
    assert re.search(words, said(place), re.IGNORECASE)


def test_tags_are_limited_as_the_model_limits_them() -> None:
    assert MODEL["TagrisTagsMap"]["max"] == job_definition.MAX_TAGS
    assert (MODEL["TagKey"]["min"], MODEL["TagKey"]["max"]) == (
        1,
        job_definition.MAX_TAG_KEY_LENGTH,
    )
    assert MODEL["TagValue"]["max"] == job_definition.MAX_TAG_VALUE_LENGTH


def test_requirements_have_the_types_of_the_model() -> None:
    assert set(MODEL["ResourceType"]["enum"]) == set(containers.MINIMA)


def test_exit_rules_have_the_actions_and_conditions_of_the_model() -> None:
    assert set(MODEL["RetryAction"]["enum"]) == set(job_definition.EXIT_ACTIONS)
    conditions = {name for name, _ in CONDITIONS}
    assert set(MODEL["EvaluateOnExit"]["members"]) == {"action", *conditions}


def test_a_node_range_has_the_forms_of_the_model() -> None:
    others = {"targetNodes", "instanceTypes", "consumableResourceProperties"}
    assert set(MODEL["NodeRangeProperty"]["members"]) - others == set(CONTAINER_KINDS)


def test_members_of_fargate_are_members() -> None:
    known = {*MODEL["ContainerProperties"]["members"], *MODEL["EcsTaskProperties"]["members"]}
    assert set(containers_model.FARGATE_ONLY) <= known


def test_platforms_are_those_that_the_rule_knows() -> None:
    assert MODEL["PlatformCapability"]["enum"] == ["EC2", "FARGATE", "MANAGED_INSTANCES"]
