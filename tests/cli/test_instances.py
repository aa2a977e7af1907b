"""The command instances: what is known of instance types, for people and for programs."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from cdk_batch_mnp.cli.instance_tables import list_table, type_table
from cdk_batch_mnp.cli.main import app
from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue
from cdk_batch_mnp.instances.memory import container_memory_mib
from cdk_batch_mnp.operate import errors, refreshing
from tests.cli.command import call
from tests.operate.accounts import RECORDED, answering, session
from tests.template.folders import cluster, write

PROGRAM = "from cdk_batch_mnp.cli.main import main; main()"
COMMAND = [sys.executable, "-c", PROGRAM, "instances"]
BARE = InstanceType(name="x9.huge", vcpus=8)


def run(*arguments: str | Path) -> Result:
    """The outcome of ``cdk-batch-mnp instances`` with these arguments."""
    return CliRunner().invoke(app, ["instances", *map(str, arguments)])


def names(*arguments: str) -> list[str]:
    """The names of the types that are listed."""
    done = run("list", *arguments, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return [load["name"] for load in json.loads(done.stdout)]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A catalogue that knows hardly anything."""
    path = tmp_path / "bare.json"
    Catalogue({"x9.huge": BARE}, without_facts=frozenset({"x9.old"}), date="2027-01-31").save(path)
    return path


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


def test_80_columns_hold_every_name_and_value() -> None:
    types = list(default_catalogue())
    console = Console(width=80)
    with console.capture() as shown:
        console.print(list_table(types))
    lines = shown.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in shown.get()
    assert {line.split()[0] for line in lines} >= {instance_type.name for instance_type in types}


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


def test_80_columns_hold_all_that_is_shown() -> None:
    facts = default_catalogue().find("u7in-16tb.224xlarge")
    assert facts is not None
    console = Console(width=80)
    with console.capture() as shown:
        console.print(type_table(facts))
    assert "…" not in shown.get()


def test_another_catalogue_is_used(bare: Path) -> None:
    done = run("list", "--instances", str(bare))
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["Type", "x9.huge"]
    assert done.stderr == "1 of 1 instance types with facts, catalogue of 2027-01-31\n"


def test_refresh_writes_a_catalogue_and_says_how_to_use_it(
    tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = tmp_path / "cdk-batch-mnp-instances.json"
    account = session()
    monkeypatch.setattr(refreshing, "open_session", lambda _: account)
    with answering(account) as ec2:
        ec2.add_response("describe_instance_types", {"InstanceTypes": RECORDED})
        done = run("refresh")
    first, kept, *others = done.stdout.splitlines()
    assert first == "3 types: 0 new, 0 changed"
    assert kept.startswith(f"{len(list(default_catalogue())) - 3} kept that EC2 did not describe (")
    assert others == [
        "Wrote cdk-batch-mnp-instances.json.",
        "To use it: set cdk-batch-mnp:instances in the context of cdk.json to its path, and pass "
        "it to commands with --instances.",
    ]
    assert (done.exit_code, done.stderr) == (0, "")
    assert list(Catalogue.load(written)) == list(default_catalogue())

    # What an existing file knows stays in it.
    with answering(account) as ec2:
        ec2.add_response("describe_instance_types", {"InstanceTypes": RECORDED})
        assert run("refresh", "--to", str(bare)).stdout.splitlines()[:3] == [
            "3 types: 3 new (c5.18xlarge, p5.48xlarge, t3.micro), 0 changed",
            "1 kept that EC2 did not describe (x9.huge)",
            f"Wrote {bare}.",
        ]


def test_many_names_are_cut_off_after_ten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = [dict(RECORDED[0], InstanceType=f"x9.{n:02}xlarge") for n in range(12)]
    monkeypatch.setattr(refreshing, "open_session", lambda _: session())
    monkeypatch.setattr(refreshing, "describe_instance_types", lambda *_: tuple(described))
    first, *_ = run("refresh", "--to", tmp_path / "types.json").stdout.splitlines()
    assert first.startswith("12 types: 12 new (x9.00xlarge, ")
    assert first.endswith(", x9.09xlarge and 2 more), 0 changed")


def test_facts_that_cannot_be_used_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(
        "cdk_batch_mnp.operate.refreshing.describe_instance_types",
        lambda *_: ({"InstanceType": "x9.huge"},),
    )
    done = run("refresh", "--to", tmp_path / "types.json")
    assert done.exit_code == 0
    assert done.stderr == "cdk-batch-mnp: not used: x9.huge: VCpuInfo is missing\n"


@pytest.mark.parametrize(
    ("variables", "options", "message"),
    [
        pytest.param({}, [], "no Region is set", id="no Region"),
        pytest.param({}, ["--region", "us-east-1"], "no AWS credentials", id="no credentials"),
        pytest.param({}, ["--profile", "other"], "profile (other) could not", id="profile"),
        pytest.param({}, ["--to", "none/a.json"], "does not exist", id="folder"),
        pytest.param({}, ["--to", "."], "is not a file", id="no file"),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_MAX_ATTEMPTS": "1"},
            ["--region", "us-east-1"],
            "cannot reach AWS in us-east-1",
            id="network",
        ),
    ],
)
def test_a_refresh_that_fails_says_why_in_one_line_and_writes_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    options: list[str],
    message: str,
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    offline = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_CONFIG_FILE": "none",
        "AWS_SHARED_CREDENTIALS_FILE": "none",
    }
    for name, value in {**offline, **variables}.items():
        monkeypatch.setenv(name, value)
    done = call(tmp_path, "instances", "refresh", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("cdk-batch-mnp: ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_without_boto3_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "find_spec", lambda _: None)
    done = run("refresh", "--to", tmp_path / "types.json")
    assert done.exit_code == 2
    assert done.stderr == (
        "cdk-batch-mnp: boto3 is not installed: pip install 'cdk-batch-mnp[operate]'\n"
    )


X9 = InstanceType(name="x9.huge", vcpus=96, memory_mib=16384, architectures=("x86_64",))


def check(template: Path, *arguments: str | Path) -> Result:
    """The outcome of ``cdk-batch-mnp check`` with the rules on known types and on max vCPUs."""
    options = ["--select", "MNP115", "--select", "MNP106", "-p", "InstanceType=x9.huge"]
    return CliRunner().invoke(app, ["check", str(template), *options, *map(str, arguments)])


def test_the_check_believes_a_catalogue_that_knows_newer_types(tmp_path: Path) -> None:
    template, newer = tmp_path / "template.json", tmp_path / "newer.json"
    write(template, cluster({"Environment.ComputeResources.MaxvCpus": 4 * 72}))
    silent = check(template)
    assert "the catalogue does not know the instance type x9.huge" in silent.stdout
    assert "MNP106" not in silent.stdout

    Catalogue({"x9.huge": X9}).save(newer)
    reported = check(template, "--instances", str(newer))
    assert "MNP115" not in reported.stdout
    assert "x x9.huge (" in reported.stdout


def test_the_check_refuses_a_catalogue_that_cannot_be_read(tmp_path: Path) -> None:
    template, broken = tmp_path / "template.json", tmp_path / "broken.json"
    write(template, cluster())
    broken.write_text("{")
    done = check(template, "--instances", str(broken))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"cdk-batch-mnp: {broken}: is not valid JSON")
    assert done.stderr.count("\n") == 1
