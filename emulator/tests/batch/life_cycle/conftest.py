"""A simulation for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.life_cycle.simulation import Simulation


@pytest.fixture
def batch(tmp_path: Path) -> Simulation:
    return Simulation(tmp_path)
