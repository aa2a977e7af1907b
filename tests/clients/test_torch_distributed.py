"""The example of torch.distributed trains over four nodes. Only where torch is installed."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.platform import Platform, running_platform

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch"),
]

EXAMPLE = Path(__file__).parents[2] / "examples" / "torch_distributed"


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running_platform({"example": EXAMPLE}) as platform:
        yield platform


def test_four_nodes_train_one_model(platform: Platform) -> None:
    job = platform.run_nodes(4, image="example", command=[sys.executable, "train.py"])
    log = platform.log_of_main(job)
    assert job["status"] == "SUCCEEDED", log
    assert "rank 0 of 4 has joined" in log
    found = re.fullmatch(r"200 steps, loss ([\d.]+)", log[-1])
    assert found, log
    assert float(found[1]) < 0.001
