"""Compare the synthesis time of the reference app and of its platform on stock constructs.

    python benchmarks/synth.py [--config demo|training|hpc|definitions] [--pairs 5]

Both run in turn, each in a new process, with the CDK's template validation disabled and then
enabled. The validation takes the same time for both, and hides the difference. A run takes up to
0.2 s more if Node ends late, so the means are compared, not the runs of a pair. Goal: a ratio of at
most 1.0 for each platform. The templates are compared first: different resources end the
benchmark.

``definitions`` measures growth: the time that 200 more job definitions in four stacks take.
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
from statistics import mean
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
"""Number of resources by type that ours has more of than the stock app (negative: fewer); none
today.

The remaining differences are inside of resources: an open-ended node range and the fourth reason
for stuck jobs, which the stock constructs do not support, and the Name tags that they set on
instances. The stock platforms mount their file systems and download the launcher without retries
and without checking them.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Wall time of two consecutive runs, in seconds."""

    ours: float
    stock: float

    @property
    def ratio(self) -> float:
        """Ratio of our time to theirs; below 1, ours is faster."""
        return self.ours / self.stock


def stock_of(config: str) -> Sequence[str]:
    """Return the command that runs the stock platform of a settings file."""
    return (f"benchmarks/stock/{config}.py",)


def synthesize(
    arguments: Sequence[str], directory: Path, *, config: str, validation: bool
) -> float:
    """Run an app in a new process, and return the seconds that it took."""
    environment = {
        **os.environ,
        # Installed packages have cached bytecode, and so does a project after the first run.
        "PYTHONDONTWRITEBYTECODE": "",
        # For the stock apps, which are in a subfolder.
        "PYTHONPATH": str(ROOT),
        # As the CDK CLI passes its option -c.
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
    """Return the unexpected differences in the number of resources, one text per type.

    Args:
        ours: Number of our resources by type.
        stock: Number of the stock app's resources by type.
        named: The expected differences. Default: none.
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
    """Measure the time that more job definitions take, ours and stock in turn."""

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
    """Return a table with a row for each pair, the means, and their ratio."""
    means = Pair(mean(pair.ours for pair in measured), mean(pair.stock for pair in measured))
    table = Table(title=title, show_footer=True)
    table.add_column("pair", footer="mean")
    for name, value in (
        ("ours (s)", means.ours),
        ("stock (s)", means.stock),
        ("ratio", means.ratio),
    ):
        table.add_column(name, justify="right", footer=f"{value:.2f}")
    for number, measurement in enumerate(measured, start=1):
        table.add_row(
            str(number),
            f"{measurement.ours:.2f}",
            f"{measurement.stock:.2f}",
            f"{measurement.ratio:.2f}",
        )
    return table


def compare(config: str, directory: Path) -> int:
    """Synthesize both once, and return the number of resources.

    These runs also warm the caches of Python, of jsii and of the disk.

    Raises:
        SystemExit: They do not create the same resources.
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
    console.print(f"goal: a ratio of at most {GOAL}")


if __name__ == "__main__":
    main()
