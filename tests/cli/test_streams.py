"""What `check` does where its streams are closed, full, unread, or obeyed by a CI system."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.command import PROGRAM, call
from tests.template.folders import HALF, cluster, write

FORMATS = ["text", "json", "sarif", "github", "junit"]


def shell(folder: Path, line: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash, in which $C is the command."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        capture_output=True,
        check=False,
        env={**os.environ, "C": PROGRAM, **environ},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "right.json", cluster())
    write(tmp_path / "error.json", cluster(HALF))
    # More than a pipe holds, so that the writer meets the reader's end.
    write(tmp_path / "many.json", {"Resources": {f"J{n}": WRONG for n in range(200)}})
    return tmp_path


WRONG = {"Type": "AWS::Batch::JobDefinition", "Properties": {"Type": "multinode"}}


@pytest.mark.parametrize(
    ("line", "status", "output"),
    [
        pytest.param("$C check right.json >&-", 0, b"", id="closed output, right"),
        pytest.param("$C check error.json >&-", 1, b"", id="closed output, wrong"),
        pytest.param("$C check no.json >&- 2>&-", 2, b"", id="closed output and errors"),
        pytest.param("$C check error.json 2>&-", 1, b"", id="closed errors"),
        pytest.param("$C check - <&-", 2, b"-: cannot be read: standard input is", id="no input"),
        pytest.param("$C check many.json | head -1", 1, b"", id="a reader that leaves"),
        pytest.param("$C check right.json | true", 0, b"", id="no reader"),
        pytest.param("$C check no.json 2>&1 | true", 2, b"", id="errors to no reader"),
        pytest.param("$C check error.json >/dev/full", 2, b"standard output cannot", id="full"),
        pytest.param("$C check --help >/dev/full", 2, b"standard output cannot", id="help, full"),
        pytest.param("$C check right.json 2>/dev/full", 0, b"", id="full errors"),
        pytest.param("$C check <(cat error.json)", 1, b"", id="a pipe that the user names"),
        pytest.param("cat error.json | $C check /dev/stdin", 1, b"", id="standard input by name"),
        pytest.param("$C check /dev/zero", 2, b"/dev/zero: is a device", id="a device"),
        pytest.param("$C check ''", 2, b"'': is an empty path", id="an empty name"),
    ],
)
def test_streams_end_quietly_and_the_status_stays(
    folder: Path, line: str, status: int, output: bytes
) -> None:
    done = shell(folder, line)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert output in done.stderr
    assert done.stderr.count(b"\n") == (1 if output else 0)


def test_interrupting_ends_quietly_with_what_a_shell_calls_130(folder: Path) -> None:
    os.mkfifo(folder / "p")
    with (
        subprocess.Popen(
            [PROGRAM, "check", "p"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running,
        # Opens when the check does, which then waits for what is written.
        (folder / "p").open("wb"),
    ):
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=20)
    assert (running.returncode, output, errors) == (-signal.SIGINT, b"", b"")


EVIL = [
    "a\n::error title=pwn::pwned",
    "::add-mask::x",
    "##[error]x",
    "##vso[task.setvariable variable=x]y",
    "\x1b[31mred",
    "\x9b31mred",
    "\a\b\r",
    "\u202eevil",
    os.fsdecode(b"caf\xe9"),
]
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def commands(text: str) -> list[str]:
    """The lines that GitHub Actions or Azure Pipelines would obey, and what a terminal would."""
    return [
        line
        for line in text.split("\n")
        if line.lstrip().startswith("::") or re.search(r"##\w*\[", line) or UNSEEN.search(line)
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_names_and_texts_are_shown_and_not_obeyed(tmp_path: Path, format: str) -> None:
    for number, evil in enumerate(EVIL):
        text = evil.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        data = cluster({**HALF, "Job.JobDefinitionName": text})
        data["Resources"][text] = data["Resources"]["Job"]
        write(tmp_path / str(number) / f"{evil}.template.json", data)
        (tmp_path / str(number) / f"{evil}-broken.template.json").write_text("{")
    # One format by the program is enough: the streams are the same.
    if format == "text":
        ran = shell(tmp_path, f"$C check {{0..{len(EVIL) - 1}}}")
        status, out, errors = ran.returncode, ran.stdout.decode(), ran.stderr.decode()
    else:
        called = call(tmp_path, "check", *map(str, range(len(EVIL))), "--format", format)
        status, out, errors = called.returncode, called.stdout, called.stderr
    assert status == 2
    # Every broken file is named in a line of its own, and every other one is checked.
    assert errors.count("\n") == len(EVIL)
    assert commands(errors) == []
    assert out.count("MNP106") >= len(EVIL)
    if format == "github":
        # Its own commands alone, each of which names a file.
        own = ("::error file=", "::warning file=")
        assert [command for command in commands(out) if not command.startswith(own)] == []
        assert not UNSEEN.search(out)
        assert len(re.findall("^::", out, re.MULTILINE)) == len(commands(out))
    else:
        assert commands(out) == []
    if format in ("json", "sarif"):
        json.dumps(json.loads(out)).encode()
        assert not re.search("[\ud800-\udfff]", json.dumps(json.loads(out), ensure_ascii=False))
    if format == "junit":
        ElementTree.fromstring(out)


def test_a_json_value_stays_what_it_was(tmp_path: Path) -> None:
    text = "##[error]\x1b[31m"
    write(tmp_path / "a.json", cluster({"Job.JobDefinitionName": text}))
    done = shell(tmp_path, "$C check a.json --format json")
    assert text in {finding["actual"] for finding in json.loads(done.stdout)["findings"]}


def test_the_place_of_a_file_with_an_odd_name_is_its_bytes(tmp_path: Path) -> None:
    write(tmp_path / os.fsdecode(b"caf\xe9.json"), cluster(HALF))
    done = shell(tmp_path, "$C check . --format sarif")
    (artifact,) = json.loads(done.stdout)["runs"][0]["artifacts"]
    assert artifact["location"]["uri"] == "caf%E9.json"


def test_wrong_options_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    done = shell(tmp_path, "$C check $'--\\e[31mx'; $C check --$'\\n'::error::x; true")
    assert b"No such option" in done.stderr
    assert commands(done.stderr.decode()) == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_locale_without_unicode_does_not_fail_the_command(tmp_path: Path, format: str) -> None:
    write(tmp_path / "größe.json", cluster({"Job.JobDefinitionName": "löser"}))
    done = shell(
        tmp_path,
        f"$C check . --format {format}",
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
    )
    assert done.returncode == 1
    assert done.stderr == b""
    assert b"MNP318" in done.stdout
