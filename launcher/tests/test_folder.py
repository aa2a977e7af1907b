"""The launcher's files on a node."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cdk_batch_mnp_launch.folder import add_names, make_folder, remove_folder, write_agent
from cdk_batch_mnp_launch.protocol.messages import Host

HOST = Host(0, "10.0.0.1", "ip-0", 8, 96, 8, 0, 4, "every", "", 0)


def test_missing_names_are_added_once(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n10.0.0.9 other ip-0 # the node itself")
    nodes = [HOST, HOST._replace(node=1, address="10.0.0.2", name="ip-1")]
    for _ in range(2):
        add_names(str(hosts), nodes)
    assert hosts.read_text().splitlines()[2:] == ["10.0.0.2 ip-1"]


def test_the_folder_is_for_this_user_alone(tmp_path: Path) -> None:
    made = make_folder({"TMPDIR": str(tmp_path)})
    assert Path(made).parent == tmp_path
    assert Path(made).stat().st_mode & 0o077 == 0
    remove_folder(made)
    assert not Path(made).exists()


def test_the_folder_is_the_same_wherever_the_command_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Path(make_folder({"TMPDIR": "."})).parent == tmp_path


def test_a_place_that_cannot_be_used_is_passed_over(tmp_path: Path) -> None:
    made = make_folder({"TMPDIR": str(tmp_path / "missing")})
    remove_folder(made)
    assert not made.startswith(str(tmp_path))


def test_names_are_not_added_to_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        add_names(str(tmp_path / "none"), [HOST])


def test_the_agent_is_found_by_its_name_and_finds_the_socket_beside_it(tmp_path: Path) -> None:
    programs = write_agent(str(tmp_path), "import os, sys\nprint(os.path.realpath(sys.argv[0]))\n")
    assert said_by("mnp-agent", programs) == f"{tmp_path}/agent\n"


def test_the_agent_runs_where_the_path_of_python_does_not_fit_the_first_line_of_a_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "a folder" / "python3"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(python))
    programs = write_agent(str(tmp_path), "import os, sys\nprint(os.path.realpath(sys.argv[0]))\n")
    assert said_by("mnp-agent", programs) == f"{tmp_path}/agent.py\n"


def said_by(program: str, path: str) -> str:
    return subprocess.run([program], env={"PATH": path}, capture_output=True, text=True).stdout
