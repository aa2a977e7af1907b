"""The command instances: what is known of instance types, for people and for programs."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.instances import InstanceType, default_catalogue
from cdk_batch_mnp.instances.memory import container_memory_mib
from tests.cli.instances import COMMAND, run


def names(*arguments: str) -> list[str]:
    """The names of the types that are listed."""
    done = run("list", *arguments, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return [load["name"] for load in json.loads(done.stdout)]


@pytest.mark.parametrize(
    ("options", "inside", "outside"),
    [
        pytest.param(["--efa", "--gpus", "8"], "p5.48xlarge", "p5.4xlarge", id="EFA and GPUs"),
        pytest.param(["--no-efa"], "c5.18xlarge", "c5n.18xlarge", id="no EFA"),
        pytest.param(
            ["--family", "P5", "--family", "p4d"], "p4d.24xlarge", "p4de.24xlarge", id="family"
        ),
        pytest.param(["--arch", "arm64"], "c7g.16xlarge", "c7i.16xlarge", id="architecture"),
        pytest.param(["--min-vcpus", "192"], "hpc7a.96xlarge", "c5.18xlarge", id="vCPUs"),
        pytest.param(["--min-memory", "768"], "hpc7a.96xlarge", "c5.18xlarge", id="memory"),
        pytest.param(["--gpu-name", "h100"], "p5.48xlarge", "p5en.48xlarge", id="GPU model"),
        pytest.param(["--neuron"], "trn1.32xlarge", "p5.48xlarge", id="Neuron"),
        pytest.param(["--local-storage"], "hpc6id.32xlarge", "hpc7a.96xlarge", id="storage"),
        pytest.param(["--cluster-placement"], "c5.18xlarge", "t3.micro", id="placement"),
        pytest.param(["--no-current"], "c3.8xlarge", "c7i.16xlarge", id="old"),
        pytest.param(["--bare-metal"], "c5.metal", "c5.18xlarge", id="bare metal"),
        pytest.param([], "t3.micro", "p3.16xlarge", id="all with facts"),
    ],
)
def test_types_are_chosen_by_their_facts(options: list[str], inside: str, outside: str) -> None:
    found = names(*options)
    assert inside in found
    assert outside not in found


def test_in_a_pipe_every_type_has_one_whole_line_and_the_count_is_apart() -> None:
    done = run("list")
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["Type", "vCPUs", "GiB", "Arch", "Accelerators", "EFA", "Disk", "GB"]
    assert [line.split()[0] for line in lines] == [each.name for each in default_catalogue()]
    (g7e,) = [line for line in lines if line.startswith("g7e.48xlarge ")]
    spaced = " ".join(g7e.split())
    assert spaced == "g7e.48xlarge 192 2048 x86_64 8 x RTX PRO Server 6000 4 15200"
    assert (
        done.stderr.strip()
        == f"{len(lines)} of {len(lines)} instance types with facts, catalogue of "
        + (default_catalogue().date)
    )


def on_a_terminal(*arguments: str, rows: int) -> str:
    """What a person sees on a terminal of 80 columns, whose pager marks what goes through it."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "TERM": "xterm",
        "COLUMNS": "80",
        "LINES": str(rows),
        "PAGER": "sed s/^/paged:/",
    }
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the terminal is closed
                break
            if not piece:
                break
            seen += piece
    os.close(ours)
    assert process.returncode == 0
    return seen.decode()


def test_a_list_goes_through_a_pager_where_the_terminal_is_too_low() -> None:
    assert "paged:p5.48xlarge" in on_a_terminal("list", "--family", "p5", rows=3)
    short = on_a_terminal("list", "--family", "p5", rows=40)
    assert "p5.48xlarge" in short
    assert "paged:" not in short


def test_a_reader_that_closes_the_pipe_is_not_an_error() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{shlex.join(COMMAND)} list --format json | head -1"],
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[\n"
    assert "Traceback" not in done.stderr


def test_an_empty_result_is_not_an_error() -> None:
    done = run("list", "--family", "t3", "--efa")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.startswith("0 of ")
    assert names("--family", "t3", "--efa") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["list", "--family", "c5m"],
            "has no instance family 'c5m'; did you mean c5",
            id="family",
        ),
        pytest.param(
            ["list", "--arch", "arm"],
            "has no architecture 'arm'; did you mean arm64?",
            id="architecture",
        ),
        pytest.param(["list", "--gpu-name", "H10"], "no GPU 'H10'; did you mean H100?", id="GPU"),
        pytest.param(
            ["list", "-f", "yaml"], "unknown format 'yaml'; expected table or json", id="format"
        ),
        pytest.param(
            ["show", "p5.48xlarge", "-f", "yaml"], "unknown format 'yaml'", id="format of show"
        ),
        pytest.param(
            ["show", "p5.49xlarge"], "no instance type 'p5.49xlarge'; did you mean p5.4", id="type"
        ),
        pytest.param(["show", "?"], "no instance type '?'\n", id="nothing near"),
        pytest.param(
            ["show", "p3.16xlarge"], "p3.16xlarge exists, but the catalogue of", id="no facts"
        ),
        pytest.param(
            ["show", "a", "--instances", "/none"], "/none: No such file or directory", id="file"
        ),
    ],
)
def test_an_unknown_name_is_refused_in_one_line(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("cdk-batch-mnp: ")
    assert done.stderr.count("\n") == 1


def test_a_type_is_shown_with_what_follows_for_its_nodes() -> None:
    done = run("show", "p5.48xlarge")
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    facts = default_catalogue().find("p5.48xlarge")
    assert facts is not None
    for line in (
        "vCPUs 192 (96 cores x 2)",
        "Memory 2097152 MiB (2048 GiB)",
        f"Memory for containers {container_memory_mib(facts)} MiB, "
        "for all containers of a node together",
        "Accelerators 8 x H100 (NVIDIA), 81920 MiB each",
        "Image type ECS_AL2023_NVIDIA",
        "Network cards 32, with at most 2 interfaces each",
        "EFA interfaces 32 at most",
        "0 0 efa",
        "1 to 31 0 efa-only",
    ):
        assert line in lines
    assert f"Catalogue of {default_catalogue().date}." in done.stdout


def shown(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("show", name, "--format", "json").stdout)
    return document


def test_programs_get_every_fact_and_every_interface() -> None:
    found = shown("p6-b300.48xlarge")
    assert found.keys() > set(InstanceType.__dataclass_fields__)
    assert (found["family"], found["image_type"]) == ("p6-b300", "ECS_AL2023_NVIDIA")
    assert found["container_memory_mib"] < found["memory_mib"]
    assert len(found["efa"]) == 17
    assert found["efa"][1] == {
        "network_card_index": 1,
        "device_index": 0,
        "interface_type": "efa-only",
    }
    assert shown("t3.micro")["efa"] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param(
            "p6-b300.48xlarge", "0 0 interface 1 to 16 0 efa-only", id="not the first card"
        ),
        pytest.param("g6f.large", "share of L4", id="share of a GPU"),
        pytest.param("trn1.32xlarge", "without a driver for Neuron devices", id="Neuron"),
        pytest.param("trn2u.48xlarge", "Accelerators unknown", id="not known"),
        pytest.param("c5.18xlarge", "Accelerators - Image", id="none"),
        pytest.param("a1.large", "no AWS Batch image is known to support it", id="no image"),
        pytest.param("c5.18xlarge", "1, with at most 15 interfaces", id="one card"),
    ],
)
def test_the_special_is_shown(name: str, line: str) -> None:
    assert line in " ".join(run("show", name).stdout.split())


def test_types_without_efa_have_no_table_of_interfaces() -> None:
    assert "Network interfaces of a node" not in run("show", "c5.18xlarge").stdout


def test_what_is_not_known_of_a_type_is_shown_as_unknown(bare: Path) -> None:
    done = run("show", "x9.huge", "--instances", bare)
    assert done.exit_code == 0
    assert done.stdout.count("unknown") == 11
    assert "x9.huge" in run("list", "--instances", bare).stdout
    document = json.loads(run("show", "x9.huge", "-f", "json", "--instances", bare).stdout)
    assert document["efa"] is None
    assert document["container_memory_mib"] is None
    assert document["image_type"] is None
