"""An MPI program: the sum over all ranks, and a number that goes once around all of them.

``ring.py [WAY]``: ``exit``, ``abort`` or ``kill`` is how the last rank ends before it takes part;
with ``input``, rank 0 prints what it reads from standard input.
"""

import os
import platform
import signal
import sys
from pathlib import Path

from mpi4py import MPI

world = MPI.COMM_WORLD
rank, size = world.Get_rank(), world.Get_size()
way = sys.argv[1] if len(sys.argv) > 1 else ""

if rank == size - 1:
    if way == "exit":
        raise SystemExit(9)
    if way == "abort":
        world.Abort(11)
    if way == "kill":
        os.kill(os.getpid(), signal.SIGKILL)

total = world.allreduce(rank + 1)
token = rank
for _ in range(size):
    token = world.sendrecv(token, dest=(rank + 1) % size, source=(rank - 1) % size)
if token != rank:
    raise SystemExit(f"rank {rank} has {token} after one round")

print(f"error output of rank {rank}", file=sys.stderr, flush=True)
world.Barrier()
hosts = world.gather(platform.node())
if hosts is not None:
    names = [line.split()[2] for line in Path(os.environ["MNP_HOSTS"]).read_text().splitlines()]
    order = "in" if hosts == sorted(hosts, key=names.index) else "not in"
    if way == "input":
        print(f"rank 0 has read {sys.stdin.read()!r}", flush=True)
    print(
        f"{size} ranks on {len(set(hosts))} hosts {order} node order, the sum is {total}",
        flush=True,
    )
