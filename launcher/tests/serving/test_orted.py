"""Open MPI 4.1 starts its daemons through the agent, with and without a tree.

There is no wheel of Open MPI 4.1, so scripts stand in for its `mpirun` and `orted`. The command
lines are those of Open MPI 4.1.4, shortened. Where `orted` is installed, tests/clients/test_mpi.py
runs the real one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.tests.nodes import Job

MakeJob = Callable[[int], Job]

# As plm_rsh does: the words are arguments of their own, one is empty, and quotes are for the
# remote shell.
MPIRUN = """
set -- $(sort -k2 -n "$MNP_HOSTS" | cut -d" " -f1)
$OMPI_MCA_plm_rsh_agent $2 "" orted %(mode)s -mca ess '"env"' -mca ess_base_vpid 1 \
  -mca ess_base_num_procs '"3"' -mca orte_node_regex "\\"ip-[1:0],$2,$3@0(3)\\"" \
  -mca orte_hnp_uri "\\"1971847168.0;tcp://$1:56141\\"" \
  -mca plm_rsh_agent "\\"$OMPI_MCA_plm_rsh_agent\\"" -mca next "$3" -mca pmix '"^s1,s2,cray"'
echo "the agent has ended with $?"
%(rest)s
"""

ORTED = """#!/bin/sh
for word; do case $last in
  orte_hnp_uri) uri=$word;; plm_rsh_agent) agent=$word;;
  ess_base_vpid) vpid=$word;; next) next=$word;;
esac; last=$word; done
echo "daemon $vpid on node $AWS_BATCH_JOB_NODE_INDEX reports to $uri"
case "$*" in
  *--daemonize*) setsid sh -c 'echo $$ >"${0%/*}/daemon"; exec sleep 300' "$0" >&- 2>&- <&- &
    while ! test -s "${0%/*}/daemon"; do sleep 0.05; done; exit 0;;
  *--tree-spawn*) test $vpid = 1 &&
    $agent $next "" orted -mca ess_base_vpid 2 -mca orte_hnp_uri "\\"$uri\\"";;
esac
exit 0
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return a `PATH` with an `orted`."""
    program = tmp_path / "orted"
    program.write_text(ORTED)
    program.chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


def run(job: Job, path: str, mode: str, rest: str = "") -> list[str]:
    script = MPIRUN % {"mode": mode, "rest": rest}
    nodes = job.start_all("--mode", "main", "--", "sh", "-c", script, PATH=path)
    assert job.codes() == [0] * len(nodes), nodes[0].err
    assert job.left() == []
    return nodes[0].out.splitlines()


def test_daemons_start_each_other_in_a_tree(make_job: MakeJob, path: str) -> None:
    job = make_job(3)
    uri = f"1971847168.0;tcp://{job.address(0)}:56141"
    assert run(job, path, "--tree-spawn") == [
        f"daemon 1 on node 1 reports to {uri}",
        f"daemon 2 on node 2 reports to {uri}",
        "the agent has ended with 0",
    ]


def test_the_agent_ends_at_once_if_the_daemon_leaves_its_session(
    make_job: MakeJob, path: str
) -> None:
    started = time.monotonic()
    folder = path.partition(":")[0]
    # The daemon runs on until the job ends, which `run` checks.
    lines = run(
        make_job(3),
        path,
        "--daemonize",
        rest=f"mnp-agent $2 'kill -0 $(cat {folder}/daemon) && echo on'",
    )
    assert lines[1:] == ["the agent has ended with 0", "on"]
    assert time.monotonic() - started < 30
