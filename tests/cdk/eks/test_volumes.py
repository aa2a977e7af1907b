"""EksVolume: what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp import ArgumentError, EksVolume, NodeGroup
from tests.cdk.apps import new_stack
from tests.cdk.eks.pods import add_definition, solver


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Data"}, "name must be 1 to 63 lower-case letters"),
        ({"mount_path": "data"}, "mount_path is 'data', but must be absolute"),
        ({"host_path": "/a", "claim_name": "b"}, "claim_name and host_path are set"),
        ({"host_path": "/a", "in_memory": True}, "apply to an empty directory"),
        ({"optional_secret": True}, "secret_name is not set"),
    ],
)
def test_a_volume_that_cannot_be_is_an_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        EksVolume(**{"name": "data", "mount_path": "/data", **changes})


def test_two_volumes_of_one_name_are_an_error() -> None:
    volumes = [
        EksVolume(name="data", mount_path="/a"),
        EksVolume(name="data", mount_path="/b", host_path="/data"),
    ]
    groups = [NodeGroup("nodes", ":", solver(volumes=volumes))]
    with pytest.raises(ArgumentError, match="two different volumes named 'data'"):
        add_definition(new_stack(), node_groups=groups)
