"""The pages of the examples: their commands, and how a user runs them in a clone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks


def sections(example: str) -> dict[str, list[str]]:
    """The commands of each section of an example's page."""
    page = (ROOT / "examples" / example / "README.md").read_text(encoding="utf-8")
    found = {}
    for section in page.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        found[title] = blocks(text, "sh")
    return found


def local_runs(example: str) -> list[str]:
    """The commands `cdk-batch-mnp local run` of an example's page."""
    lines = "".join(sections(example)["On your machine"]).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("cdk-batch-mnp local run ")]


def submission(example: str) -> str:
    """The commands that submit a job of an example, which leave its ID in `$job`."""
    (block,) = [each for each in sections(example)["Deploy and submit"] if "submit-job" in each]
    return block


def assembly(config: str, folder: Path) -> Path:
    """Synthesize the reference app as `npx cdk synth -c config=...` does."""
    context = f'{{"config": "configs/{config}.toml", "aws:cdk:enable-path-metadata": true}}'
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {"CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(folder)},
        capture_output=True,
        check=True,
    )
    return folder


def run_here(line: str, folder: Path, assembly: Path) -> tuple[int, list[str]]:
    """Run a command of a page in the folder of the user; return status and output."""
    (folder / "cdk.out").unlink(missing_ok=True)
    (folder / "cdk.out").symlink_to(assembly)
    beside = Path(sys.executable).parent
    ran = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env=os.environ | {"PATH": f"{beside}:{os.environ['PATH']}", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return ran.returncode, ran.stdout.splitlines()
