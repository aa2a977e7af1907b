"""Nodes in namespaces have folders of their own at any place, and files may be read-only."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.runner import Mount
from nodes.cluster import Cluster


@pytest.fixture
def shared_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    "place",
    [
        "/cdk-batch-mnp-test",
        "/cdk-batch-mnp-test/deep/er",
        "/opt/cdk-batch-mnp/x",
        "/etc/x",
        "/mnt",
    ],
)
def test_a_folder_is_at_any_place_of_a_node_and_this_machine_is_not_changed(
    separate: Cluster, shared_folder: Path, place: str
) -> None:
    existed = Path(place).exists()
    (shared_folder / "in").write_text("from here")
    node = separate.run(
        "sh",
        "-c",
        f"cat {place}/in; echo from there > {place}/out; hostname -i; ls /etc/hosts /dev/null",
        mounts=[Mount(place, shared_folder)],
    )
    assert node.lines == ["from here" + node.where.address, "/dev/null", "/etc/hosts"]
    assert (shared_folder / "out").read_text() == "from there\n"
    assert Path(place).exists() == existed
    assert not Path(place, "out").exists()


def test_nodes_share_a_folder_while_they_run(separate: Cluster, shared_folder: Path) -> None:
    mounts = [Mount("/efs", shared_folder)]
    reader = separate.start(
        "sh", "-c", "until [ -e /efs/x ]; do sleep 0.01; done; cat /efs/x", mounts=mounts
    )
    separate.run("sh", "-c", "echo step 7 > /efs/y; mv /efs/y /efs/x", mounts=mounts)
    assert reader.wait_for("ended").lines == ["step 7"]


def test_what_is_in_a_folder_stays_beside_a_place_that_is_made_in_it(
    separate: Cluster, shared_folder: Path
) -> None:
    node = separate.run(
        "sh", "-c", "ls -A /etc; readlink /etc/mtab", mounts=[Mount("/etc/new", shared_folder)]
    )
    mtab = Path("/etc/mtab")
    links = [str(mtab.readlink())] if mtab.is_symlink() else []
    assert sorted(node.lines) == sorted(
        [each.name for each in Path("/etc").iterdir()] + ["new", *links]
    )


def test_a_place_in_a_folder_of_this_machine_below_a_covered_one_is_not_made_there(
    separate: Cluster, shared_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "existing").mkdir()
    mounts = [
        Mount(f"{tmp_path}/new", shared_folder),
        Mount(f"{tmp_path}/existing/new", shared_folder),
    ]
    node = separate.run("sh", "-c", f"ls {tmp_path}/existing", mounts=mounts)
    assert node.lines == ["new"]
    assert list((tmp_path / "existing").iterdir()) == []


def test_a_read_only_folder_shows_what_others_write(separate: Cluster, shared_folder: Path) -> None:
    mounts = [Mount("/out", shared_folder), Mount("/in", shared_folder, read_only=True)]
    node = separate.run("sh", "-c", "touch /out/x; ls /in; touch /in/y || exit 5", mounts=mounts)
    assert node.lines[0] == "x"
    assert "Read-only file system" in node.lines[1]
    assert node.exit_code == 5


def test_a_file_system_in_memory_has_the_size_that_was_asked_for(separate: Cluster) -> None:
    node = separate.run(
        "sh", "-c", "df -k --output=size /scratch | tail -1", mounts=[Mount("/scratch", mib=3)]
    )
    assert node.lines[0].split() == [str(3 * 1024)]


def test_a_node_finds_its_working_folder_under_a_mount(separate: Cluster, tmp_path: Path) -> None:
    around = str(tmp_path.parent)
    node = separate.run(
        "sh", "-c", f"pwd; echo x > y; cat $PWD/y; ls {around}", mounts=[Mount(around, mib=1)]
    )
    assert node.lines[1:] == ["x", tmp_path.name]
    assert Path(node.lines[0], "y").read_text() == "x\n"


def test_read_only_files_but_for_mounts_and_memory(separate: Cluster, shared_folder: Path) -> None:
    program = (
        "for each in / /etc /tmp /opt . /efs /ram /dev/shm $TMPDIR; do\n"
        "(: > $each/cdk-batch-mnp-test) 2>/dev/null && echo $each\n"
        "done; echo $TMPDIR; echo x > /dev/null; : > /proc/self/comm"
    )
    node = separate.run(
        "sh",
        "-c",
        program,
        mounts=[Mount("/efs", shared_folder), Mount("/ram", mib=1)],
        is_read_only=True,
    )
    assert node.lines[:-1] == ["/efs", "/ram", "/dev/shm"]
    assert not Path("/tmp/cdk-batch-mnp-test").exists()
    assert node.exit_code == 0


def test_a_file_system_at_tmp_is_the_folder_for_temporary_files(separate: Cluster) -> None:
    node = separate.run(
        *("sh", "-c", 'echo "$TMPDIR"; mktemp'),  # Python itself may be in /tmp
        mounts=[Mount("/tmp", mib=1)],
        is_read_only=True,
    )
    assert node.lines[0] == "/tmp"
    assert Path(node.lines[1]).parent == Path("/tmp")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("/etc/passwd", "a volume at /etc/passwd: File exists"),
        ("/etc/passwd/x", "a volume at /etc/passwd/x: Not a directory"),
        ("/..", "a volume cannot be mounted at /.., which is the root"),
    ],
)
def test_a_place_that_is_no_folder_is_the_reason(
    separate: Cluster, shared_folder: Path, place: str, reason: str
) -> None:
    node = separate.run("true", mounts=[Mount(place, shared_folder)])
    assert node.exit_code is None
    assert node.reason == f"CannotStartContainerError: the node cannot be set up: {reason}"


def test_nodes_that_share_files_say_which_volumes_are_missing(
    shared: Cluster, shared_folder: Path
) -> None:
    mounts = [Mount("/efs", shared_folder), Mount("/scratch", mib=1)]
    node = shared.run("true", mounts=mounts, is_read_only=True)
    assert node.exit_code == 0
    volumes, files = node.warnings
    assert volumes.startswith("no volume is at /efs, /scratch: ")
    assert files.startswith("the files of the node are not read-only")


@pytest.mark.parametrize("place", ["/cdk-batch-mnp-test/deep/file", "/etc/hostname", "/opt/new"])
def test_a_file_is_at_any_place_of_a_node(
    separate: Cluster, shared_folder: Path, place: str
) -> None:
    before = Path(place).read_text() if Path(place).exists() else None
    source = shared_folder / "file"
    source.write_text("from here\n")
    node = separate.run(
        "sh",
        "-c",
        f"cat {place}; echo x 2>/dev/null > {place} || echo read-only",
        mounts=[Mount(place, source, read_only=True)],
    )
    assert node.lines[0] == "from here"
    assert node.lines[-1].endswith("read-only")
    assert source.read_text() == "from here\n"
    assert (Path(place).read_text() if Path(place).exists() else None) == before


def test_a_file_at_the_place_of_a_folder_is_an_error(
    separate: Cluster, shared_folder: Path
) -> None:
    source = shared_folder / "file"
    source.touch()
    node = separate.run("true", mounts=[Mount("/etc", source)])
    assert node.exit_code is None
    assert "a volume at /etc: a file cannot be shown at the place of a folder" in node.reason


def test_a_volume_that_hides_the_folder_of_another_one_does_not_hide_that(
    separate: Cluster, shared_folder: Path, tmp_path: Path
) -> None:
    inner = shared_folder / "inner"
    inner.mkdir()
    (inner / "in").write_text("inner\n")
    mounts = [Mount(str(tmp_path), mib=1), Mount("/inner", inner)]
    assert separate.run("cat", "/inner/in", mounts=mounts).lines == ["inner"]
