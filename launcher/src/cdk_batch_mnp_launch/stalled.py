"""An mpirun that goes on although nothing is left that it could wait for.

Open MPI 5 can lock itself up in its very last step after `MPI_Abort`: all ranks and daemons have
ended, and `prterun` neither ends nor reacts to SIGTERM. AWS Batch would wait for the timeout.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cdk_batch_mnp_launch.processes import name_of, process_table

STARTERS = frozenset(("prterun", "prte", "mpirun", "mpiexec", "orterun", "mpiexec.hydra"))
"""Names of the programs that start ranks through agents and wait for them."""
STALL_SECONDS = 10.0
_ABORT = r"(?ms)\bMPI_ABORT\b.*?^\s*Errorcode: ([0-9]+)$"


class Stalled(NamedTuple):
    """A program that does not end.

    Attributes:
        pid: Its process ID.
        name: Its name.
    """

    pid: int
    name: str


def stalled_below(root: int) -> Stalled | None:
    """Return the mpirun that waits for nothing at this moment, or None.

    It is the only living process below the command, apart from shells that wait for it, and has
    not collected the status of agents that have ended, which takes a healthy one milliseconds.

    Args:
        root: Process ID of the command.
    """
    table = process_table()
    pid = root
    while True:
        below = [each for each, process in table.items() if process.parent == pid]
        living = [each for each in below if not table[each].ended]
        if pid not in table or len(living) > 1:
            return None
        if not living:
            found = Stalled(pid, name_of(pid))
            return found if below and found.name in STARTERS and not table[pid].ended else None
        pid = living[0]


def abort_code(tail: str) -> int:
    """Return the code of `MPI_Abort` that mpirun has printed, or 1."""
    found = re.search(_ABORT, tail)
    return int(found[1]) if found else 1
