"""Environment of every test process."""

from __future__ import annotations

import os
from pathlib import Path

# The CDK's own validation takes seconds for the first template of a process. The tests check the
# templates against the schemas of CloudFormation themselves, and one test of the reference app
# keeps the CDK's validation on.
os.environ["CDK_VALIDATION"] = "false"

# As in the Makefile: a Node that was fetched comes first, also for `python -m pytest` without make.
FETCHED_NODE = Path(__file__).parent.parent / ".node" / "programs"
if FETCHED_NODE.is_dir():
    os.environ["PATH"] = f"{FETCHED_NODE}{os.pathsep}{os.environ['PATH']}"
