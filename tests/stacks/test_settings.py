"""Settings files of the reference app: valid ones are read, each error is one line."""

from __future__ import annotations

from pathlib import Path

import app
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


def problems(path: Path) -> list[str]:
    """Return the lines of the error for a file, without the name of the file."""
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
    "config", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.stem
)
def test_the_files_of_the_app_are_valid(config: Path) -> None:
    assert load(config).jobs


def test_optional_keys_have_a_default(tmp_path: Path) -> None:
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
def test_an_error_names_the_key(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in RIGHT
    assert problems(settings_file(tmp_path, RIGHT.replace(old, new))) == expected


def test_all_errors_are_reported_together(tmp_path: Path) -> None:
    wrong = RIGHT.replace("max_nodes = 4", "max_nodes = 0").replace("900", "30")
    assert problems(settings_file(tmp_path, wrong)) == [
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
    (line,) = problems(path)
    assert line.startswith(expected)


def test_a_missing_file(tmp_path: Path) -> None:
    assert problems(tmp_path / "missing.toml") == ["No such file or directory"]


def exit_message(config: Path) -> str:
    """Return what the app prints when it exits because of a settings file."""
    with pytest.raises(SystemExit) as caught:
        app.main({"config": str(config)})
    return str(caught.value.code)


def test_the_app_prints_what_is_wrong_in_a_file(tmp_path: Path) -> None:
    path = settings_file(tmp_path, RIGHT.replace("max_nodes", "max_node"))
    assert exit_message(path).splitlines() == [
        f"{path}: cluster.max_nodes: missing",
        f"{path}: cluster.max_node: unknown key",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "max_nodes = 4",
            "max_nodes = 4\n\n[network]\ncidr = 'everywhere'",
            "everywhere",
            id="the CDK refuses a value",
        ),
        pytest.param("c5.xlarge", "c5.tiny", "c5.tiny", id="the constructs refuse a value"),
        pytest.param(
            "max_nodes = 4",
            "max_nodes = 4\n\n[storage]\nscratch_path = '/scratch'",
            "c5.xlarge has no instance store",
            id="scratch on a type without disks",
        ),
        pytest.param('nodes = ":"', 'nodes = "0:7"', "MNP305", id="a rule finds an error"),
    ],
)
def test_the_app_prints_what_is_wrong_in_the_platform(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = settings_file(tmp_path, RIGHT.replace(old, new))
    message = exit_message(path)
    assert message.startswith(f"{path}: ")
    assert expected in message


def test_the_app_exits_with_status_1_and_without_a_traceback(tmp_path: Path) -> None:
    path = settings_file(tmp_path, RIGHT.replace('nodes = ":"', 'nodes = "0:7"'))
    with pytest.raises(SystemExit, match="MNP305"):  # a text: the status is 1
        app.main({"config": str(path)})


def with_program(tmp_path: Path, lines: str) -> Path:
    demo = (ROOT / "configs" / "demo.toml").read_text()
    return settings_file(
        tmp_path, demo.replace('program = "../examples/ring_sum/ring_sum.py"', lines)
    )


def test_a_program_is_read_from_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("print('größe')\n", encoding="utf-8")
    settings = load(with_program(tmp_path, 'program = "program.py"'))
    assert settings.jobs[0].node_groups[0].program == "print('größe')\n"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('program = "none.py"', "none.py: No such file or directory"),
        ('command = ["true"]\nprogram = "p.py"', "either a command or a program"),
    ],
)
def test_a_program_that_cannot_be_used_is_named(tmp_path: Path, lines: str, problem: str) -> None:
    (only,) = problems(with_program(tmp_path, lines))
    assert "jobs[0].node_groups[0].program: " in only
    assert problem in only


def test_a_launcher_starts_every_node_from_the_image_by_default(tmp_path: Path) -> None:
    text = RIGHT.replace("timeout_seconds = 900", "timeout_seconds = 900\nlauncher = {}")
    launcher = load(settings_file(tmp_path, text)).jobs[0].launcher
    assert launcher is not None
    assert (launcher.mode, launcher.delivery) == ("every", "image")
    assert load(settings_file(tmp_path, RIGHT)).jobs[0].launcher is None


@pytest.mark.parametrize(
    ("launcher", "expected"),
    [
        ('{ mode = "some" }', "jobs[0].launcher.mode: input should be 'every' or 'main'"),
        ("{ procs_per_node = 0 }", "jobs[0].launcher.procs_per_node: "),
        ("{ deadline_seconds = 0 }", "jobs[0].launcher.deadline_seconds: "),
        ('{ preflight = "ping" }', "jobs[0].launcher.preflight: input should be 'cheap' or 'net'"),
        ('{ delivery = "mail" }', "jobs[0].launcher.delivery: input should be 'image', 'nodes'"),
        ("{ secret = 'x' }", "jobs[0].launcher.secret: unknown key"),
    ],
)
def test_what_is_wrong_in_a_launcher_is_named(tmp_path: Path, launcher: str, expected: str) -> None:
    text = RIGHT.replace("timeout_seconds = 900", f"timeout_seconds = 900\nlauncher = {launcher}")
    (only,) = problems(settings_file(tmp_path, text))
    assert only.startswith(expected)
