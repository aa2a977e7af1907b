"""Data-parallel training with DistributedDataParallel that goes on where a lost node stopped it.

    torchrun train.py --checkpoints /fsx/checkpoints

The launcher sets what torchrun needs. Each process trains on its own data, on a GPU (nccl) or on a
CPU (gloo). Rank 0 prints the loss, and writes a checkpoint every few steps to a folder that all
nodes share. AWS Batch keeps the job ID when it tries a job again, so the next attempt finds the
checkpoints of the one before.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

BATCH = 256
FEATURES = 16


def run_name() -> str:
    """Return the job ID, which is the same on all nodes and in all attempts."""
    return os.environ.get("AWS_BATCH_JOB_ID", "local").partition("#")[0]


def batch(step: int, rank: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the data of a step: other data on each rank, and the same after a restart."""
    random = torch.Generator().manual_seed(step * 100_003 + rank)
    x = torch.randn(BATCH, FEATURES, generator=random)
    y = torch.sin(x.sum(dim=1, keepdim=True)) + x[:, :1] * x[:, 1:2]
    return x.to(device), y.to(device)


class Checkpoints:
    """The checkpoints of a run, in a folder that all nodes share.

    Args:
        folder: Which is made if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def latest(self) -> int:
        """Return the step of the newest checkpoint, as rank 0 sees it; 0 if there is none."""
        steps = [int(path.stem) for path in self.folder.glob("*.pt")]
        found = [max(steps, default=0)]
        # A file system may show a new file to one node later than to another.
        dist.broadcast_object_list(found)
        return found[0]

    def save(self, step: int, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write a checkpoint: whole or not at all, even if the node is lost meanwhile."""
        partial = self.folder / f"{step}.partial"
        with partial.open("wb") as file:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.folder / f"{step}.pt")

    def load(
        self, step: int, model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device
    ) -> None:
        """Load a checkpoint.

        Raises:
            SystemExit: This node does not see it.
        """
        path = self.folder / f"{step}.pt"
        if not path.is_file():
            raise SystemExit(f"{path} is missing on this node: do all nodes share {self.folder}?")
        state = torch.load(path, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])


def train(steps: int, every: int, checkpoints: Checkpoints) -> None:
    """Train from the newest checkpoint to the last step.

    Args:
        steps: The last step.
        every: Number of steps from one checkpoint to the next.
        checkpoints: Where to go on from, and where to write.
    """
    rank, size = dist.get_rank(), dist.get_world_size()
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(FEATURES, 128), nn.Tanh(), nn.Linear(128, 1)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    first = checkpoints.latest()
    if first:
        checkpoints.load(first, model, optimizer, device)
    parallel = DistributedDataParallel(model)
    if rank == 0:
        attempt = os.environ.get("AWS_BATCH_JOB_ATTEMPT", "1")
        print(f"attempt {attempt}: {size} ranks, {dist.get_backend()}, from step {first}")

    for step in range(first + 1, steps + 1):
        x, y = batch(step, rank, device)
        loss = nn.functional.mse_loss(parallel(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % every == 0 or step == steps:
            mean = loss.detach().clone()
            dist.all_reduce(mean)
            if rank == 0:
                print(f"step {step}: loss {mean.item() / size:.6f}", flush=True)
                checkpoints.save(step, model, optimizer)


def main() -> None:
    """Join the other processes, train, and leave together."""
    parser = argparse.ArgumentParser(description="Train a small network on all nodes.")
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR")
    parser.add_argument("--name", default=run_name(), help="name of the run (the job ID)")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100, help="steps between checkpoints")
    options = parser.parse_args()
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        train(options.steps, options.every, Checkpoints(options.checkpoints / options.name))
    finally:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
