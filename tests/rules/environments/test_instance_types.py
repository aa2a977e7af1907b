"""Instance types that the catalogue knows, and those that it does not."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import INSTANCE_TYPE, definition, environment, findings, ids, node_group


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param((INSTANCE_TYPE, "x99.large"), ["MNP115"], id="a type of no known family"),
        pytest.param((INSTANCE_TYPE, "c5.19xlarge"), ["MNP115"], id="no such size"),
        pytest.param((INSTANCE_TYPE, "x99"), ["MNP109", "MNP115"], id="no such family"),
        pytest.param((INSTANCE_TYPE, "p3.16xlarge"), [], id="it exists, of which no more is known"),
        pytest.param((INSTANCE_TYPE, UNKNOWN), [], id="an unknown name"),
        pytest.param(UNKNOWN, [], id="unknown names"),
    ],
)
def test_mnp115_listed_types_are_known(types: object, expected: list[str]) -> None:
    assert ids(environment(instance_types=types)) == expected


def test_mnp115_families_and_bundles_are_not_unknown_types() -> None:
    for name in ("c5", "p3", "u-6tb1", "optimal", "default_x86_64"):
        assert "MNP115" not in ids(environment(instance_types=(name,)))


def test_mnp115_a_new_type_is_a_warning_that_says_how_to_add_its_facts() -> None:
    (finding,) = findings(environment(instance_types=(INSTANCE_TYPE, "c5.19xlarge")))
    assert finding.severity is Severity.WARNING
    for hint in (
        "instances refresh",
        "cdk-batch-mnp:instances",
        "--instances",
        "vcpus_per_node",
        "c5.9xlarge?",
    ):
        assert hint in finding.fix


@pytest.mark.parametrize("name", ["C5.18xlarge", "c5.18 xlarge", "c5.", ".large", "c5,large"])
def test_mnp115_what_is_not_the_name_of_a_type_is_an_error(name: str) -> None:
    reported = [
        finding
        for finding in findings(environment(instance_types=(INSTANCE_TYPE, name)))
        if finding.rule.id == "MNP115"
    ]
    assert [each.severity for each in reported] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("c5.19xlarge", ["MNP327"], id="no such size of a known family"),
        pytest.param("C5.18xlarge", ["MNP107", "MNP327"], id="no name of a type"),
        pytest.param(INSTANCE_TYPE, [], id="a known one"),
        pytest.param("m5", [], id="families are not resolved"),
        pytest.param(UNKNOWN, [], id="an unknown one"),
        pytest.param(None, ["MNP325"], id="none at all"),
    ],
)
def test_mnp327_the_jobs_type_is_known(name: object, expected: list[str]) -> None:
    job = definition(node_groups=(node_group(container_instance_type=name),))
    assert ids(job, environment(instance_types=("c5",))) == expected


def test_mnp327_is_silent_about_a_new_family_that_the_environment_reports() -> None:
    job = definition(node_groups=(node_group(container_instance_type="x99.large"),))
    assert ids(job, environment(instance_types=("x99.large",))) == ["MNP115"]
