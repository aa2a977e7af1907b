"""What strangers cost who connect to the main node's port."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cdk_batch_mnp_launch.protocol import handshake
from cdk_batch_mnp_launch.protocol.frames import Opener, Sealer
from cdk_batch_mnp_launch.protocol.handshake import MainHandshake, job_key
from launcher.tests.nodes import SECRET, Job, Node

MakeJob = Callable[[int], Job]
PORT = 7878


def peak_mib(node: Node) -> float:
    """Return the most memory that a node has used so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{node.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def cpu_seconds(node: Node) -> float:
    fields = Path(f"/proc/{node.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send(address: str, data: bytes) -> None:
    with socket.create_connection((address, PORT), timeout=5) as stranger:
        try:
            stranger.sendall(data)
            stranger.recv(1000)
        except OSError:
            pass  # it has hung up


def test_a_flood_of_connections_with_much_data_fills_no_memory(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start(0, "--deadline", "60s", "--", "true")
    main.until("waiting up to")
    before = peak_mib(main)
    for number in range(1500):
        send(job.address(0), b"\0\0\0\xff" * 64_000 if number % 2 else b"\xff" * 256_000)
    assert peak_mib(main) - before < 8
    job.start(1, "--", "true")
    assert main.code() == 0


def test_more_connections_than_open_files_delay_nodes_only_a_little(make_job: MakeJob) -> None:
    job = make_job(2)
    main = job.start(0, "--deadline", "60s", "--", "true", shell="ulimit -n 64")
    main.until("waiting up to")
    assert "warning: 64 open files are allowed, 2 nodes may need" in main.err
    strangers = [socket.create_connection((job.address(0), PORT)) for _ in range(300)]
    time.sleep(0.5)
    spent = cpu_seconds(main)
    time.sleep(1)
    assert cpu_seconds(main) - spent < 0.2  # it does not spin
    job.start(1, "--deadline", "60s", "--", "true")
    assert main.code() == 0
    for stranger in strangers:
        stranger.close()


def test_a_flood_from_one_address_does_not_push_out_the_nodes(make_job: MakeJob) -> None:
    job = make_job(4)
    main = job.start(0, "--deadline", "30s", "--", "true", shell="ulimit -n 64")
    main.until("waiting up to")
    stop = threading.Event()

    def flood() -> None:
        held: list[socket.socket] = []
        while not stop.is_set():
            with contextlib.suppress(OSError):  # the door is shut once all have joined
                held.append(socket.create_connection((job.address(0), PORT), timeout=5))
            if len(held) > 200:
                held.pop(0).close()
        for connection in held:
            connection.close()

    attacker = threading.Thread(target=flood)
    attacker.start()
    try:
        for index in (1, 2, 3):
            job.start(index, "--deadline", "30s", "--", "true")
        assert job.codes() == [0] * 4
    finally:
        stop.set()
        attacker.join()


def test_a_node_that_is_dropped_before_it_is_welcome_tries_again(make_job: MakeJob) -> None:
    job = make_job(2)
    key = job_key(SECRET.encode(), handshake.Job("job-1", 1, 2))
    with socket.create_server((job.address(0), PORT)) as server:
        child = job.start(1, "--", "true")
        # A main node that answers as it should, and then drops the connection.
        connection, _ = server.accept()
        opener, main = Opener(), MainHandshake(key, handshake.Job("job-1", 1, 2), 0, b"n" * 32)
        while (frame := opener.next_frame()) is None:
            opener.feed(connection.recv(1000))
        answer = main.receive(frame)
        assert answer is not None
        connection.sendall(Sealer().seal(answer))
        assert connection.recv(1000)
        connection.close()
    assert job.start(0, "--", "true").code() == 0
    assert child.code() == 0
