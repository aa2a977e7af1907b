"""Entry point of the command `mnp-launch` and of `python -m cdk_batch_mnp_launch`."""

from __future__ import annotations

import sys

from cdk_batch_mnp_launch.command import run


def main() -> None:
    """Run the command and exit with the status of the job."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
