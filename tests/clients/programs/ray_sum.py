"""A Ray program: the sum over one number of each node, each computed on a node of its own."""

import os
import socket
import time

import ray
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

ray.init(address="auto", log_to_driver=False)
nodes = int(os.environ["MNP_NUM_NODES"])
while sum(node["Alive"] for node in ray.nodes()) < nodes:
    time.sleep(0.2)


@ray.remote(num_cpus=1)
def number(index: int) -> tuple[int, str]:
    return index + 1, socket.gethostname()


group = placement_group([{"CPU": 1}] * nodes, strategy="STRICT_SPREAD")
results = ray.get(
    [
        number.options(scheduling_strategy=PlacementGroupSchedulingStrategy(group, i)).remote(i)
        for i in range(nodes)
    ]
)
total, hosts = sum(result[0] for result in results), {result[1] for result in results}
print(f"the sum is {total}, computed on {len(hosts)} nodes", flush=True)
