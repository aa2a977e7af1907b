"""An image is found by its name, and what stands for it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.images import Images

FULL = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/trainer"


@pytest.mark.parametrize(
    "image",
    [
        FULL,
        f"{FULL}:2.1",
        f"{FULL}@sha256:{'0' * 64}",
        f"{FULL}:2.1@sha256:{'0' * 64}",
        "localhost:5000/trainer",
        "trainer:latest",
        "trainer",
    ],
)
def test_an_image_is_found_by_the_last_part_of_its_name(image: str, tmp_path: Path) -> None:
    assert Images({"trainer": tmp_path}).folder(image) == tmp_path


def test_the_longest_name_that_matches_wins(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    images = Images({f"{FULL}:2": tmp_path / "a", FULL: tmp_path / "b", "trainer": tmp_path / "c"})
    found = [images.folder(each) for each in (f"{FULL}:2", f"{FULL}:3", "other/trainer")]
    assert found == [tmp_path / name for name in "abc"]


def test_other_images_are_not_found(tmp_path: Path) -> None:
    images = Images({"trainer": tmp_path, f"{FULL}:2": tmp_path})
    assert [images.folder(each) for each in ("train", "trainer2", "x/trainer/y")] == [None] * 3


def test_the_notice_names_what_stands_for_the_image(tmp_path: Path) -> None:
    images = Images({"trainer": tmp_path})
    assert images.notices("other", ["true"]) == [
        "The image other is not run: programs come from this machine, by the PATH of the embedded"
        " AWS."
    ]
    (notice,) = images.notices("trainer:1", ["true"])
    assert notice.startswith(f"The image trainer:1 is not run: {tmp_path} ")
    (tmp_path / "bin").mkdir()
    (notice,) = images.notices("trainer:1", ["true"])
    assert f"programs come from {tmp_path}/bin" in notice


def test_an_argument_that_is_a_file_of_the_image_names_the_file_that_is_copied_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "tool.py").touch()
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY tool.py /usr/local/bin/tool\n")
    images = Images({"tools": tmp_path})
    command = ["cp", "/usr/local/bin/tool", "/shared/usr/local/bin/tool"]
    assert images.command("tools:1", command) == ["cp", f"{tmp_path}/tool.py", command[2]]
    assert images.notices("tools:1", command)[1:] == [
        f"The argument /usr/local/bin/tool is {tmp_path}/tool.py, which the Dockerfile of the image"
        " copies there."
    ]
    assert images.command("other", command) == command
    assert len(images.notices("tools:1", ["sh", "-c", "exec /usr/local/bin/tool"])) == 1


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="gone that stands for image trainer does not exist"):
        Images({"trainer": tmp_path / "gone"})
