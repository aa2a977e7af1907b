"""Names of compute environments."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from tests.rules.setups import environment, ids


@pytest.mark.parametrize("name", ["nodes.large", "with space", "", "é", "n" * 129])
def test_mnp125_a_name_with_other_characters_or_too_many(name: str) -> None:
    assert ids(environment(name=name)) == ["MNP125"]


@pytest.mark.parametrize("name", ["Nodes_large-2", "n", "n" * 128, None, UNKNOWN])
def test_mnp125_a_right_name(name: Maybe[str] | None) -> None:
    assert ids(environment(name=name)) == []
