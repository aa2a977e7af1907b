"""An MPI program: the sum over all ranks, and a number that goes once around all of them."""

import platform
import sys

from mpi4py import MPI

world = MPI.COMM_WORLD
rank, size = world.Get_rank(), world.Get_size()
if "--fail" in sys.argv and rank == size - 1:
    raise SystemExit(9)

total = world.allreduce(rank + 1)
token = rank
for _ in range(size):
    token = world.sendrecv(token, dest=(rank + 1) % size, source=(rank - 1) % size)
if token != rank:
    raise SystemExit(f"rank {rank} has {token} after one round")

hosts = world.gather(platform.node())
if hosts is not None:
    print(f"{size} ranks on {len(set(hosts))} hosts, the sum is {total}", flush=True)
