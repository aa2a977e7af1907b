"""Words and names in compute environments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdk_batch_mnp.model.compute_environment import Ec2Configuration
from cdk_batch_mnp.model.network import PlacementGroup
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.model.word_faults import WordFault
from tests.rules.setups import environment, findings, ids, with_template

FAULT = WordFault(
    path=PROPERTIES / "type", problem="type is 'MANAGE'", actual="MANAGE", expected="MANAGED"
)


def test_mnp140_a_misspelt_word() -> None:
    assert ids(environment(words=(FAULT,))) == ["MNP140"]
    (finding,) = findings(environment(words=(FAULT,)))
    assert (finding.rule.id, finding.severity, finding.expected) == ("MNP140", "error", "MANAGED")
    (finding,) = findings(environment(words=(replace(FAULT, is_certain=False),)))
    assert finding.severity == "warning"


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("clustre", True),
        ("precision-time", False),
        ("cluster", False),
        ("Cluster", False),
        (UNKNOWN, False),
    ],
)
def test_mnp140_the_strategy_of_a_placement_group(strategy: str, expected: bool) -> None:
    group = PlacementGroup(id="Stack/Group", strategy=strategy)
    assert ("MNP140" in ids(environment(placement_group=group))) is expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id", ["MNP141"]),
        ("al2023-image", ["MNP141"]),
        ("ami-0123456789abcdef0", []),
        ("", []),
        (UNKNOWN, []),
    ],
)
def test_mnp141_image_ids(image: str, expected: list[str]) -> None:
    override = Ec2Configuration(image_type="ECS_AL2023", image_id_override=image)
    assert ids(environment(ec2_configurations=(override,))) == expected
    assert ids(environment(image_id=image)) == expected
    assert ids(with_template(image_id=image)) == expected


def test_mnp141_only_launch_templates_resolve_parameters() -> None:
    image = "resolve:ssm:/images/nodes"
    assert ids(with_template(image_id=image)) == []
    assert ids(environment(image_id=image)) == ["MNP141"]
    override = Ec2Configuration(image_type="ECS_AL2023", image_id_override=image)
    assert ids(environment(ec2_configurations=(override,))) == ["MNP141"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [("DISABLED", ["MNP142"]), ("ENABLED", []), (None, []), (UNKNOWN, [])],
)
def test_mnp142_a_disabled_environment_takes_no_job(state: str, expected: list[str]) -> None:
    assert ids(environment(state=state)) == expected


def test_mnp143_a_property_that_does_not_exist() -> None:
    name = replace(FAULT, is_name=True)
    assert ids(environment(words=(name,))) == ["MNP143"]
    (finding,) = findings(environment(words=(replace(name, is_certain=False),)))
    assert finding.severity == "warning"
    assert ids(environment(words=())) == []


def test_mnp144_a_misspelt_word_in_a_launch_template() -> None:
    assert ids(with_template(words=(FAULT,))) == ["MNP144"]
    (finding,) = findings(with_template(words=(FAULT,)))
    assert str(finding.property_path) == "computeResources.launchTemplate.type"
    (finding,) = findings(with_template(words=(replace(FAULT, is_certain=False),)))
    assert finding.severity == "warning"
    assert ids(environment(launch_template=UNKNOWN)) == []


def test_mnp145_a_name_that_a_launch_template_does_not_have() -> None:
    name = replace(FAULT, is_name=True)
    assert ids(with_template(words=(name,))) == ["MNP145"]
    (finding,) = findings(with_template(words=(replace(name, is_certain=False),)))
    assert finding.severity == "warning"
    assert ids(with_template(words=())) == []


def test_mnp143_a_name_in_the_placement_group() -> None:
    name = replace(FAULT, is_name=True)
    group = PlacementGroup(id="Stack/Group", strategy="cluster", words=(name,))
    (finding,) = findings(environment(placement_group=group))
    assert str(finding.property_path) == "computeResources.placementGroup.type"
    assert finding.rule.id == "MNP143"
    assert ids(environment(placement_group=replace(group, words=(FAULT,)))) == ["MNP140"]


def test_mnp146_a_required_property_that_is_not_set() -> None:
    assert ids(environment(words=(replace(FAULT, is_missing=True),))) == ["MNP146"]
    assert ids(environment(words=())) == []
