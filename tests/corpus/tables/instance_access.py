"""What containers can do to their instances: metadata, user data and privileges."""

from __future__ import annotations

from base64 import b64encode

from tests.corpus.changes import CONTAINER, LEFT_OUT, RESOURCES, TASK, TEMPLATE, Table

BLOCKED = "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config\n"
MULTIPART = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
sysctl -w vm.overcommit_memory=1

--part--
"""

INSTANCE_ACCESS: Table = {
    "MNP413": (
        (
            "a plain script",
            "cluster",
            {f"{TEMPLATE}.UserData": {"Fn::Base64": f"#!/bin/bash\n{BLOCKED}"}},
        ),
        (
            "a script with a variable",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Base64": {"Fn::Sub": f"#!/bin/bash\ng ${{AWS::Region}}\n{BLOCKED}"}
                }
            },
        ),
        (
            "already in Base64",
            "isolated",
            {
                "Template.LaunchTemplateData.UserData": b64encode(
                    f"#!/bin/sh\n{BLOCKED}".encode()
                ).decode()
            },
        ),
    ),
    "MNP418": (
        (
            "an empty line before the interpreter",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Base64": MULTIPART.replace("#!", "\n#!").replace(
                        "sysctl", f"{BLOCKED}sysctl"
                    )
                }
            },
        ),
        (
            "a misspelt type beside a variable",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Base64": {
                        "Fn::Sub": MULTIPART.replace("x-shellscript", "x-shelscript").replace(
                            "sysctl", f"{BLOCKED}g ${{AWS::Region}}\nsysctl"
                        )
                    }
                }
            },
        ),
    ),
    "MNP419": (
        (
            "plain text",
            "cluster",
            {f"{TEMPLATE}.UserData": MULTIPART.replace("sysctl", f"{BLOCKED}sysctl")},
        ),
        (
            "plain text with a variable",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Sub": MULTIPART.replace("sysctl", f"{BLOCKED}g ${{AWS::Region}}\nsysctl")
                }
            },
        ),
        (
            "a long text",
            "cluster",
            {
                f"{TEMPLATE}.UserData": {
                    "Fn::Base64": MULTIPART.replace("sysctl", f"{BLOCKED}# {'x' * 16384}\nsysctl")
                }
            },
        ),
    ),
    "MNP601": (
        ("IMDSv1", "cluster", {f"{TEMPLATE}.MetadataOptions.HttpTokens": "optional"}),
        ("three hops", "cluster", {f"{TEMPLATE}.MetadataOptions.HttpPutResponseHopLimit": 3}),
    ),
    "MNP603": (
        ("privileged", "cluster", {f"{CONTAINER}.Privileged": True}),
        (
            "Docker's socket",
            "isolated",
            {f"{TASK}.Volumes.0.Host.SourcePath": "/var/run/docker.sock"},
        ),
    ),
    "MNP606": (
        ("no user data", "isolated", {"Template.LaunchTemplateData.UserData": LEFT_OUT}),
        ("nothing of it", "cluster", {f"{TEMPLATE}.UserData": {"Fn::Base64": MULTIPART}}),
        ("no launch template", "isolated", {f"{RESOURCES}.LaunchTemplate": LEFT_OUT}),
    ),
}
