"""Settings files of the reference app: what is right is read, what is wrong is told in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.settings import SettingsError, load

ROOT = Path(__file__).parent.parent.parent

RIGHT = """
name = "Demo"

[cluster]
instance_type = "c5.xlarge"
max_nodes = 4

[[jobs]]
name = "Hello"
timeout_seconds = 900

[[jobs.node_groups]]
name = "all"
nodes = ":"
image = "busybox"
"""


def told(path: Path) -> list[str]:
    """The lines of the error that a file gives, without the file's name."""
    with pytest.raises(SettingsError) as caught:
        load(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def settings_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "config", sorted((ROOT / "configs").glob("*.toml")), ids=lambda each: each.stem
)
def test_the_files_that_come_with_the_app_are_right(config: Path) -> None:
    assert load(config).jobs


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    settings = load(settings_file(tmp_path, RIGHT))
    assert settings.network.way_out == "nat"
    assert settings.cluster.stuck_job_timeout_seconds == 3600
    assert settings.jobs[0].num_nodes is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "max_nodes = 4",
            "max_node = 4",
            ["cluster.max_nodes: missing", "cluster.max_node: unknown key"],
            id="a misspelled key is missing and unknown",
        ),
        pytest.param(
            'name = "Demo"',
            'name = "Demo"\ncolour = "red"',
            ["colour: unknown key"],
            id="an unknown key",
        ),
        pytest.param(
            "max_nodes = 4",
            'max_nodes = "4"',
            ["cluster.max_nodes: input should be a valid integer"],
            id="a wrong type",
        ),
        pytest.param(
            "max_nodes = 4",
            "max_nodes = 1001",
            ["cluster.max_nodes: input should be less than or equal to 1000"],
            id="a number out of range",
        ),
        pytest.param(
            'nodes = ":"',
            'nodes = ":"\nvcpus = 0',
            ["jobs[0].node_groups[0].vcpus: input should be greater than or equal to 1"],
            id="a place in a list",
        ),
        pytest.param(
            "[cluster]",
            '[network]\nway_out = "proxy"\n\n[cluster]',
            ["network.way_out: input should be 'nat' or 'endpoints'"],
            id="a word that is none of the allowed ones",
        ),
        pytest.param(
            "[cluster]",
            "[storage.lustre]\nsize_gib = 600\nthroughput = 300\n\n[cluster]",
            [
                "storage.lustre.size_gib: input should be greater than or equal to 1200",
                "storage.lustre.throughput: input should be 125, 250, 500 or 1000",
            ],
            id="a file system that FSx does not have",
        ),
        pytest.param(
            "max_nodes = 4",
            'max_nodes = 4\ncapacity_reservation_id = "cb-0123456789abcdef0"',
            ["cluster.capacity_reservation_id: string should match pattern '^cr-[0-9a-f]{8,17}$'"],
            id="the id of another thing",
        ),
    ],
)
def test_what_is_wrong_is_told_by_key(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    assert old in RIGHT
    assert told(settings_file(tmp_path, RIGHT.replace(old, new))) == expected


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    wrong = RIGHT.replace("max_nodes = 4", "max_nodes = 0").replace("900", "30")
    assert told(settings_file(tmp_path, wrong)) == [
        "cluster.max_nodes: input should be greater than or equal to 1",
        "jobs[0].timeout_seconds: input should be greater than or equal to 60",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"name = ", "not valid TOML: Invalid value", id="cut off"),
        pytest.param(b"name = '\xff'", "not valid TOML: ", id="not UTF-8"),
    ],
)
def test_a_file_that_is_not_valid_toml(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    (line,) = told(path)
    assert line.startswith(expected)


def test_a_missing_file(tmp_path: Path) -> None:
    assert told(tmp_path / "missing.toml") == ["No such file or directory"]


def _app(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "CDK_CONTEXT_JSON": json.dumps({"config": str(config)})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.xdist_group("stacks")
def test_the_app_tells_a_wrong_file_without_a_traceback(tmp_path: Path) -> None:
    path = settings_file(tmp_path, RIGHT.replace("max_nodes", "max_node"))
    run = _app(path)
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        f"{path}: cluster.max_nodes: missing",
        f"{path}: cluster.max_node: unknown key",
    ]


@pytest.mark.xdist_group("stacks")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "max_nodes = 4",
            "max_nodes = 4\n\n[network]\ncidr = 'everywhere'",
            "everywhere",
            id="what the CDK refuses",
        ),
        pytest.param("c5.xlarge", "c5.tiny", "c5.tiny", id="what the constructs refuse"),
        pytest.param(
            "max_nodes = 4",
            "max_nodes = 4\n\n[storage]\nscratch_path = '/scratch'",
            "c5.xlarge has no disks of its own",
            id="scratch on a type without disks",
        ),
        pytest.param('nodes = ":"', 'nodes = "0:7"', "MNP305", id="what the rules find"),
    ],
)
def test_the_app_tells_wrong_settings_without_a_traceback(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = settings_file(tmp_path, RIGHT.replace(old, new))
    run = _app(path)
    assert run.returncode == 1
    assert run.stderr.startswith(f"{path}: ")
    assert expected in run.stderr
    assert "Traceback" not in run.stderr
