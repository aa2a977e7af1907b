"""Functions of a test, from the text of their handler."""

from __future__ import annotations

import io
import json
import textwrap
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

from embedded import EmbeddedAws


def create_function(
    aws: EmbeddedAws,
    text: str,
    *,
    runtime: str = "python3.13",
    variables: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    **members: Any,
) -> str:
    """Create a function whose handler is ``index.handler``, and return its ARN."""
    end = "mjs" if runtime.startswith("nodejs") else "py"
    answer = aws.client("lambda").create_function(
        FunctionName=f"function-{uuid.uuid4().hex[:8]}",
        Runtime=runtime,
        Handler="index.handler",
        Role=role(aws),
        Code={"ZipFile": zipped({f"index.{end}": textwrap.dedent(text), **(files or {})})},
        Environment={"Variables": dict(variables or {})},
        **members,
    )
    return str(answer["FunctionArn"])


def role(aws: EmbeddedAws) -> str:
    """Return a role that Lambda can assume."""
    iam = aws.client("iam")
    name = "functions"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    if all(each["RoleName"] != name for each in iam.list_roles()["Roles"]):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
    return str(iam.get_role(RoleName=name)["Role"]["Arn"])


def zipped(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
