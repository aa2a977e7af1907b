"""Code and resources of the reference platforms, on the stock constructs and on ours."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import App

from benchmarks.stock import demo
from benchmarks.stock.network import NetworkStack as StockNetworkStack
from benchmarks.synth import resources
from stacks.mnp import MnpStack
from stacks.network import NetworkStack
from stacks.settings import load
from tools.generated_page import ROOT

STOCK = (
    "demo.py",
    "hpc.py",
    "training.py",
    "efa.py",
    "job_queue.py",
    "launcher.py",
    "network.py",
    "retries.py",
    "roles.py",
)
OURS = ("acknowledgements.py", "mnp.py", "network.py", "platform.py")
SETTINGS = ("demo.toml", "hpc.toml", "training.toml")

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def stock_lines() -> int:
    """Return the lines of code of the platforms on the stock constructs."""
    return sum(lines_of_code(read(f"benchmarks/stock/{name}")) for name in STOCK)


def our_lines() -> int:
    """Return the lines of code of the reference app, without the reader of its settings."""
    return sum(lines_of_code(read(f"stacks/{name}")) for name in OURS)


def settings_lines() -> int:
    """Return the lines of the settings of the reference app, without comments."""
    lines = [line.strip() for name in SETTINGS for line in read(f"configs/{name}").splitlines()]
    return sum(line != "" and not line.startswith("#") for line in lines)


def read(path: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


def lines_of_code(source: str) -> int:
    """Return the number of lines that have code: no comments, docstrings or empty lines."""
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str()), end_lineno=int(end)):
                lines -= set(range(node.lineno, end + 1))
    return len(lines)


def stock_resources() -> Counter[str]:
    """Return the number of resources of the demo platform on the stock constructs, by type."""
    with TemporaryDirectory() as folder, TemporaryDirectory() as assets:
        app = App(outdir=folder)
        network = StockNetworkStack(app, "Network")
        demo.MnpStack(app, "Mnp", network=network, folder=Path(assets))
        app.synth()
        return resources(Path(folder))


def our_resources() -> Counter[str]:
    """Return the number of resources of the demo platform with our constructs, by type."""
    settings = load(ROOT / "configs" / "demo.toml")
    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        network = NetworkStack(app, "Network", settings=settings.network, has_secrets=True)
        MnpStack(app, "Mnp", settings=settings, vpc=network.vpc, subnets=network.subnets)
        app.synth()
        return resources(Path(folder))
