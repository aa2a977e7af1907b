"""A Ray program: the sum over one number of each node, computed on all of them."""

import os
import socket
import time

import ray

ray.init(address="auto", log_to_driver=False)
nodes = int(os.environ["MNP_NUM_NODES"])
while sum(node["Alive"] for node in ray.nodes()) < nodes:
    time.sleep(0.2)


@ray.remote(scheduling_strategy="SPREAD", num_cpus=1)
def number(index: int) -> tuple[int, str]:
    return index + 1, socket.gethostname()


results = ray.get([number.remote(index) for index in range(nodes)])
total, hosts = sum(result[0] for result in results), {result[1] for result in results}
print(f"the sum is {total}, computed on {len(hosts)} nodes", flush=True)
