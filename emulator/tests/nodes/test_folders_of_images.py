"""A folder that stands for an image is copied by the nodes that change it, as an image is."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.images import Images
from nodes.cluster import Cluster
from nodes.conftest import runner_in

CHANGE = "cat data sub/x; echo more >> data; rm sub/x; echo new > new; ls . sub"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "an image, 1:2"
    (folder / "sub").mkdir(parents=True)
    (folder / "data").write_text("data\n")
    (folder / "sub" / "x").write_text("x\n")
    return folder


def test_what_a_node_changes_is_its_own(folder: Path, tmp_path: Path) -> None:
    runner = runner_in("namespaces", images=Images({"trainer": folder}))
    with Cluster(runner, tmp_path) as cluster:
        nodes = [cluster.run("sh", "-c", CHANGE, image="trainer:1") for _ in range(2)]
    runner.close()
    if nodes[0].warnings:
        pytest.skip("the file system of the tests takes no copies of this kind")
    for node in nodes:
        assert node.lines == ["data", "x", ".:", "data", "new", "sub", "", "sub:"]
        assert node.exit_code == 0
    assert (folder / "data").read_text() == "data\n"
    assert (folder / "sub" / "x").read_text() == "x\n"
    assert sorted(each.name for each in folder.iterdir()) == ["data", "sub"]


def test_a_node_that_changes_the_folder_is_warned(folder: Path, tmp_path: Path) -> None:
    runner = runner_in("loopback", images=Images({"trainer": folder}))
    with Cluster(runner, tmp_path) as cluster:
        node = cluster.run("sh", "-c", "cat sub/x", image="trainer")
    runner.close()
    (warning,) = node.warnings
    assert warning == (
        f"the working folder has links to what is in {folder}: what the program changes behind"
        " them is changed there"
    )
    assert node.lines == ["x"]


@pytest.mark.parametrize("network", ["namespaces", "loopback"], indirect=True)
def test_a_virtual_environment_is_not_copied(network: str, folder: Path, tmp_path: Path) -> None:
    (folder / "pyvenv.cfg").touch()
    runner = runner_in(network, images=Images({"trainer": folder}))
    with Cluster(runner, tmp_path) as cluster:
        node = cluster.run("sh", "-c", "readlink sub", image="trainer")
    runner.close()
    assert node.lines == [str(folder / "sub")]
    assert node.warnings == []
