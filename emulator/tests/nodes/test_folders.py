"""What a node that does not get its mounts is started with instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.nodes.folders import with_folders_of_volumes
from cdk_batch_mnp_emulator.nodes.runner import Mount

MOUNTS = [Mount("/efs", Path("/v/efs")), Mount("/efs/in", Path("/v/in")), Mount("/ram", mib=1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/efs", "/v/efs"),
        ("/efs/program", "/v/efs/program"),
        ("/efs/in/x", "/v/in/x"),
        ("/usr/bin:/efs/bin", "/usr/bin:/v/efs/bin"),
        ("/efs2/x", "/efs2/x"),
        ("x/efs/y", "x/efs/y"),
        ("/efs/run; ls /efs", "/efs/run; ls /efs"),
        ("/ram/x", "/ram/x"),
        ("http://127.0.0.1:1/efs", "http://127.0.0.1:1/efs"),
        ("", ""),
    ],
)
def test_a_path_in_a_volume_names_its_folder(text: str, expected: str) -> None:
    assert with_folders_of_volumes(text, MOUNTS) == expected
