"""Entry point of the command `mnp-launch` and of `python -m cdk_batch_mnp_launch`."""

from __future__ import annotations

import os
import sys

from cdk_batch_mnp_launch.command import run


def main() -> None:
    """Run the command and exit with the status of the job."""
    status = run(sys.argv[1:])
    # All is written and closed, and the interpreter would take a tenth of a short job to end.
    os._exit(status)


if __name__ == "__main__":
    main()
