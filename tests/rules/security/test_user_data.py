"""User data that Batch can add its own to."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.security.user_data import is_multipart
from tests.rules.setups import (
    BLOCKS_INSTANCE_ROLE,
    environment,
    findings,
    ids,
    launch_template,
    with_template,
)

SCRIPT = f"#!/bin/bash\nyum install -y lustre-client\n{BLOCKS_INSTANCE_ROLE}\n"
MULTIPART = f"""\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="==PART=="

--==PART==
Content-Type: text/x-shellscript; charset="us-ascii"

{SCRIPT}
--==PART==--
"""


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        pytest.param(SCRIPT, ["MNP413"], id="a bare script"),
        pytest.param(
            f"#cloud-config\nruncmd: [{BLOCKS_INSTANCE_ROLE}]\n", ["MNP413"], id="cloud-config"
        ),
        pytest.param(f"{SCRIPT}\n\n{MULTIPART}", ["MNP413"], id="multi-part too late"),
        pytest.param(
            f"MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n{SCRIPT}",
            ["MNP413"],
            id="a single part",
        ),
        pytest.param(MULTIPART, [], id="multi-part"),
        pytest.param(MULTIPART.replace("\n", "\r\n"), [], id="with the line ends of Windows"),
        pytest.param(MULTIPART.replace("Content-Type", "content-type"), [], id="in small letters"),
        pytest.param(f"\n{MULTIPART}", [], id="behind an empty line"),
        pytest.param(
            MULTIPART.replace("mixed; boundary", "mixed;\n boundary"), [], id="over two lines"
        ),
        pytest.param(None, ["MNP606"], id="none"),
        pytest.param("", ["MNP606"], id="empty"),
        pytest.param(UNKNOWN, [], id="unknown"),
    ],
)
def test_mnp413_user_data_is_multipart(user_data: object, expected: list[str]) -> None:
    assert ids(with_template(user_data=user_data)) == expected


def test_mnp413_shows_how_the_text_begins() -> None:
    text = f"#!/bin/bash{'x' * 80}\n{BLOCKS_INSTANCE_ROLE}\n"
    (finding,) = findings(with_template(user_data=text))
    assert finding.actual == f"#!/bin/bash{'x' * 29}..."
    assert finding.resource_id == "Stack/Environment"


def test_mnp413_leaves_other_images_of_eks_alone() -> None:
    template = launch_template(user_data="[settings.kubernetes]\n")
    for is_eks in (True, UNKNOWN):
        other = environment(launch_template=template, is_eks=is_eks)
        assert "MNP413" not in ids(other)
    assert ids(environment(launch_template=UNKNOWN)) == []


def test_a_type_that_only_a_part_has_does_not_make_a_text_multipart() -> None:
    assert is_multipart(MULTIPART)
    assert not is_multipart("X-Note: Content-Type: multipart/mixed\n\nbody")
