"""Which files of its folder a Dockerfile copies where."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.dockerfile import copied_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "sub/c", "with space"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY a /opt/x", {"/opt/x": "a"}),
        ("copy ./a /opt/", {"/opt/a": "a"}),
        ("ADD a b /opt", {"/opt/a": "a", "/opt/b": "b"}),
        ("COPY --chown=0:0 --chmod=755 sub/c /bin/c", {"/bin/c": "sub/c"}),
        ('COPY ["with space", "/x y"]', {"/x y": "with space"}),
        ("WORKDIR /srv\nWORKDIR app\nCOPY a .\nCOPY b ./d", {"/srv/app/a": "a", "/srv/app/d": "b"}),
        ("# COPY a /x\nCOPY \\\n  # why\n  a \\\n  /x", {"/x": "a"}),
        ("COPY a /x\nCOPY b /x", {"/x": "b"}),
    ],
)
def test_files_are_found_by_their_place_in_the_image(
    folder: Path, text: str, expected: dict[str, str]
) -> None:
    (folder / "Dockerfile").write_text(f"FROM busybox\n{text}\n")
    assert copied_files(folder) == {place: folder / name for place, name in expected.items()}


@pytest.mark.parametrize(
    "text",
    [
        "COPY --from=build /a /x",
        "COPY sub /x",
        "COPY * /x/",
        "COPY $NAME /x",
        "COPY ../outside /x",
        "COPY missing /x",
        "COPY a",
        "COPY",
        "COPY 'a /x",
        "COPY a /x\nFROM other",
        "RUN cp a /x",
        "ADD https://example.org/a /x",
        "COPY a\0 /x",
        "COPY [1, 2]",
    ],
)
def test_what_is_not_clear_is_left_out(folder: Path, text: str) -> None:
    (folder.parent / "outside").touch()
    (folder / "Dockerfile").write_text(f"FROM busybox\n{text}\n")
    assert copied_files(folder) == {}


def test_without_a_dockerfile_nothing_is_copied(folder: Path) -> None:
    assert copied_files(folder) == {}
    (folder / "Dockerfile").write_bytes(b"\xff\xfe" * 100)
    assert copied_files(folder) == {}
