"""Removes the containers and the network of a server once that has ended, even if killed.

``python -m cdk_batch_mnp_emulator.nodes.container_remover docker NAME``, with the server at the
other end of its input.
"""

from __future__ import annotations

import subprocess
import sys

from cdk_batch_mnp_emulator.nodes.container import LABEL


def main() -> None:
    """Wait until the input ends, and then remove what is left."""
    program, name = sys.argv[1:]
    sys.stdin.read()
    listed = subprocess.run(  # noqa: S603 - the program that was asked for
        [program, "ps", "--all", "--quiet", "--filter", f"label={LABEL}={name}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    if containers := listed.stdout.split():
        subprocess.run([program, "rm", "--force", *containers])  # noqa: S603
    subprocess.run([program, "network", "rm", name])  # noqa: S603


if __name__ == "__main__":
    main()
