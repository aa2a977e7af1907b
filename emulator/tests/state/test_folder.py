"""A state is read as it was written, or refused by the name of its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.state import folder as folder_module
from cdk_batch_mnp_emulator.state.folder import StateError, StateFolder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a" / "state"


def test_the_folder_is_made_and_private(path: Path) -> None:
    folder = StateFolder(path)
    assert path.stat().st_mode & 0o777 == 0o700
    assert folder.read() is None
    folder.write(b"content")
    assert folder.file.stat().st_mode & 0o777 == 0o600
    assert folder.read() == b"content"


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(StateError, match=r"chmod go-w"):
        StateFolder(tmp_path)
    tmp_path.chmod(0o755)
    assert StateFolder(tmp_path).read() is None  # others may read its name


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StateError, match=r"file cannot be used: File exists"):
        StateFolder(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_second_user_is_refused(path: Path) -> None:
    first = StateFolder(path)
    with pytest.raises(StateError, match="is in use by another embedded AWS"):
        StateFolder(path)
    assert first.read() is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not a state of the embedded AWS"),
        (b"\x80\x05N.", "is not a state of the embedded AWS"),
        (b"x" * 100_000, "is not a state of the embedded AWS"),
        (b"cdk-batch-mnp-emulator state\n", "is damaged"),
        (b"cdk-batch-mnp-emulator state\n[1]\n", "is damaged"),
        (b"cdk-batch-mnp-emulator state\n" + b"{" * 9000, "is damaged"),
    ],
)
def test_a_foreign_file_is_refused_and_stays(path: Path, content: bytes, reason: str) -> None:
    folder = StateFolder(path)
    folder.file.write_bytes(content)
    with pytest.raises(StateError) as caught:
        folder.read()
    assert str(caught.value).startswith(f"the state file {path / 'state'} {reason}")
    assert folder.file.read_bytes() == content


@pytest.mark.parametrize("cut", [1, 4, 7])
def test_a_truncated_file_is_refused(path: Path, cut: int) -> None:
    folder = StateFolder(path)
    folder.write(b"content")
    folder.file.write_bytes(folder.file.read_bytes()[:-cut])
    with pytest.raises(StateError, match=f"is damaged: it has {7 - cut} bytes of 7"):
        folder.read()


def test_a_changed_byte_is_noticed(path: Path) -> None:
    folder = StateFolder(path)
    folder.write(b"content")
    folder.file.write_bytes(folder.file.read_bytes()[:-1] + b"X")
    with pytest.raises(StateError, match="its checksum is wrong"):
        folder.read()


@pytest.mark.parametrize("part", ["emulator", "moto", "python"])
def test_another_version_is_refused_and_named(
    path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = StateFolder(path)
    older = folder_module.versions() | {part: "0.0.1"}
    with monkeypatch.context() as patch:
        patch.setattr(folder_module, "versions", lambda: older)
        folder.write(b"content")
    with pytest.raises(StateError) as caught:
        folder.read()
    assert f"was written with {', '.join(f'{k} {v}' for k, v in older.items())}" in str(
        caught.value
    )
    assert json.dumps(older).encode() in folder.file.read_bytes()


def test_a_full_disk_leaves_what_was_written_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = StateFolder(path)
    folder.write(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            folder.write(b"new")
    assert folder.read() == b"old"
    assert sorted(each.name for each in path.iterdir()) == ["lock", "state"]
