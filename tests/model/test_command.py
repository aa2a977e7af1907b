"""What a command starts, as far as it shows."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_batch_mnp.model.command import (
    MAX_SCRIPT,
    LauncherCall,
    launcher_call,
    may_name_launcher,
    programs,
)
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp_launch import settings as of_launcher


def names(*command: Any) -> list[str]:
    return [name for name, _ in programs(command)]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("mpirun", "-np", "8", "solver"), ["mpirun"]),
        (("/opt/amazon/openmpi/bin/mpirun", "solver"), ["mpirun"]),
        (("env", "-i", "A=1", "mpirun", "solver"), ["mpirun"]),
        (("timeout", "5m", "nice", "-n", "5", "mpirun"), ["mpirun"]),
        (("OMP_NUM_THREADS=1", "mpirun"), ["mpirun"]),
        (("echo", "mpirun"), ["echo"]),
        (("python3", "-m", "torch.distributed.run", "train.py"), ["torchrun"]),
        (("python", "-u", "-m", "torch.distributed.launch", "train.py"), ["torchrun"]),
        (("python", "train.py"), ["python"]),
        (("sh", "-c", "cd /data && mpirun solver | tee log"), ["cd", "mpirun", "tee"]),
        (("bash", "-lc", "A=1 exec torchrun train.py"), ["torchrun"]),
        (("bash", "-e", "-c", "if true; then mpirun a; fi"), ["true", "mpirun", "fi"]),
        (("bash", "-c", "# mpirun\nsleep 5\nmpirun \\\n  solver"), ["sleep", "mpirun"]),
        (("bash", "-c", "(mpirun a)&wait"), ["mpirun", "wait"]),
        (("bash", "-c", "echo 'run; mpirun'"), ["echo"]),
        (("bash", "-c", "echo 'not closed"), []),
        (("bash", "run.sh", "-c", "mpirun"), ["bash"]),
        (("bash",), ["bash"]),
        (("bash", "-c", "mpirun" + " " * MAX_SCRIPT), []),
        ((UNKNOWN, "mpirun"), [""]),
        ((), []),
    ],
)
def test_programs_are_found_where_a_command_begins(
    command: tuple[Any, ...], expected: list[str]
) -> None:
    assert names(*command) == expected


@pytest.mark.parametrize("command", [None, UNKNOWN])
def test_a_command_that_is_not_known_has_no_programs(command: Any) -> None:
    assert list(programs(command)) == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("mnp-launch", "--", "a"), LauncherCall(has_command=True)),
        (("/opt/mnp-launch", "a", "--mode"), LauncherCall(has_command=True)),
        (("python3", "/opt/mnp-launch", "--", "a"), LauncherCall(has_command=True)),
        (("python3.11", "-m", "cdk_batch_mnp_launch", "a"), LauncherCall(has_command=True)),
        (
            ("mnp-launch", "--mode", "main", "--insecure", "--", "a"),
            LauncherCall(mode="main", insecure=True, has_command=True),
        ),
        (("mnp-launch", "--mode=main", "--", "a"), LauncherCall(mode="main", has_command=True)),
        (("mnp-launch", "--mo", "all", "a"), LauncherCall(mode="all", has_command=True)),
        (("mnp-launch", "--port", "--", "a"), LauncherCall(has_command=True)),
        (("mnp-launch", "--grace", "5s", "--"), LauncherCall()),
        (("mnp-launch",), LauncherCall()),
        (("mnp-launch", "--mode"), LauncherCall(mode=None)),
        (
            ("mnp-launch", "--mode", "Ref::mode", "--", "a"),
            LauncherCall(mode=UNKNOWN, has_command=True),
        ),
        (
            ("mnp-launch", "--mode", UNKNOWN, "--", "a"),
            LauncherCall(mode=UNKNOWN, has_command=True),
        ),
        (("mnp-launch", "--", "Ref::program"), LauncherCall(has_command=True)),
    ],
)
def test_the_options_of_the_launcher_are_read_as_it_reads_them(
    command: tuple[Any, ...], expected: LauncherCall
) -> None:
    assert launcher_call(command) == expected


@pytest.mark.parametrize(
    "command",
    [
        ("mnp-launch", UNKNOWN, "--", "a"),
        ("mnp-launch", "Ref::options", "--", "a"),
        ("mnp-launch", "--help"),
        ("mnp-launch", "--version"),
    ],
)
def test_a_call_that_may_be_anything_is_unknown(command: tuple[Any, ...]) -> None:
    call = launcher_call(command)
    assert call is not None
    assert (call.mode, call.insecure, call.has_command) == (UNKNOWN, UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    "command",
    [None, UNKNOWN, (), (UNKNOWN, "mnp-launch"), ("sh", "-c", "mnp-launch a"), ("python", "a.py")],
)
def test_other_commands_do_not_start_the_launcher_directly(command: Any) -> None:
    assert launcher_call(command) is None


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("mpirun", "solver"), False),
        (("sh", "-c", "exec mnp-launch -- solver"), True),
        (("python", "-m", "cdk_batch_mnp_launch"), True),
        (("mpirun", UNKNOWN), True),
        (("mpirun", "Ref::program"), True),
        (UNKNOWN, True),
        (None, True),
    ],
)
def test_a_command_may_name_the_launcher_where_a_part_is_unknown(
    command: Any, expected: bool
) -> None:
    assert may_name_launcher(command) is expected


@pytest.mark.parametrize(
    "command",
    [
        ("bash", "-" + "c" * 200_000 + "!", "mpirun"),
        ("bash", "-c", "\n" * MAX_SCRIPT),
        ("bash", "-c", " " * MAX_SCRIPT),
        ("bash", "-c", "\\" * MAX_SCRIPT),
        ("bash", "-c", "(" * MAX_SCRIPT),
        ("env", "-" * 200_000, "a=" * 100_000),
        ("python" + "3" * 200_000 + "!",),
        ("mnp-launch", "-" * 200_000, "x"),
    ],
    ids=lambda command: repr(command[-1])[:12],
)
def test_hostile_commands_are_read_in_little_time(command: tuple[str, ...]) -> None:
    start = time.process_time()
    list(programs(command))
    launcher_call(command)
    assert time.process_time() - start < 1


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from(["sh", "-c", "--", "--mode"]))))
def test_no_command_makes_the_reading_fail(words: list[str]) -> None:
    list(programs(tuple(words)))
    launcher_call(("mnp-launch", *words))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["--mode", "main", "every", "--insecure", "--port", "7", "--", "a"]))
)
def test_what_the_launcher_accepts_is_read_the_same_way(words: list[str]) -> None:
    try:
        read = of_launcher.read(words, {})
    except of_launcher.ConfigurationError:
        return
    assert launcher_call(("mnp-launch", *words)) == LauncherCall(
        mode=read.mode, insecure="--insecure" in before_command(words), has_command=True
    )


def before_command(words: list[str]) -> list[str]:
    """The options of a command line."""
    found = []
    rest = iter(words)
    for word in rest:
        if word == "--" or not word.startswith("-"):
            break
        found.append(word)
        if word != "--insecure":
            next(rest)
    return found
