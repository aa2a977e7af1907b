"""What a compute environment may be given."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from tests.rules.setups import (
    definition,
    environment,
    findings,
    ids,
    launch_template,
    node_group,
    security_group,
)

six = tuple(security_group(id=f"Stack/Group{number}") for number in range(6))


@pytest.mark.parametrize(
    ("security_groups", "expected"),
    [
        pytest.param(six, ["MNP105"], id="six break it"),
        pytest.param((UNKNOWN,) * 6, ["MNP105"], id="six unknown groups are still six"),
        pytest.param(six[:5], [], id="five are the limit"),
        pytest.param(UNKNOWN, [], id="an unknown list may have any length"),
    ],
)
def test_mnp105_security_group_count(security_groups: Any, expected: list[str]) -> None:
    assert ids(environment(security_groups=security_groups)) == expected


def test_mnp122_the_launch_template_is_named_once() -> None:
    assert ids(environment(has_two_template_names=True)) == ["MNP122"]
    assert ids(environment(has_nameless_template=True)) == ["MNP122"]


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        ({"Version": "1"}, True),
        ({"Version": UNKNOWN}, True),
        ({"Version": "1", "LaunchTemplateId": UNKNOWN}, False),
        ({"Version": "1", "LaunchTemplateId": PERHAPS}, False),
        ({"Version": "1", "LaunchTemplateName": "nodes"}, False),
        ({"Version": "1", "Overrides": []}, False),
        ({"LaunchTemplateId": ""}, False),
        ({}, False),
    ],
)
def test_mnp122_a_version_of_no_launch_template(
    specification: dict[str, Any], expected: bool
) -> None:
    resources = {"Type": "EC2", "LaunchTemplate": specification}
    shape = ApiStruct({"ComputeResources": resources}, is_capitalized=True)
    read = ComputeEnvironment.read(
        shape,
        id="Ce",
        launch_template=UNKNOWN,
        placement_group=UNKNOWN,
        subnets=UNKNOWN,
        security_groups=UNKNOWN,
    )
    assert read.has_nameless_template is expected


@pytest.mark.parametrize(
    ("template", "severity"),
    [
        pytest.param(
            {"network_interfaces": (NetworkInterface(security_groups=("sg-1",) * 6),)},
            Severity.WARNING,
            id="six at an interface, if the quota is as it was",
        ),
        pytest.param(
            {"network_interfaces": (NetworkInterface(security_groups=("sg-1",) * 17),)},
            Severity.ERROR,
            id="more than any quota",
        ),
        pytest.param(
            {"security_groups": ("sg-1",) * 6}, Severity.WARNING, id="six of the template's own"
        ),
        pytest.param(
            {"network_interfaces": (NetworkInterface(security_groups=("sg-1",) * 5), UNKNOWN)},
            None,
            id="five",
        ),
        pytest.param(
            {"network_interfaces": (NetworkInterface(security_groups=UNKNOWN),)}, None, id="unknown"
        ),
        pytest.param({"network_interfaces": UNKNOWN}, None, id="unknown interfaces"),
    ],
)
def test_mnp105_counts_what_the_launch_template_lists(
    template: dict[str, Any], severity: Severity | None
) -> None:
    reported = findings(
        environment(launch_template=launch_template(**template), security_groups=None)
    )
    found = [each.severity for each in reported if each.rule.id == "MNP105"]
    assert found == ([severity] if severity else [])


def test_mnp105_says_how_many() -> None:
    (finding,) = findings(environment(security_groups=(UNKNOWN,) * 6))
    assert finding.resource_id == "Stack/Environment"
    assert finding.actual == 6


@pytest.mark.parametrize(
    ("desired", "max_vcpus", "expected"),
    [
        pytest.param(289, 288, ["MNP108"], id="desired above max"),
        pytest.param(288, 288, [], id="both are the limit"),
        pytest.param(UNKNOWN, 288, [], id="desired unknown"),
        pytest.param(289, UNKNOWN, [], id="max unknown"),
        pytest.param(None, 288, [], id="desired left out"),
    ],
)
def test_mnp108_desired_and_max_vcpus(desired: Any, max_vcpus: Any, expected: list[str]) -> None:
    assert ids(environment(desired_vcpus=desired, max_vcpus=max_vcpus)) == expected


@pytest.mark.parametrize(
    ("low", "desired", "expected"),
    [
        pytest.param(5, 4, True, id="min above desired"),
        pytest.param(300, None, True, id="min above max, with nothing between"),
        pytest.param(300, UNKNOWN, True, id="min above max, whatever is between"),
        pytest.param(4, 4, False, id="equal"),
        pytest.param(UNKNOWN, 4, False, id="min unknown"),
    ],
)
def test_mnp108_min_vcpus(low: Any, desired: Any, expected: bool) -> None:
    reported = ids(environment(min_vcpus=low, desired_vcpus=desired))
    assert ("MNP108" in reported) is expected


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (None, [("MNP111", Severity.WARNING)]),
        ("BEST_FIT", [("MNP111", Severity.WARNING)]),
        ("SPOT_CAPACITY_OPTIMIZED", [("MNP111", Severity.ERROR)]),
        ("SPOT_PRICE_CAPACITY_OPTIMIZED", [("MNP111", Severity.ERROR)]),
        ("SPOT_CAPACITY_OPTIMIZED_PRIORITIZED", [("MNP111", Severity.ERROR)]),
        ("BEST_FIT_PROGRESSIVE", []),
        ("BEST_FIT_PROGRESSIVE_ORDERED", []),
        (UNKNOWN, []),
    ],
)
def test_mnp111_allocation_strategy(strategy: Any, expected: list[tuple[str, Severity]]) -> None:
    reported = findings(environment(allocation_strategy=strategy))
    assert [(each.rule.id, each.severity) for each in reported] == expected


@pytest.mark.parametrize("kind", ["SPOT", UNKNOWN])
def test_mnp111_looks_at_on_demand_environments_alone(kind: Any) -> None:
    reported = ids(environment(type=kind, allocation_strategy="SPOT_CAPACITY_OPTIMIZED"))
    assert "MNP111" not in reported


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("$Latest", ["MNP112"]),
        pytest.param("$Default", ["MNP112"]),
        ("1", []),
        (UNKNOWN, []),
        pytest.param(None, [], id="no launch template"),
    ],
)
def test_mnp112_launch_template_version(version: Any, expected: list[str]) -> None:
    assert ids(environment(launch_template_version=version)) == expected


@pytest.mark.parametrize(
    ("name", "replaced", "expected"),
    [
        pytest.param("nodes", True, ["MNP113"], id="named and replaced"),
        pytest.param("nodes", None, ["MNP113"], id="named, and replaced by default"),
        pytest.param("nodes", False, [], id="named, and updated in place"),
        pytest.param("nodes", UNKNOWN, [], id="named, and unknown whether replaced"),
        pytest.param(None, True, [], id="without a name"),
        pytest.param(UNKNOWN, True, [], id="unknown name"),
    ],
)
def test_mnp113_fixed_name(name: Any, replaced: Any, expected: list[str]) -> None:
    assert ids(environment(name=name, replace_on_update=replaced)) == expected


def test_mnp113_a_name_is_fixed_even_if_it_is_unknown() -> None:
    named = {"name": UNKNOWN, "has_fixed_name": True}
    assert ids(environment(**named, replace_on_update=True)) == ["MNP113"]
    assert ids(environment(**named, replace_on_update=False)) == []


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        pytest.param(None, [], id="not set"),
        pytest.param(0, [], id="no delay"),
        pytest.param(1, ["MNP123"], id="a minute"),
        pytest.param(19, ["MNP123"], id="below the minimum"),
        pytest.param(20, [], id="the minimum"),
        pytest.param(10080, [], id="the maximum"),
        pytest.param(10081, ["MNP123"], id="above the maximum"),
        pytest.param(-20, ["MNP123"], id="negative"),
        pytest.param(UNKNOWN, [], id="unknown"),
    ],
)
def test_mnp123_scale_down_delay(delay: Any, expected: list[str]) -> None:
    assert ids(environment(scale_down_delay_minutes=delay)) == expected


def insights(mode: Any, is_eks: Any) -> list[str]:
    kind = "container" if is_eks is False else "eksProperties"
    job = definition(node_groups=(node_group(kinds=(kind,), possible_kinds=()),))
    found = environment(container_insights=mode, is_eks=is_eks, ec2_configurations=())
    return ids(job, found)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, ["MNP126"]), (1, []), (7200, []), (7201, ["MNP126"]), (None, []), (UNKNOWN, [])],
)
def test_mnp126_the_job_timeout_of_updates(minutes: Any, expected: list[str]) -> None:
    assert ids(environment(update_timeout_minutes=minutes)) == expected


@pytest.mark.parametrize(
    ("mode", "is_eks", "expected"),
    [
        pytest.param("ENABLED", True, ["MNP124"], id="on EKS"),
        pytest.param("ENHANCED", True, ["MNP124"], id="enhanced, on EKS"),
        pytest.param("DISABLED", True, [], id="disabled, on EKS"),
        pytest.param(None, True, [], id="not set, on EKS"),
        pytest.param(UNKNOWN, True, [], id="unknown, on EKS"),
        pytest.param("ENHANCED", False, [], id="on ECS"),
        pytest.param("ENHANCED", UNKNOWN, [], id="on EKS or ECS"),
    ],
)
def test_mnp124_container_insights(mode: Any, is_eks: Any, expected: list[str]) -> None:
    assert insights(mode, is_eks) == expected


@pytest.mark.parametrize(
    ("desired", "is_set", "expected"),
    [
        pytest.param(0, True, ["MNP130"], id="none"),
        pytest.param(288, True, ["MNP130"], id="as many as there may be"),
        pytest.param(UNKNOWN, True, ["MNP130"], id="an unknown number"),
        pytest.param(UNKNOWN, False, [], id="perhaps set"),
        pytest.param(None, False, [], id="not set"),
        pytest.param(289, True, ["MNP108"], id="above max vCPUs, once"),
    ],
)
def test_mnp130_desired_vcpus_are_left_to_batch(
    desired: Any, is_set: bool, expected: list[str]
) -> None:
    assert ids(environment(desired_vcpus=desired, sets_desired_vcpus=is_set)) == expected


@pytest.mark.parametrize(
    ("min_vcpus", "expected"), [pytest.param(1, ["MNP116"]), (0, []), (None, []), (UNKNOWN, [])]
)
def test_mnp116_min_vcpus(min_vcpus: Any, expected: list[str]) -> None:
    assert ids(environment(min_vcpus=min_vcpus)) == expected


def test_mnp111_alone_reports_the_default_strategy() -> None:
    assert ids(environment(allocation_strategy=None)) == ["MNP111"]


@pytest.mark.parametrize("is_eks", [True, UNKNOWN])
def test_mnp111_knows_no_default_strategy_on_eks(is_eks: Any) -> None:
    assert "MNP111" not in ids(environment(allocation_strategy=None, is_eks=is_eks))
