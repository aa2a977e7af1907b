"""Nodes in namespaces have a network, host names and shared memory of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

import cdk_batch_mnp_emulator
from cdk_batch_mnp_emulator.nodes.local_runner import LocalRunner
from cdk_batch_mnp_emulator.nodes.runner import NoAddressError
from cdk_batch_mnp_emulator.wsgi import Environ, StartResponse
from nodes.cluster import Cluster, wait_until
from nodes.conftest import runner_in

RING = """
import socket, sys, time
index, addresses = int(sys.argv[1]), sys.argv[2].split(",")
server = socket.create_server(("0.0.0.0", 29500))
def connect(address):
    for _ in range(500):
        try:
            return socket.create_connection((address, 29500))
        except OSError:
            time.sleep(0.01)
    raise SystemExit("no connection to " + address)
out = connect(addresses[(index + 1) % len(addresses)])
into, (peer, _) = server.accept()
assert peer == addresses[index - 1], peer
total = value = index + 1
for _ in range(len(addresses) - 1):
    out.sendall(bytes([value]))
    value = into.recv(1)[0]
    total += value
print(total, flush=True)
"""


def test_four_programs_that_bind_the_same_port_find_each_other(separate: Cluster) -> None:
    places = [separate.runner.reserve(cidr) for cidr in ("10.0.1.0/24", "10.0.2.0/24") * 2]
    addresses = ",".join(each.address for each in places)
    nodes = [
        separate.python(RING, str(index), addresses, where=where)
        for index, where in enumerate(places)
    ]
    for node in nodes:
        assert node.wait_for("ended").lines == ["10"]


def test_thirty_two_nodes_start_in_seconds_and_reach_each_other(separate: Cluster) -> None:
    begin = time.monotonic()
    places = [separate.runner.reserve("10.3.0.0/24") for _ in range(32)]
    program = (
        "import socket, sys; s = socket.create_server(('', 80), backlog=32)\n"
        "print('up', flush=True)\n"
        "for _ in range(8): c = s.accept()[0]; c.close()\n"
    )
    servers = [separate.python(program, where=where) for where in places]
    for node in servers:
        node.wait_until(lambda node=node: "up" in node.lines)  # type: ignore[misc]
    assert time.monotonic() - begin < 5
    client = (
        "import socket, sys\nfor each in sys.argv[1].split(','):"
        " socket.create_connection((each, 80), 5).close()\n"
    )
    addresses = ",".join(each.address for each in places)
    clients = [separate.python(client, addresses) for _ in range(8)]
    assert [node.wait_for("ended", 30).exit_code for node in (*clients, *servers)] == [0] * 40


def test_a_host_name_resolves_to_the_address_on_every_node(separate: Cluster) -> None:
    other = separate.start("sleep", "30")
    program = (
        "import socket, sys; own = socket.gethostname()\n"
        "print(own, socket.gethostbyname(own), socket.gethostbyname(sys.argv[1]), socket.getfqdn())"
    )
    node = separate.python(program, other.where.host_name).wait_for("ended")
    own = node.where.host_name
    assert own == "ip-" + node.where.address.replace(".", "-")
    expected = f"{own} {node.where.address} {other.where.address} {own}.ec2.internal"
    assert node.lines == [expected]


def test_other_names_and_addresses_fail_at_once(separate: Cluster) -> None:
    program = """
import socket, time
begin = time.monotonic()
for place in ("example.com", "10.0.99.99", "8.8.8.8"):
    try:
        socket.create_connection((place, 80), timeout=5)
    except OSError as error:
        print(type(error).__name__)
print(time.monotonic() - begin < 3)
"""
    node = separate.python(program).wait_for("ended")
    assert node.lines == ["gaierror", "OSError", "OSError", "True"]


def test_shared_memory_is_private_and_has_the_size_that_was_asked_for(separate: Cluster) -> None:
    first = separate.start("sh", "-c", "echo x > /dev/shm/x; echo up; sleep 30")
    first.wait_until(lambda: "up" in first.lines)
    second = separate.run(
        "sh", "-c", "ls /dev/shm; df -k --output=size /dev/shm", shared_memory_mib=7
    )
    assert second.lines[0].split() == ["1K-blocks"]
    assert second.lines[1].split() == [str(7 * 1024)]
    assert not Path("/dev/shm/x").exists()


def test_a_node_finds_its_own_network_device_and_the_limits_of_this_machine(
    separate: Cluster,
) -> None:
    node = separate.run("sh", "-c", "ls /sys/class/net; ls /sys/fs/cgroup | wc -l")
    *devices, limits = node.lines
    assert devices == ["eth0", "lo"]
    assert int(limits) == len(list(Path("/sys/fs/cgroup").iterdir()))


def test_a_node_sees_its_own_processes_only(separate: Cluster) -> None:
    node = separate.run("sh", "-c", "echo $$; ls -d /proc/[0-9]*")
    assert node.lines[0] == "2"
    assert {"/proc/1", "/proc/2"} <= set(node.lines)
    assert len(node.lines) < 6


def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['HTTP_HOST']} {environ['PATH_INFO']}".encode()]


class Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[BaseWSGIServer]:
    server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("network", ["namespaces", "loopback"], indirect=True)
def test_nodes_reach_the_server_under_its_own_address(
    network: str, server: BaseWSGIServer, tmp_path: Path
) -> None:
    port = server.server_port
    runner = runner_in(network, port=port, process=server.process_request)
    try:
        program = (
            "import sys, urllib.request as u\n"
            "for i in range(20): print(u.urlopen(sys.argv[1] + str(i)).read().decode())"
        )
        cluster = Cluster(runner, tmp_path)
        nodes = [cluster.python(program, f"http://127.0.0.1:{port}/") for _ in range(4)]
        for node in nodes:
            node.wait_for("ended")
            assert node.lines == [f"127.0.0.1:{port} /{i}" for i in range(20)]
    finally:
        runner.close()


def test_addresses_are_those_that_aws_leaves_free_and_of_one_node_each(
    separate_runner: LocalRunner,
) -> None:
    places = [separate_runner.reserve("10.9.0.16/28") for _ in range(11)]
    assert [each.address for each in places] == [f"10.9.0.{n}" for n in range(20, 31)]
    with pytest.raises(NoAddressError, match="has 11 addresses for nodes, and nodes use all"):
        separate_runner.reserve("10.9.0.16/28")
    separate_runner.release(places[3])
    assert separate_runner.reserve("10.9.0.16/28") == places[3]


def test_what_a_node_sends_last_arrives_after_its_end(separate: Cluster) -> None:
    receiver = separate.python("""
import socket, time
server = socket.create_server(("", 29500))
print("up", flush=True)
connection = server.accept()[0]
time.sleep(0.5)
total = 0
while part := connection.recv(1 << 16):
    total += len(part)
print(total)
""")
    receiver.wait_until(lambda: "up" in receiver.lines)
    sender = separate.python(
        "import os, socket, sys; s = socket.create_connection((sys.argv[1], 29500))\n"
        "s.send(b'x' * 100_000); os._exit(0)",
        receiver.where.address,
    )
    sender.wait_for("ended")
    assert "ended" not in receiver.calls
    assert receiver.wait_for("ended").lines == ["up", "100000"]


@pytest.mark.parametrize("kind", ["net", "pid"])
def test_a_kernel_without_room_for_another_node_is_the_reason(kind: str, tmp_path: Path) -> None:
    runner = runner_in("namespaces")
    with Cluster(runner, tmp_path) as cluster:
        limit = f"/proc/sys/user/max_{kind}_namespaces"
        # Root in the user namespace of the nodes may lower the limits there.
        node = cluster.run("sh", "-c", f"echo 1 > {limit} && cat {limit}")
        if node.lines != ["1"]:
            pytest.skip("the limits cannot be lowered here")
        refused = cluster.run("true")
        assert refused.exit_code is None
        assert refused.reason.startswith("CannotStartContainerError: ")
        assert refused.reason.endswith(": the limits in /proc/sys/user are reached")
    runner.close()


def test_a_node_leaves_no_device_behind(tmp_path: Path) -> None:
    runner = runner_in("namespaces")
    host = runner.host_pid
    with Cluster(runner, tmp_path) as cluster:
        assert cluster.run("true").exit_code == 0

    def cables() -> int:
        table = Path(f"/proc/{inner(host)}/net/dev").read_text()
        return sum(line.strip().startswith("node") for line in table.splitlines())

    assert wait_until(lambda: cables() == 0)
    runner.close()


def inner(host: int | None) -> int:
    # The host process is the child of the process that the server has started.
    (child,) = Path(f"/proc/{host}/task/{host}/children").read_text().split()
    return int(child)


UNPRIVILEGED = """
import pathlib, resource, sys
sys.path[:0] = sys.argv[2:]
from nodes.cluster import Cluster
from cdk_batch_mnp_emulator.nodes.local_runner import LocalRunner
runner = LocalRunner(network="namespaces")
cluster = Cluster(runner, pathlib.Path(sys.argv[1]))
node = cluster.run("sh", "-c", "id -u; hostname -i; touch x")
print(*node.lines, node.exit_code, node.reason)
outer = runner.host_pid
(host,) = pathlib.Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
resource.prlimit(int(host), resource.RLIMIT_NPROC, (1, 1))
print(cluster.run("true").reason)
resource.prlimit(int(host), resource.RLIMIT_NPROC, (1, 1))
print(cluster.run("true").reason)
runner.close()
"""


def interpreter_for_all() -> str:
    """An interpreter that every user may run."""
    for program in (sys.executable, "/usr/local/bin/python3", "/usr/bin/python3"):
        path = Path(program).resolve()
        if path.exists() and all(parent.stat().st_mode & 0o001 for parent in path.parents):
            return program
    pytest.skip("another user may not read any interpreter here")


def test_root_is_not_needed_and_a_limit_of_processes_is_said() -> None:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can become another user here")
    runner_in("namespaces").close()  # or skips
    interpreter = interpreter_for_all()
    folder = Path(tempfile.mkdtemp(prefix="nodes-"))
    os.chown(folder, 65534, 65534)
    package = Path(cdk_batch_mnp_emulator.__file__).parent.parent
    path = [str(Path(__file__).parent.parent), str(package)]
    try:
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]  # noqa: RUF005
            + [interpreter, "-c", UNPRIVILEGED, str(folder), *path],
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path)},
        )
    finally:
        shutil.rmtree(folder)
    refusal = (
        "CannotStartContainerError: no process can be started: Resource temporarily unavailable"
    )
    assert done.stdout.splitlines() == ["0 10.0.1.4 0 ", refusal, refusal], done.stderr
