"""How long the reference app takes, beside the same platform on the CDK's own constructs.

    python benchmarks/synth.py [--pairs 5]

Both are run in turn, each in a fresh process, with the CDK's validation of templates off and then
on: it takes the same seconds of either, and hides the difference. Goal: a median ratio of at most
1.0. Before that, both templates are held against each other: unequal resources end the benchmark.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
GOAL = 1.0

OURS = ("app.py",)
STOCK = ("benchmarks/stock/app.py",)

NAMED_DIFFERENCES: Mapping[str, int] = {}
"""Resources that ours has more (or, below zero, fewer) of than the stock app, by type; none today.

What the two do not have alike lies inside of the resources: an open node range and the fourth
reason for stuck jobs, which the stock constructs cannot say, and their Name tags on instances.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of wall time of two runs, one right after the other."""

    ours: float
    stock: float

    @property
    def ratio(self) -> float:
        """Ours by theirs; below 1 we are faster."""
        return self.ours / self.stock


def synthesize(arguments: Sequence[str], directory: Path, *, validation: bool) -> float:
    """Run an app in a fresh process, and tell how many seconds it took."""
    environment = {
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "18,20,22",
        **os.environ,
        "CDK_VALIDATION": "true" if validation else "false",
        "CDK_OUTDIR": str(directory),
    }
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - start


def resources(directory: Path) -> Counter[str]:
    """Count the resources of all templates by type."""
    return Counter(
        resource["Type"]
        for template in directory.glob("*.template.json")
        for resource in json.loads(template.read_text())["Resources"].values()
    )


def differences(ours: Counter[str], stock: Counter[str]) -> list[str]:
    """The types that the two do not have as often as they should, in words."""
    return [
        f"{kind}: {ours[kind]} beside {stock[kind]}"
        for kind in sorted({*ours, *stock})
        if ours[kind] - stock[kind] != NAMED_DIFFERENCES.get(kind, 0)
    ]


def measure(pairs: int, ours: Path, stock: Path, *, validation: bool) -> list[Pair]:
    """Run both in turn."""
    return [
        Pair(
            synthesize(OURS, ours, validation=validation),
            synthesize(STOCK, stock, validation=validation),
        )
        for _ in range(pairs)
    ]


def show(title: str, measured: Sequence[Pair]) -> Table:
    """A table with a line for each pair, and the medians below."""
    table = Table(title=title, show_footer=True)
    table.add_column("pair", footer="median")
    for name, values in (
        ("ours (s)", [each.ours for each in measured]),
        ("stock (s)", [each.stock for each in measured]),
        ("ratio", [each.ratio for each in measured]),
    ):
        table.add_column(name, justify="right", footer=f"{median(values):.2f}")
    for number, each in enumerate(measured, start=1):
        table.add_row(str(number), f"{each.ours:.2f}", f"{each.stock:.2f}", f"{each.ratio:.2f}")
    return table


def main() -> None:
    """Compare, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=5, help="how often each is run (default: 5)")
    pairs: int = parser.parse_args().pairs
    if pairs < 1:
        parser.error("--pairs must be at least 1")
    console = Console()
    with TemporaryDirectory() as directory:
        ours, stock = Path(directory, "ours"), Path(directory, "stock")
        # These runs also warm the caches of Python, of jsii and of the disk.
        synthesize(OURS, ours, validation=False)
        synthesize(STOCK, stock, validation=False)
        unequal = differences(resources(ours), resources(stock))
        if unequal:
            sys.exit("the two apps do not make the same resources:\n" + "\n".join(unequal))
        console.print(f"both make the same {resources(ours).total()} resources")
        for validation in (False, True):
            title = f"python app.py, validation of the CDK {'on' if validation else 'off'}"
            measured = measure(pairs, ours, stock, validation=validation)
            console.print(show(title, measured))
    console.print(f"goal: a median ratio of at most {GOAL}")


if __name__ == "__main__":
    main()
