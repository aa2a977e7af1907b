"""Write docs/comparison.md: the stock L2s of aws_batch beside our constructs, by running both.

python -m tools.write_comparison_page [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version

from tools.comparison import platforms
from tools.comparison.outcomes import Outcome, outcome
from tools.comparison.setups import OPEN_ENDED, RIGHT, WRONG, Setup, add_ours, add_stock
from tools.generated_page import ROOT, main

PAGE = ROOT / "docs" / "comparison.md"
_MESSAGE = 120

INTRODUCTION = """\
# Comparison with the stock L2s

Written by `tools/write_comparison_page.py`, which runs both: do not edit. The stock constructs are
`ManagedEc2EcsComputeEnvironment`, `JobQueue` and `MultiNodeJobDefinition` of `aws_cdk.aws_batch`
in aws-cdk-lib {version}. The rules check the templates of both, so an app on the stock constructs
can use [the check](check.md) or its plugin alone.

## Wrong setups

Each row is one mistake in a cluster of four `c5.xlarge`. The last column has the errors that
`cdk-batch-mnp check` reports about the template of the stock constructs.

| Setup | Stock L2s at synthesis | Our constructs at synthesis | Check of the stock template |
|---|---|---|---|
"""

RIGHT_SETUP = """
## A right setup

{title}: both are accepted, and our constructs get no warning. `cdk-batch-mnp check` warns about
the template of the stock constructs, whose defaults are for single-node jobs:
{warnings}.

## A setup that the stock L2s cannot express

| Setup | Stock L2s | Our constructs |
|---|---|---|
"""

PLATFORMS = """
## The reference platforms

The three platforms in `configs/` (a demo; MPI over EFA with scratch disks; training on GPUs with
FSx for Lustre) are written twice: [on the stock constructs](../benchmarks/stock), with sizes, user
data and network interfaces by hand, and as [one app of ours](../stacks), which reads settings. The
benchmark [synth.py](../benchmarks/synth.py) compares the resources of both.

| | Stock L2s | Our constructs |
|---|---|---|
"""


def page() -> str:
    """Return the text of docs/comparison.md."""
    right = outcome(add_stock, RIGHT)
    ours = outcome(add_ours, RIGHT)
    if right.errors or ours != Outcome():
        raise ValueError(f"the right setup is not right: {right}, {ours}")
    open_ended = outcome(add_stock, OPEN_ENDED), outcome(add_ours, OPEN_ENDED)
    return "".join(
        [
            INTRODUCTION.format(version=version("aws-cdk-lib")),
            *(_line(_row(setup)) for setup in WRONG),
            RIGHT_SETUP.format(title=RIGHT.title, warnings=_links(right.warnings)),
            _line([OPEN_ENDED.title, *map(_at_synthesis, open_ended)]),
            PLATFORMS,
            *map(_line, _platforms()),
        ]
    )


def _row(setup: Setup) -> list[str]:
    stock, ours = outcome(add_stock, setup), outcome(add_ours, setup)
    return [setup.title, _at_synthesis(stock), _at_synthesis(ours), _links(stock.errors) or "–"]


def _at_synthesis(found: Outcome) -> str:
    if found.message is not None:
        # Messages list what would be right after a semicolon.
        return f"error: {found.message.partition(';')[0][:_MESSAGE]}"
    return f"error: {_links(found.synthesis)}" if found.synthesis else "accepted"


def _links(rules: Iterable[str]) -> str:
    return ", ".join(f"[{rule}](rules.md#{rule.lower()})" for rule in rules)


def _platforms() -> Iterator[list[str]]:
    yield [
        "Lines of code of the three platforms",
        f"{platforms.stock_lines()}",
        f"{platforms.our_lines()}, and {platforms.settings_lines()} lines of settings",
    ]
    stock, ours = platforms.stock_resources(), platforms.our_resources()
    yield ["Resources of the demo", f"{stock.total()}", f"{ours.total()}"]
    yield ["Types of resources of the demo", f"{len(stock)}", f"{len(ours)}"]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    sys.exit(main(PAGE, page, program="tools.write_comparison_page"))
