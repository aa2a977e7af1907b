"""What ``make deploy-local`` runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.end_to_end.toolkit import ROOT

IN_AWS = [sys.executable, "-m", "tools.deploy_local"]
"""Beside an embedded AWS that runs."""
DEPLOY_LOCAL = [
    *(str(Path(sys.executable).with_name("cdk-batch-mnp")), "local", "exec", "--"),
    *IN_AWS,
]


def deploy_local(
    command: Sequence[str], env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of the two to its end."""
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def assert_says_what_was_deployed_and_run(done: subprocess.CompletedProcess[str]) -> None:
    """Look for the platform of demo.toml, and for its job over four nodes."""
    assert done.returncode == 0, done.stdout + done.stderr
    for fact in ("max vCPUs, 4 nodes", "placement group", "nodes, overridden"):
        assert fact in done.stdout
    lines = set(done.stdout.splitlines())
    assert {f"[{index}] Node {index} of 4 has the sum 10." for index in range(4)} < lines
    assert "[0] mnp-launch: node 0: all 4 nodes are ready, starting" in lines
    assert re.search(r"nodes that the launcher started │ ✓ │ 4 ", done.stdout)
    rows = re.findall(r"│ (\d) +│ ([\d.]+) +│ SUCCEEDED +│ 0 +│ [\d.]+ +│", done.stdout)
    assert [index for index, _ in rows] == ["0", "1", "2", "3"]
    assert len({address for _, address in rows}) == 4
    assert "Deployed as configured, and every job succeeded" in done.stdout
