"""The amounts of CPU, memory and GPUs that the containers of a pod request."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.jobs.pods import LIMITS, broken, container


def amounts(limits: Any, requests: Any = None) -> dict[str, Any]:
    resources = {"limits": limits} if requests is None else {"limits": limits, "requests": requests}
    return {"containers": [container(resources=resources)]}


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        pytest.param(amounts({**LIMITS, "cpu": "0.25"}), [], id="the least CPU"),
        pytest.param(amounts({**LIMITS, "cpu": 2.5}), [], id="a number"),
        pytest.param(amounts({**LIMITS, "cpu": UNKNOWN}), [], id="unknown CPU"),
        pytest.param(amounts({**LIMITS, "cpu": "0.1"}), ["MNP362"], id="a tenth"),
        pytest.param(amounts({**LIMITS, "cpu": "0"}), ["MNP362"], id="no CPU"),
        pytest.param(amounts({**LIMITS, "cpu": "100m"}), ["MNP362"], id="milli-CPU"),
        pytest.param(amounts({**LIMITS, "memory": "4Mi"}), [], id="the least memory"),
        pytest.param(amounts({**LIMITS, "memory": "3Mi"}), ["MNP362"], id="3 MiB"),
        pytest.param(amounts({**LIMITS, "memory": "4096"}), ["MNP362"], id="no suffix"),
        pytest.param(amounts({**LIMITS, "nvidia.com/gpu": "1"}), [], id="one GPU"),
        pytest.param(amounts({**LIMITS, "nvidia.com/gpu": "0"}), ["MNP362"], id="zero GPUs"),
        pytest.param(amounts({**LIMITS, "example.com/device": "x"}), [], id="of another kind"),
        pytest.param(amounts(LIMITS, {"cpu": "20"}), [], id="less CPU reserved"),
        pytest.param(amounts(LIMITS, {"cpu": "36"}), ["MNP362"], id="more CPU reserved"),
        pytest.param(amounts(LIMITS, {"memory": "65000Mi"}), [], id="the same memory"),
        pytest.param(amounts(LIMITS, {"memory": "64999Mi"}), ["MNP362"], id="less memory"),
        pytest.param(amounts(LIMITS, {"memory": UNKNOWN}), [], id="unknown memory"),
        pytest.param(amounts({}, LIMITS), [], id="requests alone"),
        pytest.param(amounts({"cpu": "1"}), ["MNP362"], id="memory nowhere"),
        pytest.param(amounts({"cpu": "1"}, UNKNOWN), [], id="perhaps in the requests"),
        pytest.param(amounts(UNKNOWN), [], id="unknown limits"),
        pytest.param(
            {"containers": [container(), container("side", resources={})]}, [], id="of one of two"
        ),
        pytest.param(
            {"containers": [container(resources={}), UNKNOWN]}, [], id="of an unknown one"
        ),
    ],
)
def test_mnp362_amounts(pod: dict[str, Any], expected: list[str]) -> None:
    assert broken(**pod) == expected
