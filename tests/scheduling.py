"""Which worker of pytest-xdist runs which tests.

The mark `xdist_group` of pytest-xdist 3.8 has no effect with pytest 9: fixtures such as a wheel or
a bootstrapped account would be set up in every worker.
"""

from __future__ import annotations

from functools import cache
from itertools import takewhile
from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

# The tests of a folder share its fixtures, so one worker runs all of them.
FOLDERS = (
    *("tests/end_to_end", "emulator/tests/batch", "tests/faults"),
    *("tests/packaging", "tests/stacks"),
)
# One worker runs all tests that use cfn-lint, which is slow to load: those of the reference
# platforms, and these files.
WITH_CFN_LINT = (
    "tests/cdk/eks/test_rendering.py",
    "tests/cdk/environments/test_environment_resource.py",
    "tests/cdk/jobs/test_consumable_resources.py",
    "tests/cdk/jobs/test_execute_command.py",
    "tests/cdk/nodes/test_encryption_keys.py",
    "tests/documented/test_environments.py",
    "tests/synthesis/test_launched_jobs.py",
)
# The slowest come first, so that no worker waits for them at the end: these take four seconds or
# more.
SLOWEST = (
    "tests/end_to_end",
    "emulator/tests/batch",
    "tests/faults",
    "emulator/tests/run/test_run.py",
    "emulator/tests/test_processes.py",
    "tests/stacks",
    "launcher/tests/test_failing_together.py",
    "emulator/tests/state/test_saving.py",
    "emulator/tests/cloudformation/providers/neighbours/test_stacks.py",
    "emulator/tests/cloudformation/test_refusals.py",
    "launcher/tests/test_meeting_faults.py",
    "tests/corpus/test_corpus.py",
    "emulator/tests/nodes/test_faults.py",
    "tests/synthesis/test_channels.py",
    "emulator/tests/test_server_faults.py",
    "tests/benchmarks/test_fuzz.py",
    "launcher/tests/test_burst.py",
    "tests/cli/test_streams.py",
    "tests/engine/test_checking.py",
    "tests/engine/test_checking_unknown.py",
    "emulator/tests/functions/test_invoke.py",
    "tests/template/source/test_budget.py",
    "emulator/tests/test_command.py",
    "emulator/tests/nodes/test_running.py",
    "launcher/tests/test_packaging.py",
    "tests/corpus/test_presence.py",
    "emulator/tests/run/test_containers.py",
    "tests/cdk/validation/test_written_templates.py",
    "emulator/tests/step_functions/test_jobs.py",
    "tests/cli/test_instances.py",
    "tests/cdk/nodes/test_shell.py",
    "emulator/tests/cloudformation/providers/test_batch.py",
    "launcher/tests/test_processes.py",
    "launcher/tests/serving/test_remote_commands.py",
    "emulator/tests/test_together.py",
    "tests/cli/test_local.py",
    "emulator/tests/nodes/test_separate_networks.py",
    "tests/template/test_checking_conditions.py",
    "tests/packaging",
)


def unit_of(nodeid: str) -> str:
    """Return what has to run in one worker: a folder of `FOLDERS`, a file, or all of cfn-lint."""
    return _unit_of_file(nodeid.partition("::")[0])


@cache
def _unit_of_file(file: str) -> str:
    for folder in FOLDERS:
        if PurePosixPath(file).is_relative_to(folder):
            return folder
    return "tests/stacks" if file in WITH_CFN_LINT else file


def rank(nodeid: str) -> int:
    """Return the place of a test in the order of the suite."""
    unit = unit_of(nodeid)
    return SLOWEST.index(unit) if unit in SLOWEST else len(SLOWEST)


def pending(workload: dict[str, dict[str, bool]]) -> int:
    """Return the number of tests of a worker that have not ended: all in the last of its units.

    pytest-xdist counts in all units, after each of ten thousand tests.
    """
    counts = (list(unit.values()).count(False) for unit in reversed(workload.values()))
    return sum(takewhile(bool, counts))


class ByUnit(LoadScopeScheduling):
    """Sends the tests of a unit to one worker, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: object | None = None) -> None:
        super().__init__(config, log)  # type: ignore[arg-type]
        config.option.loadscopereorder = False

    def _pending_of(self, workload: dict[str, dict[str, bool]]) -> int:
        return pending(workload)

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
