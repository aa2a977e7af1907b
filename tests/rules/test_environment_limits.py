"""What a compute environment may be given."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import environment, findings, ids, security_group

six = tuple(security_group(id=f"Stack/Group{number}") for number in range(6))


@pytest.mark.parametrize(
    ("security_groups", "expected"),
    [
        pytest.param(six, ["MNP105"], id="six break it"),
        pytest.param((UNKNOWN,) * 6, ["MNP105"], id="six unknown groups are still six"),
        pytest.param((UNKNOWN,) * 5, [], id="five are the limit"),
        pytest.param(UNKNOWN, [], id="an unknown list may have any length"),
    ],
)
def test_mnp105_security_group_count(security_groups: object, expected: list[str]) -> None:
    assert ids(environment(security_groups=security_groups)) == expected


def test_mnp105_says_how_many() -> None:
    (finding,) = findings(environment(security_groups=(UNKNOWN,) * 6))
    assert finding.path == "Stack/Environment"
    assert finding.seen == 6
