"""How the launcher gets into the containers."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp import ArgumentError, HostVolume, Launcher, LauncherDelivery, NodeGroup
from tests.cdk.apps import add_cluster, add_job, container, first_container, new_stack


def groups(**changes: Any) -> list[NodeGroup]:
    return [NodeGroup("all", ":", container(**{"command": ["solver"], **changes}))]


def test_the_image_may_have_the_launcher_anywhere() -> None:
    stack = new_stack()
    launcher = Launcher(delivery=LauncherDelivery.in_image("/opt/bin/mnp-launch"))
    add_job(add_cluster(stack), node_groups=groups(), launcher=launcher)
    properties = first_container(stack)
    assert properties["Command"] == ["/opt/bin/mnp-launch", "--", "solver"]
    assert "Volumes" not in properties


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("mnp-launch", "must be an absolute path in the image"),
        ("/opt/cdk-batch-mnp/mnp-launch", "where the volume for the launcher is"),
    ],
)
def test_a_path_that_an_init_container_cannot_copy_is_an_error(program: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        LauncherDelivery.from_init_container("image", program)


def test_an_empty_name_of_the_program_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="program is empty"):
        LauncherDelivery.in_image(" ")


def test_a_program_that_depends_on_the_working_directory_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="'bin/mnp-launch', which depends on the working"):
        LauncherDelivery.in_image("bin/mnp-launch")


def test_a_volume_with_the_name_of_the_launcher_s_is_an_error() -> None:
    volume = HostVolume(name="mnp-launch", container_path="/data")
    launcher = Launcher(delivery=LauncherDelivery.from_nodes())
    with pytest.raises(ArgumentError, match="a volume has the name 'mnp-launch'"):
        add_job(add_cluster(new_stack()), node_groups=groups(volumes=[volume]), launcher=launcher)
