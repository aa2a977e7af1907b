"""Placement groups and zones."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.launch_template import CapacityReservationSpecification
from cdk_batch_mnp.model.network import PlacementGroup
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    INSTANCE_TYPE,
    VCPUS,
    definition,
    environment,
    findings,
    ids,
    launch_template,
    node_group,
    subnet,
)


def placed(strategy: Any, **changes: Any) -> PlacementGroup:
    return PlacementGroup(id="Stack/Group", strategy=strategy, **changes)


def of_nodes(count: Any) -> Any:
    return definition(num_nodes=count)


@pytest.mark.parametrize(
    ("group", "nodes", "expected"),
    [
        pytest.param(None, 4, Severity.WARNING, id="no group"),
        pytest.param(placed("spread"), 7, Severity.WARNING, id="spread, which holds seven"),
        pytest.param(placed("spread"), 8, Severity.ERROR, id="spread, which does not hold eight"),
        pytest.param(
            placed("spread", spread_level="rack"), 8, Severity.ERROR, id="spread over racks"
        ),
        pytest.param(
            placed("spread", spread_level="host"), 8, Severity.WARNING, id="spread over hosts"
        ),
        pytest.param(
            placed("spread", spread_level=UNKNOWN), 8, Severity.WARNING, id="spread over something"
        ),
        pytest.param(placed("spread"), UNKNOWN, Severity.WARNING, id="spread, unknown nodes"),
        pytest.param(
            placed("partition", partition_count=7), 8, Severity.WARNING, id="seven partitions"
        ),
        pytest.param(
            placed("partition", partition_count=8), 8, Severity.ERROR, id="eight partitions"
        ),
        pytest.param(
            placed("partition", partition_count=UNKNOWN), 8, Severity.WARNING, id="partitions"
        ),
        pytest.param(placed("cluster"), 8, None, id="cluster"),
        pytest.param(placed(None), 8, None, id="cluster, where nothing is said"),
        pytest.param(placed("precision-time"), 8, None, id="a strategy that is newer"),
        pytest.param(placed(UNKNOWN), 8, None, id="unknown strategy"),
        pytest.param(UNKNOWN, 8, None, id="unknown group"),
    ],
)
def test_mnp401_cluster_placement_group(group: Any, nodes: Any, expected: Severity | None) -> None:
    reported = findings(of_nodes(nodes), environment(placement_group=group, max_vcpus=8 * VCPUS))
    assert [(each.rule.id, each.severity) for each in reported] == (
        [("MNP401", expected)] if expected else []
    )


@pytest.mark.parametrize(
    ("zones", "nodes", "expected"),
    [
        pytest.param(("a", "b"), 14, Severity.WARNING, id="seven in each of two zones"),
        pytest.param(("a", "b"), 15, Severity.ERROR, id="one more than that"),
        pytest.param(("a", "a"), 8, Severity.ERROR, id="two subnets of one zone"),
        pytest.param(("a", UNKNOWN), 8, Severity.WARNING, id="a zone that is unknown"),
    ],
)
def test_mnp401_a_spread_group_holds_seven_instances_in_each_zone(
    zones: tuple[Any, ...], nodes: int, expected: Severity
) -> None:
    subnets = tuple(subnet(id=f"Stack/{n}", zone=zone) for n, zone in enumerate(zones))
    (finding,) = findings(
        of_nodes(nodes),
        environment(placement_group=placed("spread"), subnets=subnets, max_vcpus=nodes * VCPUS),
    )
    assert (finding.rule.id, finding.severity) == ("MNP401", expected)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param(launch_template(placement_group="nodes"), [], id="named by the template"),
        pytest.param(launch_template(placement_group=UNKNOWN), [], id="unknown in the template"),
        pytest.param(UNKNOWN, [], id="unknown template"),
        pytest.param(launch_template(), ["MNP401"], id="template without one"),
        pytest.param(
            launch_template(market_type="spot"), ["MNP401"], id="a template of another market"
        ),
        pytest.param(
            launch_template(
                market_type="capacity-block",
                capacity_reservation=CapacityReservationSpecification(
                    reservation_id="cr-0123456789abcdef0"
                ),
            ),
            [],
            id="a Capacity Block",
        ),
        pytest.param(launch_template(market_type=UNKNOWN), [], id="perhaps a Capacity Block"),
    ],
)
def test_mnp401_a_group_of_the_launch_template_counts(template: Any, expected: list[str]) -> None:
    reported = ids(environment(placement_group=None, launch_template=template))
    assert reported == expected


def in_zones(*zones: Any) -> tuple[Any, ...]:
    return tuple(
        UNKNOWN if zone is None else subnet(id=f"Stack/Private{number}", zone=zone)
        for number, zone in enumerate(zones)
    )


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        pytest.param(in_zones("a", "b"), ["MNP402"], id="two zones"),
        pytest.param(in_zones("a", "b", None), ["MNP402"], id="two zones and an unknown subnet"),
        pytest.param(in_zones("a", "a"), [], id="two subnets of one zone"),
        pytest.param(in_zones("a", UNKNOWN), [], id="one zone unknown"),
        pytest.param(in_zones("a", None), [], id="one subnet unknown"),
        pytest.param(UNKNOWN, [], id="unknown subnets"),
    ],
)
def test_mnp402_one_zone(subnets: Any, expected: list[str]) -> None:
    assert ids(environment(subnets=subnets)) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (placed("cluster"), True),
        (placed(None), True),
        (placed(UNKNOWN), False),
        (placed("partition"), False),
        (None, False),
        (UNKNOWN, False),
    ],
    ids=["cluster", "cluster by default", "unknown", "partition", "no group", "unknown group"],
)
def test_mnp402_is_about_cluster_groups(group: Any, expected: bool) -> None:
    reported = ids(environment(placement_group=group, subnets=in_zones("a", "b")))
    assert ("MNP402" in reported) is expected


def test_mnp402_names_the_zones() -> None:
    (finding,) = findings(environment(subnets=in_zones("eu-west-1b", "eu-west-1a")))
    assert finding.actual == "eu-west-1a, eu-west-1b"
    assert finding.place == "Stack/Environment: computeResources.subnets"


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE, "t3.2xlarge"), ["MNP403"], id="a burstable type"),
        pytest.param((INSTANCE_TYPE, "m7i-flex.2xlarge"), ["MNP403"], id="a flex type"),
        pytest.param((INSTANCE_TYPE, "t3"), ["MNP109", "MNP403"], id="a burstable family"),
        pytest.param((INSTANCE_TYPE, "m5.large"), [], id="the types that can"),
        pytest.param((INSTANCE_TYPE, "x99.large"), ["MNP115"], id="no facts"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), [], id="an unknown type"),
    ],
)
def test_mnp403_types_support_a_cluster_placement_group(
    types: tuple[object, ...], expected: list[str]
) -> None:
    assert ids(environment(instance_types=types)) == expected


@pytest.mark.parametrize(
    "group",
    [
        pytest.param(None, id="no group"),
        pytest.param(UNKNOWN, id="an unknown group"),
        pytest.param(PlacementGroup(id="Group", strategy=UNKNOWN), id="an unknown strategy"),
        pytest.param(PlacementGroup(id="Group", strategy="spread"), id="another strategy"),
    ],
)
def test_mnp403_needs_a_cluster_placement_group(group: object) -> None:
    other = environment(instance_types=(INSTANCE_TYPE, "t3.2xlarge"), placement_group=group)
    assert "MNP403" not in ids(other)


def test_mnp403_is_an_error_only_if_no_type_can_be_launched() -> None:
    def severities(*types: object) -> list[Severity]:
        job = definition(node_groups=(node_group(container_instance_type="t3.2xlarge"),))
        reported = findings(job, environment(instance_types=types))
        return [each.severity for each in reported if each.rule.id == "MNP403"]

    assert severities("t3.2xlarge", "t2.micro") == [Severity.ERROR]
    assert severities("t3.2xlarge", INSTANCE_TYPE) == [Severity.WARNING]
    assert severities("t3.2xlarge", UNKNOWN) == [Severity.WARNING]
