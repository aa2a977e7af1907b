"""A small part of the fuzzing, and that it would see what it looks for."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import fuzz
from cdk_batch_mnp.template.source import files

BENCHMARK = Path(fuzz.__file__)
SECONDS = 20.0
"""Four times what is allowed, since the machine may be busy."""


def test_changed_templates_are_answered_in_time() -> None:
    outcome = fuzz.run(150, 1, SECONDS)
    assert outcome.tracebacks == []
    assert outcome.too_slow == []
    assert 0 < outcome.unusable < 150
    assert len(outcome.rules) > 5


def test_the_same_seed_makes_the_same_templates_and_reports() -> None:
    digests = {fuzz.run(20, seed, SECONDS).digest for seed in (3, 3)}
    assert len(digests) == 1
    assert fuzz.run(20, 4, SECONDS).digest not in digests


def test_every_way_to_multiply_is_answered_in_time(tmp_path: Path) -> None:
    known = fuzz.corpus()
    made = {fuzz.template(number, 5, known) for number in range(400)}
    assert len(made) > 390
    for make in fuzz.MULTIPLIED:
        outcome = fuzz.Outcome()
        path = tmp_path / "t.template"
        path.write_bytes(make(random.Random(3)))
        crashes: list[str] = []
        assert fuzz.check(path, outcome, crashes)
        assert crashes == []


def test_a_traceback_is_counted_and_its_template_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> Callable[[], None]:
        raise AttributeError("broken")

    monkeypatch.setattr(files, "_alone", broken)
    outcome = fuzz.run(3, 1, SECONDS, keep=tmp_path / "kept")
    assert outcome.tracebacks
    assert "AttributeError: broken" in outcome.tracebacks[0][1]
    assert len(list((tmp_path / "kept").iterdir())) == len(outcome.tracebacks)


def test_what_takes_too_long_is_counted() -> None:
    assert fuzz.run(2, 1, 0.0).too_slow == [0, 1]


# The peak memory of a process begins with that of the one that started it: these tests.
LIMITS = ("--templates", "5", "--seconds", "60", "--megabytes", "10000")


def test_the_benchmark_within_its_limits_succeeds() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), *LIMITS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "templates" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["--seconds", "0"], 1, id="too slow"),
        pytest.param(["--megabytes", "1"], 1, id="too large"),
        pytest.param(["--templates", "0"], 2, id="nothing to do"),
    ],
)
def test_the_exit_status_says_which_limit_was_broken(
    arguments: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["fuzz.py", *LIMITS, *arguments])
    with pytest.raises(SystemExit) as exited:
        fuzz.main()
    assert exited.value.code == status
    if status != 2:
        assert "templates" in capsys.readouterr().out
