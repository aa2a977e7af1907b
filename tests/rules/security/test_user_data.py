"""User data that Batch can add its own to."""

from __future__ import annotations

from textwrap import indent

import pytest

from cdk_batch_mnp.model.launch_template import UNKNOWN_PART, Encoding
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.model.user_data import MAX_BYTES
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


def with_part(part: str) -> str:
    """User data with a second part."""
    return MULTIPART.replace("--==PART==--", f"--==PART==\n{part}\n--==PART==--")


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
        pytest.param(f"\n{MULTIPART}", ["MNP413"], id="behind an empty line"),
        pytest.param(indent(MULTIPART, "    "), ["MNP413"], id="indented"),
        pytest.param(f"\ufeff{MULTIPART}", ["MNP413"], id="behind a byte order mark"),
        pytest.param(
            MULTIPART.replace('; boundary="==PART=="', ""), ["MNP413"], id="without a boundary"
        ),
        pytest.param(
            MULTIPART.replace('boundary="==PART=="', 'boundary="=="'),
            ["MNP413"],
            id="with another boundary",
        ),
        pytest.param(
            MULTIPART.replace("==PART==", UNKNOWN_PART), [], id="with a boundary that is unknown"
        ),
        pytest.param(f"MIME-Version: 1.0\n{UNKNOWN_PART}", [], id="with an unknown header"),
        pytest.param(
            f"#!/bin/bash {UNKNOWN_PART}", ["MNP413"], id="a script that is known in part"
        ),
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


def test_mnp413_a_type_that_only_a_part_has_does_not_make_a_text_multipart() -> None:
    text = f"X-Note: Content-Type: multipart/mixed\n\n{BLOCKS_INSTANCE_ROLE}"
    assert ids(with_template(user_data=text)) == ["MNP413"]


def test_mnp413_warns_about_compressed_user_data() -> None:
    (finding,) = findings(with_template(user_data=UNKNOWN, encoding=Encoding.GZIP))
    assert (finding.rule.id, finding.severity) == ("MNP413", "warning")


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        pytest.param(
            "\nContent-Type: text/x-shellscript\n\n#!/bin/bash\n",
            "an empty line before the header of part 2",
            id="an empty line before the header",
        ),
        pytest.param(
            "Content-Type: text/x-shellscript\n#!/bin/bash\n",
            "no empty line after the header of part 2",
            id="no empty line after the header",
        ),
        pytest.param(
            "Content-Type: text/x-shellscipt\n\n#!/bin/bash\n",
            "cloud-init ignores: part 2 is text/x-shellscipt",
            id="a misspelt type",
        ),
        pytest.param(
            "Content-Type: text/plain\n\nyum update\n",
            "cloud-init ignores: part 2 is text/plain",
            id="plain text",
        ),
        pytest.param(
            "Content-Type: text/x-shellscript\n\nyum update\n",
            "no interpreter is on the first line of part 2",
            id="no interpreter",
        ),
        pytest.param(
            "Content-Type: text/x-shellscript\n\n#/bin/bash\n",
            "no interpreter is on the first line of part 2",
            id="a misspelt interpreter",
        ),
        pytest.param(
            "Content-Type: text/x-shellscript\n\n\n#!/bin/bash\n",
            "white space comes before the first line of part 2",
            id="an empty line before the interpreter",
        ),
        pytest.param(
            "Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\nbHMgLwo=\n",
            "no interpreter is on the first line of part 2",
            id="Base64 without an interpreter",
        ),
    ],
)
def test_mnp418_parts_that_never_run(part: str, problem: str) -> None:
    (finding,) = findings(with_template(user_data=with_part(part)))
    assert (finding.rule.id, finding.severity) == ("MNP418", "warning")
    assert problem in finding.message


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("Content-Type: text/x-shellscript\n\n#! /bin/sh\n", id="a script"),
        pytest.param("Content-Type: text/x-shellscript\r\n\r\n#!/bin/bash\r\n", id="of Windows"),
        pytest.param("Content-Type: text/cloud-config\n\nruncmd: [ls]\n", id="cloud-config"),
        pytest.param("Content-Type: text/cloud-boothook\n\n#cloud-boothook\nls\n", id="a boothook"),
        pytest.param("Content-Type: text/plain\n\n#cloud-config\n", id="known by its start"),
        pytest.param("\n#!/bin/bash\n", id="without a header"),
        pytest.param("Content-Type: application/node.eks.aws\n\nspec: 1\n", id="of another agent"),
        pytest.param(f"{UNKNOWN_PART}\n\nyum update\n", id="an unknown header"),
        pytest.param(
            f"Content-Type: text/{UNKNOWN_PART}\n\nyum update\n", id="a type that is unknown"
        ),
        pytest.param(
            f"Content-Type: text/x-shellscript\n\n{UNKNOWN_PART}\n", id="an unknown script"
        ),
        pytest.param(
            f"Content-Type: text/x-shellscript\n\n#!{UNKNOWN_PART}\n", id="an unknown interpreter"
        ),
        pytest.param(
            "Content-Type: text/part-handler\n\nimport this\n"
            "--==PART==\nContent-Type: text/own\n\nours\n",
            id="a type of its own handler",
        ),
        pytest.param(
            "Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n"
            "IyEvYmluL3NoCg==\n",
            id="Base64",
        ),
    ],
)
def test_mnp418_is_silent_about_parts_that_run_or_are_unknown(part: str) -> None:
    assert ids(with_template(user_data=with_part(part))) == []


def test_mnp418_the_closing_boundary() -> None:
    without = MULTIPART.replace("--==PART==--", "--==PART==")
    assert ids(with_template(user_data=without)) == ["MNP418"]
    assert ids(with_template(user_data=MULTIPART.replace("--==PART==--\n", ""))) == ["MNP418"]
    assert ids(with_template(user_data=f"{without}\n{UNKNOWN_PART}")) == []


def test_mnp418_the_version_of_mime() -> None:
    without = MULTIPART.replace("MIME-Version: 1.0\n", "")
    assert ids(with_template(user_data=without)) == ["MNP418"]
    # cloud-init finds it in the header of a part too, but not far down.
    in_part = without.replace("Content-Type: text/", "MIME-Version: 1.0\nContent-Type: text/", 1)
    assert ids(with_template(user_data=in_part)) == []
    far = in_part.replace("\n\n--", f"\n\n{'-' * 4096}\n--", 1)
    assert ids(with_template(user_data=far)) == ["MNP418"]
    assert ids(with_template(user_data=f"{without}{UNKNOWN_PART}")) == []


def test_mnp419_plain_text_is_not_base64() -> None:
    assert ids(with_template(encoding=Encoding.NONE)) == ["MNP419"]
    assert ids(with_template(encoding=UNKNOWN)) == []


@pytest.mark.parametrize(
    ("size", "expected"), [(MAX_BYTES + 1, ["MNP419"]), (MAX_BYTES, [])], ids=["above", "at"]
)
def test_mnp419_the_size_of_user_data(size: int, expected: list[str]) -> None:
    text = with_part("Content-Type: text/x-shellscript\n\n#!/bin/bash\n# \n")
    long = text.replace("# \n", f"# {'x' * (size - len(text))}\n")
    assert len(long) == size
    assert ids(with_template(user_data=long)) == expected


def test_mnp419_unknown_parts_count_as_empty() -> None:
    text = with_part(f"Content-Type: text/x-shellscript\n\n#!/bin/bash\n{UNKNOWN_PART * 4000}\n")
    assert ids(with_template(user_data=text)) == []
