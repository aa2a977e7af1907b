"""A sum over all nodes of a job, around a ring of TCP connections.

Every node contributes its index plus one. The main node waits for the others, sends all of them the
addresses in the ring, and prints the result. It exits with 1 if a node is missing or the sums
differ, and so the job fails.

    python3 ring_sum.py [SECONDS]    # how long nodes wait for each other; 300 by default
"""

import json
import os
import socket
import sys
import time

PORT = 29500

INDEX = int(os.environ["AWS_BATCH_JOB_NODE_INDEX"])
MAIN = int(os.environ["AWS_BATCH_JOB_MAIN_NODE_INDEX"])
NODES = int(os.environ["AWS_BATCH_JOB_NUM_NODES"])
SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
DEADLINE = time.monotonic() + SECONDS


def left():
    """Seconds that are left; never zero, which would make a socket non-blocking."""
    return max(DEADLINE - time.monotonic(), 0.001)


def listen(port):
    """Listen on the node's own address, not on all addresses of the machine."""
    own = socket.gethostbyname(os.environ.get("HOSTNAME") or socket.gethostname())
    listening = socket.create_server((own, port), backlog=NODES)
    listening.settimeout(left())
    return listening


def connect(address, port):
    """Connect, however long the other node takes to start."""
    while True:
        try:
            return socket.create_connection((address, port), timeout=left())
        except OSError:
            if time.monotonic() > DEADLINE:
                raise
            time.sleep(0.05)


class Line:
    """One connection that carries lines of JSON."""

    def __init__(self, connection):
        self.connection = connection
        self.reader = connection.makefile("r")

    def send(self, value):
        self.connection.sendall(json.dumps(value).encode() + b"\n")

    def receive(self):
        self.connection.settimeout(left())
        line = self.reader.readline()
        if not line:
            raise ConnectionError("another node has closed its connection")
        return json.loads(line)


def sum_around(ring, listening):
    """Pass every node's number around the ring once; the sum is the same everywhere."""
    total = number = INDEX + 1
    if NODES == 1:
        return total
    following = Line(connect(*ring[(INDEX + 1) % NODES]))
    preceding = Line(listening.accept()[0])
    for _ in range(NODES - 1):
        following.send(number)
        number = preceding.receive()
        total += number
    return total


def run_main():
    meeting, listening = listen(PORT), listen(0)
    ring = {INDEX: listening.getsockname()}
    children = {}
    while len(ring) < NODES:
        try:
            child = Line(meeting.accept()[0])
        except TimeoutError:
            missing = sorted(set(range(NODES)) - set(ring))
            sys.exit(f"missing after {SECONDS:g} seconds: nodes {missing}")
        index, address = child.receive()
        ring[index], children[index] = address, child
    for child in children.values():
        child.send([ring[index] for index in range(NODES)])
    sums = {INDEX: sum_around(ring, listening)}
    sums.update((index, child.receive()) for index, child in children.items())
    for child in children.values():
        child.reader.readline()  # until the child has exited: this exit would stop it
    expected = NODES * (NODES + 1) // 2
    if set(sums.values()) != {expected}:
        sys.exit(f"the sum is {expected}, and the nodes have {sums}")
    print(f"The sum over {NODES} nodes is {expected}, and every node has it.")


def run_child():
    # Set on child nodes only.
    address = os.environ["AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS"]
    listening = listen(0)
    main = Line(connect(address, PORT))
    main.send([INDEX, listening.getsockname()])
    total = sum_around(main.receive(), listening)
    main.send(total)
    print(f"Node {INDEX} has the sum {total}.", flush=True)
    main.connection.settimeout(None)
    os.dup(main.connection.fileno())  # stays open until this process has exited


try:
    run_main() if INDEX == MAIN else run_child()
except (OSError, ValueError) as error:
    sys.exit(f"node {INDEX}: {error}")
