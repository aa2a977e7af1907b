"""EksNodeContainer: what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Size

from cdk_batch_mnp import ArgumentError, EksVolume
from tests.cdk.eks.pods import solver


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": " "}, "image is empty"),
        ({"command": []}, "command is an empty list"),
        ({"cpu": 0.1}, "cpu is 0.1, but must be a multiple of 0.25"),
        ({"cpu": 1.1}, "cpu is 1.1"),
        ({"memory": Size.mebibytes(3)}, "memory is 3, but must be at least 4 MiB"),
        ({"gpus": 0}, "gpus is 0"),
        ({"user": -1}, "user is -1, but must be 0 to 2147483647"),
        ({"vcpus": 1}, "there is no argument 'vcpus'"),
        (
            {
                "volumes": [
                    EksVolume(name="a", mount_path="/a"),
                    EksVolume(name="b", mount_path="/a/"),
                ]
            },
            "two volumes have the mount_path /a",
        ),
    ],
)
def test_a_container_that_cannot_be_is_an_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        solver(**changes)
