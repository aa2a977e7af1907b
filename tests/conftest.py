"""Environment of every test process, and the order of the tests."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.reporting import send_what_is_needed
from tests.scheduling import ByUnit, rank

# The CDK's own validation takes seconds for the first template of a process. The tests check the
# templates against the schemas of CloudFormation themselves, and one test of the reference app
# keeps the CDK's validation on.
os.environ["CDK_VALIDATION"] = "false"

# A deprecated API of the CDK, of which each synthesis of a user would be warned, is an error.
os.environ["JSII_DEPRECATED"] = "fail"

# Where a service of continuous integration sets it, the CDK CLI prints its messages to the output
# of the app instead of its errors. The commands of the tests print the same on every machine.
os.environ.pop("CI", None)

# A script's background job ignores SIGINT, as would the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The CDK, moto and cfn-lint are large data that stay until the end of a worker. With Python's own
# thresholds, a tenth of the time of the tests is spent on searching them for garbage. While they
# are loaded, nothing is searched.
gc.set_threshold(50_000, 20, 50)
gc.disable()

# How long an example takes says how busy the machine is. Every run draws other examples, so a few
# in each run find as much as many in one.
settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("untimed")
# With `--hypothesis-profile=thorough`: for a change of the engine, or of what reads templates.
settings.register_profile("thorough", settings.get_profile("untimed"), max_examples=3000)

# As in the Makefile: a Node that was fetched comes first, also for `python -m pytest` without make.
FETCHED_NODE = Path(__file__).parent.parent / ".node" / "programs"
if FETCHED_NODE.is_dir():
    os.environ["PATH"] = f"{FETCHED_NODE}{os.pathsep}{os.environ['PATH']}"


def pytest_configure(config: pytest.Config) -> None:
    """Send less to the controller."""
    send_what_is_needed(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slowest tests first."""
    items.sort(key=lambda item: rank(item.nodeid))


def pytest_collection_finish() -> None:
    """Leave what has been loaded out of the search for garbage: it stays, and is most of all."""
    gc.freeze()
    gc.enable()


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByUnit:
    """Keep tests that share expensive fixtures in one worker."""
    return ByUnit(config, log)
