"""What `make deploy-local` reads in the log of a job."""

from __future__ import annotations

import pytest

from tools.deploy_local import met

STARTED = [
    "[0] mnp-launch: node 0: all 4 nodes are ready, starting",
    "[2] mnp-launch: node 2: all nodes are ready, starting",
    "[1] mnp-launch: node 1: all nodes are ready, starting",
]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(STARTED, 3, id="three nodes"),
        pytest.param([*STARTED, STARTED[0]], 3, id="a second attempt"),
        pytest.param(["[0] mnp-launch: node 0: waiting up to 9 s for 3 nodes"], 0, id="waiting"),
        pytest.param(["[0] " + STARTED[0]], 0, id="a quotation"),
        pytest.param([], 0, id="no launcher"),
    ],
)
def test_nodes_that_the_launcher_started_are_counted(lines: list[str], expected: int) -> None:
    assert met(lines) == expected
