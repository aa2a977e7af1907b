"""What containers and instances can reach from their subnets."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.network import Vpc
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.network.subnets import REGISTERING, STARTING
from tests.rules.setups import definition, environment, findings, ids, node_group, subnet


@pytest.mark.parametrize(
    ("kind", "expected"), [pytest.param("public", ["MNP404"]), ("private", []), (UNKNOWN, [])]
)
def test_mnp404_public_subnets(kind: Any, expected: list[str]) -> None:
    assert ids(environment(subnets=(subnet(kind=kind),))) == expected


def test_mnp404_names_the_public_ones_among_several() -> None:
    subnets = (subnet(), subnet(id="Stack/Public", kind="public"), UNKNOWN)
    (finding,) = findings(environment(subnets=subnets))
    assert finding.actual == "Stack/Public"


def isolated(endpoints: Any, number: int = 0) -> Any:
    return subnet(
        id=f"Stack/Isolated{number}", kind="isolated", vpc=Vpc(id="Stack/Vpc", endpoints=endpoints)
    )


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [
        pytest.param(frozenset(), Severity.ERROR, id="no endpoint"),
        pytest.param(frozenset(STARTING), Severity.ERROR, id="none of ECS"),
        pytest.param(
            frozenset({*REGISTERING, *STARTING} - {"ecs-telemetry"}), Severity.ERROR, id="one short"
        ),
        pytest.param(frozenset(REGISTERING), Severity.WARNING, id="those of ECS alone"),
        pytest.param(
            frozenset({*REGISTERING, *STARTING} - {"s3"}), Severity.WARNING, id="all but S3"
        ),
        pytest.param(frozenset({*REGISTERING, *STARTING}), None, id="all that is needed"),
        pytest.param(frozenset({*REGISTERING, *STARTING, "ssm"}), None, id="and more"),
        pytest.param(UNKNOWN, None, id="unknown endpoints"),
    ],
)
def test_mnp405_missing_endpoints(endpoints: Any, expected: Severity | None) -> None:
    told = findings(environment(subnets=(isolated(endpoints),)))
    assert [(each.rule.id, each.severity) for each in told] == (
        [("MNP405", expected)] if expected else []
    )


def test_mnp405_names_what_is_missing_once_for_each_vpc() -> None:
    (finding,) = findings(
        environment(subnets=(isolated(frozenset({"ecs"})), isolated(frozenset({"ecs"}), 1)))
    )
    assert finding.message.endswith("ecs-agent, ecs-telemetry")
    assert (finding.actual, finding.expected) == ("ecs", "ecs, ecs-agent, ecs-telemetry")


@pytest.mark.parametrize(
    "changes", [{"kind": UNKNOWN}, {"kind": "private"}, {"vpc": UNKNOWN}], ids=str
)
def test_mnp405_needs_to_know_that_the_subnet_has_no_way_out(changes: dict[str, Any]) -> None:
    bare = {"kind": "isolated", "vpc": Vpc(id="Stack/Vpc", endpoints=frozenset())}
    assert ids(environment(subnets=(subnet(**{**bare, **changes}),))) == []


@pytest.mark.parametrize("is_eks", [True, UNKNOWN])
@pytest.mark.parametrize(
    "there", [subnet(kind="public"), isolated(frozenset())], ids=["public", "isolated"]
)
def test_rules_on_the_network_of_ecs_tasks_leave_eks_alone(is_eks: Any, there: Any) -> None:
    pods = definition(
        node_groups=(node_group(kinds=("eksProperties",), containers=(), namespace="solvers"),)
    )
    cluster = environment(is_eks=is_eks, subnets=(there,), ec2_configurations=())
    assert ids(pods, cluster) == []


def test_mnp405_alone_reports_a_subnet_without_a_way_out() -> None:
    assert ids(environment(subnets=(isolated(frozenset()),))) == ["MNP405"]
