"""How long the reference app takes, compared with the same platform on the CDK's own constructs.

    python benchmarks/synth.py [--config demo|training|hpc|definitions] [--pairs 5]

Both are run in turn, each in a fresh process, with the CDK's validation of templates off and then
on: it takes the same seconds of either, and hides the difference. Goal: a median ratio of at most
1.0 for each platform. Before that, both templates are compared: unequal resources end the
benchmark.

``definitions`` measures growth: the seconds that 200 more job definitions in four stacks take.
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
CONFIGS = ("demo", "training", "hpc")
GROWTH = "definitions"
MORE_DEFINITIONS = 200
FEW_DEFINITIONS = 4

NAMED_DIFFERENCES: Mapping[str, Mapping[str, int]] = {config: {} for config in CONFIGS}
"""Resources that ours has more (or, below zero, fewer) of than the stock app, by type; none today.

What the two do not have alike lies inside of the resources: an open node range and the fourth
reason for stuck jobs, which the stock constructs cannot say, and their Name tags on instances. By
hand the training platform mounts its file system without retries, and trusts that it is there.
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


def stock_of(config: str) -> Sequence[str]:
    """What runs the platform of a settings file as it is written by hand."""
    return (f"benchmarks/stock/{config}.py",)


def synthesize(
    arguments: Sequence[str], directory: Path, *, config: str, validation: bool
) -> float:
    """Run an app in a fresh process, and tell how many seconds it took."""
    environment = {
        **os.environ,
        # What is installed has its bytecode; so has a project's own code after the first run.
        "PYTHONDONTWRITEBYTECODE": "",
        # For what is written by hand, which lies deeper than app.py.
        "PYTHONPATH": str(ROOT),
        # As the CDK's command passes on its option -c.
        "CDK_CONTEXT_JSON": json.dumps({"config": f"configs/{config}.toml"}),
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


def differences(
    ours: Counter[str], stock: Counter[str], named: Mapping[str, int] | None = None
) -> list[str]:
    """The types that the two do not have as often as they should, in words.

    Args:
        ours: How many resources of each type ours has.
        stock: And the stock app.
        named: The differences that are meant; none if left out.
    """
    named = named or {}
    return [
        f"{kind}: {ours[kind]} beside {stock[kind]}"
        for kind in sorted({*ours, *stock, *named})
        if ours[kind] - stock[kind] != named.get(kind, 0)
    ]


def measure(pairs: int, ours: Path, stock: Path, *, config: str, validation: bool) -> list[Pair]:
    """Run both in turn."""
    return [
        Pair(
            synthesize(OURS, ours, config=config, validation=validation),
            synthesize(stock_of(config), stock, config=config, validation=validation),
        )
        for _ in range(pairs)
    ]


def measure_growth(pairs: int, directory: Path, *, validation: bool) -> list[Pair]:
    """Measure the seconds that more job definitions take, ours and stock in turn."""

    def growth(program: str) -> float:
        few, many = (
            synthesize((program, str(count)), directory, config="demo", validation=validation)
            for count in (FEW_DEFINITIONS, FEW_DEFINITIONS + MORE_DEFINITIONS)
        )
        return many - few

    return [
        Pair(growth("benchmarks/definitions.py"), growth("benchmarks/stock/definitions.py"))
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


def compare(config: str, directory: Path) -> int:
    """Synthesize both once, and tell how many resources they have alike.

    These runs also warm the caches of Python, of jsii and of the disk.

    Raises:
        SystemExit: They do not make the same resources.
    """
    ours, stock = directory / "ours", directory / "stock"
    synthesize(OURS, ours, config=config, validation=False)
    synthesize(stock_of(config), stock, config=config, validation=False)
    unequal = differences(resources(ours), resources(stock), NAMED_DIFFERENCES[config])
    if unequal:
        sys.exit(f"{config}: the two apps do not make the same resources:\n" + "\n".join(unequal))
    return resources(ours).total()


def main() -> None:
    """Compare, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--config", choices=(*CONFIGS, GROWTH), help="the platform (default: each)")
    parser.add_argument("--pairs", type=int, default=5, help="how often each is run (default: 5)")
    arguments = parser.parse_args()
    pairs: int = arguments.pairs
    if pairs < 1:
        parser.error("--pairs must be at least 1")
    console = Console()
    chosen = (arguments.config,) if arguments.config else (*CONFIGS, GROWTH)
    if GROWTH in chosen:
        with TemporaryDirectory() as name:
            for validation in (False, True):
                measured = measure_growth(pairs, Path(name), validation=validation)
                title = f"{MORE_DEFINITIONS} more definitions in 4 stacks"
                state = "on" if validation else "off"
                console.print(show(f"{title}, validation of the CDK {state}", measured))
    for config in (config for config in chosen if config != GROWTH):
        with TemporaryDirectory() as name:
            directory = Path(name)
            alike = compare(config, directory)
            console.print(f"configs/{config}.toml: both make the same {alike} resources")
            for validation in (False, True):
                measured = measure(
                    pairs,
                    directory / "ours",
                    directory / "stock",
                    config=config,
                    validation=validation,
                )
                state = "on" if validation else "off"
                console.print(show(f"{config}, validation of the CDK {state}", measured))
    console.print(f"goal: a median ratio of at most {GOAL}")


if __name__ == "__main__":
    main()
