"""Measure the time to load the instance type catalogue and to find a type.

    python benchmarks/catalogue.py [--starts 15]

Each measurement is a new process. Goals: 20 ms to load the catalogue and find the first type, 10 µs
for each further type. The time of the imports is printed too, with the share of json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from statistics import median

from rich.console import Console
from rich.table import Table

COLD_GOAL_SECONDS = 0.02
WARM_GOAL_SECONDS = 1e-5

PROGRAM = """
from time import perf_counter

start = perf_counter()
import json

with_json = perf_counter()
from cdk_batch_mnp.instances import default_catalogue

imported = perf_counter()
catalogue = default_catalogue()
assert catalogue.find("p5.48xlarge").vcpus == 192
found = perf_counter()
catalogue.find("p5.48xlarge")
again = perf_counter()
types = list(catalogue)
others = perf_counter()
print(json.dumps({
    "json": with_json - start,
    "import": imported - with_json,
    "load": found - imported,
    "whole": found - start,
    "again": again - found,
    "other": (others - again) / len(types),
}))
"""

MEASURES: Mapping[str, tuple[str, float | None]] = {
    "json": ("import json, for comparison", None),
    "import": ("import cdk_batch_mnp.instances", None),
    "load": ("load the catalogue and look a type up", COLD_GOAL_SECONDS),
    "whole": ("all of that together", None),
    "again": ("the same type again", WARM_GOAL_SECONDS),
    "other": ("another type, for the first time", WARM_GOAL_SECONDS),
}


def times() -> dict[str, float]:
    """Return the seconds of each step in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--starts", type=int, default=15, help="of each process (default: 15)")
    arguments = parser.parse_args()
    if arguments.starts < 1:
        parser.error("--starts must be at least 1")

    times()  # writes the bytecode
    measured = [times() for _ in range(arguments.starts)]
    table = Table(title="Medians")
    table.add_column("what")
    table.add_column("time (ms)", justify="right")
    table.add_column("goal (ms)", justify="right")
    for key, (what, goal) in MEASURES.items():
        seconds = median(each[key] for each in measured)
        goal_shown = "" if goal is None else f"{goal * 1000:g}"
        table.add_row(what, f"{seconds * 1000:.4f}", goal_shown)
    Console().print(table)


if __name__ == "__main__":
    main()
