"""The search for garbage is paused for imports, and is as before at the end."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cdk_batch_mnp.lazy.importing import importing


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    was_enabled = gc.isenabled()
    yield
    (gc.enable if was_enabled else gc.disable)()


def test_it_is_paused_and_continues() -> None:
    gc.enable()
    with importing():
        assert not gc.isenabled()
        with importing():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_continues_after_an_import_that_fails() -> None:
    gc.enable()
    with pytest.raises(ModuleNotFoundError), importing():
        import cdk_batch_mnp.no_such_module  # type: ignore[import-not-found]  # noqa: F401
    assert gc.isenabled()


def test_who_has_turned_it_off_has_it_off() -> None:
    gc.disable()
    with importing():
        pass
    assert not gc.isenabled()


IMPORT_EVERYTHING = """\
import gc
searches = []
gc.callbacks.append(lambda phase, info: searches.append(info["generation"]))
from cdk_batch_mnp import MnpCluster
from cdk_batch_mnp.rules.discovery import all_rules
searches.clear()
assert all_rules()
print(len(searches), gc.isenabled())
"""


def test_importing_the_rules_is_not_interrupted() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING], capture_output=True, text=True, check=True
    )
    searches, is_enabled = done.stdout.split()
    assert int(searches) <= 4
    assert is_enabled == "True"
