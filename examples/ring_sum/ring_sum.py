"""A sum over all nodes of a job, around a ring of TCP connections.

    mnp-launch -- python3 ring_sum.py

The launcher starts this on all nodes once all of them are there, with a list of their addresses.
Every node contributes its index plus one, and passes what it receives on to the next node. It exits
with 1 if its sum is wrong, and then the launcher ends the job on all nodes.
"""

import os
import socket
import sys
import time
from pathlib import Path

PORT = 29500
SECONDS = 60.0

INDEX = int(os.environ["MNP_NODE_INDEX"])
HOSTS = Path(os.environ["MNP_HOSTS"]).read_text()  # an address, an index and a name on each line
ADDRESSES = {int(index): address for address, index, _ in map(str.split, HOSTS.splitlines())}
NODES = len(ADDRESSES)


def connect(address):
    """Connect to the next node, which may be a moment behind."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection((address, PORT), timeout=SECONDS)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def sum_around_the_ring():
    """Return the sum of the numbers of all nodes."""
    with socket.create_server((ADDRESSES[INDEX], PORT)) as server:
        server.settimeout(SECONDS)
        with connect(ADDRESSES[(INDEX + 1) % NODES]) as following:
            preceding, _ = server.accept()
            with preceding, preceding.makefile() as received:
                preceding.settimeout(SECONDS)
                total = number = INDEX + 1
                for _ in range(NODES - 1):
                    following.sendall(b"%d\n" % number)
                    number = int(received.readline())
                    total += number
    return total


total, expected = sum_around_the_ring(), NODES * (NODES + 1) // 2
if total != expected:
    sys.exit(f"node {INDEX}: the sum is {total}, not {expected}")
print(f"Node {INDEX} of {NODES} has the sum {total}.")
