"""A catalogue for the tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_batch_mnp.instances import Catalogue
from tests.cli.instances import BARE


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A catalogue that knows hardly anything."""
    path = tmp_path / "bare.json"
    Catalogue({"x9.huge": BARE}, without_facts=frozenset({"x9.old"}), date="2027-01-31").save(path)
    return path
