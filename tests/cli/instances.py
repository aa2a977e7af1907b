"""Run the command instances, for tests of it."""

from __future__ import annotations

import sys
from pathlib import Path

from click.testing import CliRunner, Result

from cdk_batch_mnp.cli.main import app
from cdk_batch_mnp.instances import InstanceType

COMMAND = [sys.executable, "-c", "from cdk_batch_mnp.cli.main import main; main()", "instances"]
BARE = InstanceType(name="x9.huge", vcpus=8)


def run(*arguments: str | Path) -> Result:
    """Return the outcome of ``cdk-batch-mnp instances`` with these arguments."""
    return CliRunner().invoke(app, ["instances", *map(str, arguments)])
