"""Images that the CDK builds."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import container, definition, findings, ids, node_group

ARM, X86 = "c7gn.16xlarge", "c5.18xlarge"


def job(platform: str | None, instance_type: Any) -> Any:
    path = container().path
    return definition(
        node_groups=(node_group(container_instance_type=instance_type),),
        image_platforms={} if platform is None else {path: platform},
    )


@pytest.mark.parametrize(
    ("platform", "instance_type", "expected"),
    [
        ("linux/amd64", ARM, ["MNP337"]),
        ("linux/arm64", X86, ["MNP337"]),
        ("", ARM, ["MNP337"]),
        ("linux/arm64", ARM, []),
        ("linux/amd64", X86, []),
        ("", X86, []),
        ("linux/riscv64", X86, []),
        (None, ARM, []),
        ("linux/amd64", UNKNOWN, []),
        ("linux/amd64", "c99.large", []),
    ],
)
def test_mnp337_the_platform_of_an_image(
    platform: str | None, instance_type: Any, expected: list[str]
) -> None:
    # Other rules compare the sizes of the container and the environment with the instance type.
    assert [
        rule_id for rule_id in ids(job(platform, instance_type)) if rule_id == "MNP337"
    ] == expected


def test_mnp337_breaks_no_other_rule() -> None:
    assert ids(job("linux/arm64", X86)) == ["MNP337"]


def test_mnp337_an_image_without_a_platform_may_be_right() -> None:
    found = [finding for finding in findings(job("", ARM)) if finding.rule.id == "MNP337"]
    assert [(each.severity, each.actual) for each in found] == [("warning", "no platform")]
