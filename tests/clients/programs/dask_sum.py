"""A Dask program: the sum over one number of each node, computed on all of them."""

import os
import socket
import sys

from distributed import Client

with Client() as client:  # of DASK_SCHEDULER_ADDRESS
    nodes = int(os.environ["MNP_NUM_NODES"])
    client.wait_for_workers(nodes, timeout=60)
    hosts = client.run(socket.gethostname)
    total = client.submit(sum, client.map(lambda index: index + 1, range(nodes))).result()
print(f"the sum is {total}, computed on {len(set(hosts.values()))} nodes", flush=True)
sys.exit(int(os.environ.get("FAIL", "0")))
