"""Nodes that share the network of this machine, and what is said about their ports."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterable

import pytest

from cdk_batch_mnp_emulator.nodes import addresses, listeners
from cdk_batch_mnp_emulator.nodes.runner import NoAddressError
from nodes.cluster import Cluster
from nodes.conftest import runner_in

LISTEN = """
import socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
print(server.getsockname()[1], flush=True)
time.sleep(60)
"""


def test_each_node_has_an_address_of_its_own_that_is_its_host_name(shared: Cluster) -> None:
    program = (
        "import os, socket; print(socket.gethostbyname(os.environ['HOSTNAME']));"
        "socket.create_server((os.environ['HOSTNAME'], 29511))"
    )
    nodes = [shared.python(program) for _ in range(3)]
    for node in nodes:
        assert node.wait_for("ended").lines == [node.where.address]
        assert node.exit_code == 0
        assert node.where.host_name == node.where.address
    assert len({node.where.address for node in nodes}) == 3


def test_the_launcher_uses_the_address_of_the_node(shared: Cluster) -> None:
    node = shared.run("sh", "-c", 'echo "$MNP_BIND"')
    assert node.lines == [node.where.address]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows whose a socket is")
@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_a_program_that_takes_the_port_of_all_nodes_is_named(shared: Cluster, address: str) -> None:
    other = shared.start("sleep", "60")
    node = shared.python(LISTEN, address, "29512")
    node.wait_for("warned")
    (warning,) = node.warnings
    assert other.warnings == []
    assert "python" in warning
    assert "listens on 0.0.0.0:29512, which all nodes share here" in warning


BROADCAST = """
import socket, sys, time
index, addresses = int(sys.argv[1]), sys.argv[2].split(",")
server = socket.create_server(("0.0.0.0", 29516))
for each in addresses:
    socket.create_connection((each, 29516), 5).close()
    server.accept()[0].close()
time.sleep(0.5)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows whose a socket is")
def test_a_job_whose_nodes_talk_to_the_wrong_node_is_warned_about(shared: Cluster) -> None:
    places = [shared.runner.reserve("10.0.1.0/24") for _ in range(4)]
    addresses = ",".join(each.address for each in places)
    nodes = [
        shared.python(BROADCAST, str(index), addresses, where=where)
        for index, where in enumerate(places)
    ]
    codes = sorted(node.wait_for("ended").exit_code or 0 for node in nodes)
    assert codes[0] == 0  # the survivor saw nothing wrong
    assert {node.exit_code for node in nodes if node.warnings} == {0}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows whose a socket is")
def test_a_program_of_a_child_process_is_found_too(shared: Cluster) -> None:
    shared.start("sleep", "60")
    node = shared.python(
        f"import os\nif os.fork(): os.wait()\nelse:\n exec({LISTEN!r})", "", "29513"
    )
    node.wait_for("warned")


def test_ports_that_cannot_collide_are_not_warned_about(shared: Cluster) -> None:
    alone = shared.python(LISTEN, "", "29514")
    alone.wait_until(lambda: bool(alone.lines))
    time.sleep(0.4)
    assert alone.node
    alone.node.stop(0)
    alone.wait_for("ended")
    own = shared.runner.reserve("10.0.1.0/24")
    others = [
        shared.python(LISTEN, own.address, "29515", where=own),
        shared.python(LISTEN, "", "0"),
    ]
    for node in others:
        node.wait_until(lambda node=node: bool(node.lines))  # type: ignore[misc]
    time.sleep(0.6)
    assert [node.warnings for node in (alone, *others)] == [[], [], []]


def test_the_description_says_what_is_shared_and_why(shared: Cluster) -> None:
    assert "share its network (it was asked for)" in shared.runner.description


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists sockets")
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
@pytest.mark.parametrize("way", [listeners._by_netlink, listeners._by_table])
def test_both_ways_to_list_sockets_find_those_on_all_addresses(
    way: Callable[[], Iterable[tuple[int, int]]], family: socket.AddressFamily
) -> None:
    own = "127.0.0.1" if family is socket.AF_INET else "::1"
    with (
        socket.create_server(("", 0), family=family) as everywhere,
        socket.create_server((own, 0), family=family) as here,
    ):
        found = dict(way())
        assert found[os.fstat(everywhere.fileno()).st_ino] == everywhere.getsockname()[1]
        assert os.fstat(here.fileno()).st_ino not in found


def test_two_servers_use_different_addresses(shared: Cluster) -> None:
    other = runner_in("loopback")
    try:
        places = [runner.reserve("10.0.1.0/24") for runner in (other, shared.runner) * 3]
        assert len({each.address for each in places}) == 6
        for where in places[1::2]:
            shared.runner.release(where)
    finally:
        other.close()


def test_an_address_of_a_system_that_has_one_is_of_one_node(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(addresses, "_loopback", lambda: iter(["127.0.0.1", "192.0.2.77"]))
    places = addresses.LoopbackAddresses()
    where = places.reserve("10.0.1.0/24")
    assert where.address == "127.0.0.1"
    with pytest.raises(NoAddressError) as caught:
        places.reserve("10.0.1.0/24")
    assert str(caught.value) == (
        "this system has a loopback address for 1 node only: add one for each further node, such as"
        " with `sudo ifconfig lo0 alias 127.0.0.2 up`"
    )
    places.release(where)
    assert places.reserve("10.0.1.0/24") == where
    places.close()
