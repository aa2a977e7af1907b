"""The benchmarks run and compare like with like. No test asserts their numbers."""

from __future__ import annotations

import contextlib
import runpy
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from aws_cdk import App

from benchmarks import rules, synth
from cdk_batch_mnp.rules.checking import check
from stacks.settings import load


def test_the_setup_that_the_rules_are_timed_on_is_right_and_is_looked_at() -> None:
    setup = rules.setup_of(3)
    assert check(setup).findings == ()
    too_few_vcpus = rules.setup_of(1, max_vcpus=8 * 192 - 1)
    assert [finding.rule.id for finding in check(too_few_vcpus).findings] == ["MNP106"]


def test_the_benchmark_of_the_rules_prints_a_line_for_each_measure() -> None:
    ran = subprocess.run(
        [sys.executable, rules.__file__, "--repeats", "1", "--starts", "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    for what in ("over 100 job definitions", *rules.STARTS):
        assert what in ran.stdout


@pytest.mark.parametrize("module", [rules, synth], ids=["rules", "synth"])
def test_a_benchmark_that_measures_nothing_is_refused(
    module: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    option = "--repeats" if module is rules else "--pairs"
    monkeypatch.setattr(sys, "argv", ["benchmark", option, "0"])
    with pytest.raises(SystemExit):
        module.main()  # type: ignore[attr-defined]
    assert "must be at least 1" in capsys.readouterr().err


def test_apps_with_unequal_resources_are_not_compared() -> None:
    ours = Counter({"AWS::IAM::Role": 4, "AWS::EC2::VPC": 1})
    stock = Counter({"AWS::IAM::Role": 5, "AWS::EC2::VPC": 1, "AWS::EC2::EIP": 1})
    assert synth.differences(ours, ours) == []
    assert synth.differences(ours, stock) == [
        "AWS::EC2::EIP: 0 beside 1",
        "AWS::IAM::Role: 4 beside 5",
    ]


def test_expected_differences_must_exist_and_match_their_names() -> None:
    ours, stock = Counter({"AWS::IAM::Role": 5}), Counter({"AWS::IAM::Role": 4})
    assert synth.differences(ours, stock, {"AWS::IAM::Role": 1}) == []
    assert synth.differences(stock, stock, {"AWS::IAM::Role": 1}) == ["AWS::IAM::Role: 4 beside 4"]


@pytest.mark.parametrize("config", synth.CONFIGS)
def test_what_is_written_by_hand_makes_the_same_resources(config: str, tmp_path: Path) -> None:
    # Imported only here: cdk-nag is slow to load, and every worker imports this module.
    from stacks.platform import add_platform

    stock = import_module(f"benchmarks.stock.{config}")
    settings = synth.ROOT / "configs" / f"{config}.toml"
    ours_add = partial(add_platform, settings=load(settings))
    for folder, add in (("ours", ours_add), ("stock", stock.add_platform)):
        app = App(context={"config": str(settings)}, outdir=str(tmp_path / folder))
        add(app)
        app.synth()
    ours, made = (synth.resources(tmp_path / folder) for folder in ("ours", "stock"))
    assert synth.differences(ours, made, synth.NAMED_DIFFERENCES[config]) == []
    assert ours.total() >= 30
    assert made["AWS::Batch::JobDefinition"] == made["AWS::Batch::ComputeEnvironment"] == 1
    assert made["AWS::FSx::FileSystem"] == (config == "training")


def synthesize_here(
    arguments: Sequence[str], directory: Path, *, config: str, validation: bool
) -> float:
    """Run an app as :func:`synth.synthesize` does, in this process."""
    program, *rest = arguments
    create = App.__init__

    def create_there(app: App, **options: Any) -> None:
        create(
            app,
            outdir=str(directory),
            **{**options, "context": {"config": f"configs/{config}.toml"}},
        )

    with (
        contextlib.chdir(synth.ROOT),
        patch.object(App, "__init__", create_there),
        patch.object(sys, "argv", [program, *rest]),
    ):
        runpy.run_path(program, run_name="__main__")
    return 1.0


def test_the_apps_are_compared_as_the_programs_that_are_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synth, "synthesize", synthesize_here)
    assert synth.compare("demo", tmp_path) >= 30


def test_both_apps_of_the_growth_have_as_many_definitions(tmp_path: Path) -> None:
    for program in ("benchmarks/definitions.py", "benchmarks/stock/definitions.py"):
        out = tmp_path / program.replace("/", "-")
        synthesize_here((program, "5"), out, config="demo", validation=False)
        assert synth.resources(out)["AWS::Batch::JobDefinition"] == 5
        assert synth.resources(out)["AWS::Batch::ComputeEnvironment"] == 4


def test_apps_are_timed_with_bytecode_even_if_the_shell_turns_it_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    program = ("-c", "import sys; sys.exit(sys.dont_write_bytecode)")
    assert synth.synthesize(program, tmp_path, config="demo", validation=False) > 0
