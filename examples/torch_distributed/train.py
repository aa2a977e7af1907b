"""Data-parallel training over the nodes of a multi-node parallel job, with torch.distributed.

Each node has its own part of the data. The nodes average their gradients, so all of them end with
the same model. The main node of the job is rank 0, at which all ranks meet.
"""

import os
import socket

import torch
import torch.distributed as dist

STEPS, BATCH = 200, 64


def join_nodes() -> None:
    """Join the process group of all nodes, from the variables that AWS Batch sets."""
    index, main, number = (
        int(os.environ[f"AWS_BATCH_JOB_{name}"])
        for name in ("NODE_INDEX", "MAIN_NODE_INDEX", "NUM_NODES")
    )
    own_address = socket.gethostbyname(socket.gethostname())
    os.environ |= {
        # Only child nodes have this variable.
        "MASTER_ADDR": os.environ.get("AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS", own_address),
        "MASTER_PORT": "29500",
        "RANK": str((index - main) % number),
        "WORLD_SIZE": str(number),
    }
    dist.init_process_group("gloo", init_method="env://")


def train() -> float:
    """Fit y = 3x + 1, and return the loss of the last step, averaged over the nodes."""
    torch.manual_seed(0)  # the same model on every node
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = torch.Generator().manual_seed(dist.get_rank())  # other data on every node
    for _ in range(STEPS):
        x = torch.rand(BATCH, 1, generator=data) * 2 - 1
        loss = torch.nn.functional.mse_loss(model(x), 3 * x + 1)
        optimizer.zero_grad()
        loss.backward()
        for each in (*(parameter.grad for parameter in model.parameters()), loss.detach()):
            dist.all_reduce(each)
            each /= dist.get_world_size()
        optimizer.step()
    return loss.item()


if __name__ == "__main__":
    join_nodes()
    print(f"rank {dist.get_rank()} of {dist.get_world_size()} has joined", flush=True)
    last_loss = train()
    dist.barrier()  # the main node must not exit before the others, since that would stop them
    if dist.get_rank() == 0:
        print(f"{STEPS} steps, loss {last_loss:.6f}", flush=True)
    dist.destroy_process_group()
