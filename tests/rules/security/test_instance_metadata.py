"""The instance metadata service requires a token."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    environment,
    ids,
    with_template,
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"http_tokens": "optional"}, ["MNP601"], id="IMDSv1 breaks it"),
        pytest.param({"http_put_response_hop_limit": 3}, ["MNP601"], id="three hops break it"),
        pytest.param({"http_put_response_hop_limit": 2}, [], id="two hops are the limit"),
        pytest.param({"http_put_response_hop_limit": None}, [], id="no hop limit is one hop"),
        pytest.param({"http_tokens": None}, [], id="the image decides"),
        pytest.param({"http_tokens": UNKNOWN}, [], id="unknown tokens"),
        pytest.param({"http_put_response_hop_limit": UNKNOWN}, [], id="an unknown hop limit"),
    ],
)
def test_mnp601_metadata_needs_a_token(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(with_template(**changes)) == expected


def test_mnp601_is_silent_about_templates_that_cannot_be_read() -> None:
    assert ids(environment(launch_template=UNKNOWN)) == []
