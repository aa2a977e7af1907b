"""Commands that mpirun's agent runs on other nodes."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable

from launcher.tests.nodes import SHORT_GRACE, Job

MakeJob = Callable[[int], Job]
AGENT = 'agent="${MNP_HOSTS%/*}/agent"; set -- $(sort -k2 -n "$MNP_HOSTS" | cut -d" " -f1);'
"""Shell: the program `$agent`, and the addresses of the nodes in index order in $1, $2, ..."""


def run(job: Job, script: str, *options: str) -> str:
    """Run a script on the main node and return its output; the job succeeds."""
    nodes = job.start_all("--mode", "main", *options, "--", "sh", "-c", AGENT + script)
    assert job.codes() == [0] * len(nodes), nodes[0].err
    assert job.left() == []
    return nodes[0].out


def test_output_and_exit_status_come_back(make_job: MakeJob) -> None:
    script = "$agent -x -l root $2 'echo out $MNP_NODE_INDEX; echo err >&2; exit 5' 2>&1; echo $?"
    assert sorted(run(make_job(2), script).split("\n")) == ["", "5", "err", "out 1"]


def test_input_reaches_the_command(make_job: MakeJob) -> None:
    assert run(make_job(2), "echo question | $agent $2 cat") == "question\n"


def test_much_goes_both_ways_at_once_unchanged(make_job: MakeJob) -> None:
    script = (
        "head -c 10000000 /dev/urandom >data; $agent $2 cat <data >copy; cmp data copy && echo same"
    )
    assert run(make_job(2), f"cd $(mktemp -d); {script}") == "same\n"


def test_a_command_that_does_not_read_its_input_ends(make_job: MakeJob) -> None:
    script = "head -c 10000000 /dev/zero | $agent $2 'exec <&-; exit 4'; echo $?"
    assert run(make_job(2), script) == "4\n"


def test_a_child_reaches_another_child_through_the_main_node(make_job: MakeJob) -> None:
    # The agent is in a different folder on each node; MNP_HOSTS is the remote one.
    script = (
        "$agent $2 '${MNP_HOSTS%/*}/agent '$3' \"cat; exit 6\"' <<EOF\nthere and back\nEOF\necho $?"
    )
    assert run(make_job(3), script) == "there and back\n6\n"


def test_the_main_node_itself_can_be_the_target(make_job: MakeJob) -> None:
    assert run(make_job(2), "$agent $1 'echo $MNP_NODE_INDEX'") == "0\n"


def test_a_host_that_is_not_of_the_job(make_job: MakeJob) -> None:
    job = make_job(2)
    assert run(job, "$agent 192.0.2.1 true; echo $?") == "255\n"
    assert "192.0.2.1 is not a node of this job" in job.nodes[0].err


def test_an_orphan_that_holds_the_output_does_not_delay_the_end(make_job: MakeJob) -> None:
    started = time.monotonic()
    assert run(make_job(2), "$agent $2 'sleep 60 & echo done; exit 3'; echo $?") == "done\n3\n"
    assert time.monotonic() - started < 30


def test_the_command_ends_when_the_agent_is_killed(make_job: MakeJob) -> None:
    script = (
        "$agent $2 'echo $$; exec sleep 64' >log & while ! test -s log; do sleep 0.05; done;"
        " kill -0 $(cat log) && kill $!; while kill -0 $(cat log); do sleep 0.05; done; echo gone"
    )
    assert run(make_job(2), f"cd $(mktemp -d); {script}") == "gone\n"


def test_children_end_what_they_serve_when_the_job_ends(make_job: MakeJob) -> None:
    script = (
        "$agent $2 'trap \"\" TERM; echo begun; while :; do sleep 1; done' >log &"
        " until test -s log; do sleep 0.05; done; cat log"
    )
    assert run(make_job(2), f"cd $(mktemp -d); {script}", *SHORT_GRACE) == "begun\n"


def test_a_child_that_dies_ends_the_main_nodes_command(make_job: MakeJob) -> None:
    job = make_job(3)
    nodes = job.start_all(
        "--mode", "main", "--", "sh", "-c", AGENT + "$agent $2 'echo on; sleep 60'"
    )
    nodes[0].until("on\n")
    nodes[2].process.kill()
    assert [nodes[0].code(), nodes[1].code()] == [76, 76]
    assert "failed first on node 2" in nodes[0].err


def test_twenty_commands_at_once(make_job: MakeJob) -> None:
    script = "for i in $(seq 20); do $agent $2 'echo $0' </dev/null & done; wait"
    assert run(make_job(2), script).count("\n") == 20


def test_the_secret_does_not_reach_commands(make_job: MakeJob) -> None:
    script = "echo [$MNP_SECRET]; $agent $2 'echo [$MNP_SECRET]'"
    assert run(make_job(2), script) == "[]\n[]\n"


def test_a_command_on_a_node_that_is_lost_while_the_job_ends_comes_back(make_job: MakeJob) -> None:
    job = make_job(2)
    script = f"{AGENT} trap 'echo asking; $agent $2 true; echo $?' TERM; echo on; sleep 60 & wait"
    nodes = job.start_all("--mode", "main", "--grace", "30s", "--", "sh", "-c", script)
    nodes[0].until("on\n")
    nodes[1].process.send_signal(signal.SIGSTOP)
    nodes[0].process.terminate()
    nodes[0].until("asking\n")
    time.sleep(0.5)  # The request is now on its way to a node that takes nothing.
    began = time.monotonic()
    nodes[1].process.kill()
    assert nodes[0].code() == 143
    assert nodes[0].out == "on\nasking\n255\n"
    assert time.monotonic() - began < 15


def test_garbage_on_the_socket_of_the_agents_does_not_end_the_job(make_job: MakeJob) -> None:
    program = """
import os, socket, sys
path = os.path.dirname(os.environ["MNP_HOSTS"]) + "/agent.sock"
request = bytes((32, 0, 0, 0, 3)) + b"a b"
overlong = bytes((32, 255, 255, 255, 255))
for data in (request, overlong, bytes((33, 0, 0, 0, 0)) * 9, os.urandom(9999)):
    with socket.socket(socket.AF_UNIX) as agent:
        agent.connect(path)
        agent.sendall(data)
        agent.shutdown(socket.SHUT_WR)
        while agent.recv(1000): pass
print("alive")
"""
    script = f"{sys.executable} -S -c '{program}'; $agent $2 'echo works'"
    assert run(make_job(2), script) == "alive\nworks\n"


def test_a_command_that_is_asked_for_while_the_job_ends_is_not_started(make_job: MakeJob) -> None:
    job = make_job(2)
    script = AGENT + (
        "trap '$agent $2 echo too late; $agent $1 echo too late; echo $?' TERM;"
        " echo on; sleep 60 & wait"
    )
    nodes = job.start_all("--mode", "main", "--grace", "10s", "--", "sh", "-c", script)
    nodes[0].until("on\n")
    nodes[0].process.terminate()
    assert job.codes() == [143, 143]
    assert nodes[0].out == "on\n255\n"
    assert job.left() == []
