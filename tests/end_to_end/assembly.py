"""A cloud assembly without an app: one small stack that the CDK deploys in a second."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STACK = "Small"


def write_assembly(folder: Path, value: str, *, is_wrong: bool = False) -> Path:
    """Write an assembly whose stack keeps a value in a parameter, or cannot be deployed."""
    folder.mkdir(exist_ok=True)
    parameter = {"Type": "String", "Name": "/small", "Value": value}
    resources: dict[str, Any] = {
        "Value": {"Type": "AWS::SSM::Parameter", "Properties": parameter},
    }
    if is_wrong:
        resources["Wrong"] = {
            "Type": "AWS::Logs::LogGroup",
            "DependsOn": "Value",
            "Properties": {"RetentionInDays": "soon"},
        }
    (folder / f"{STACK}.template.json").write_text(json.dumps({"Resources": resources}))
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/us-east-1",
        "properties": {"templateFile": f"{STACK}.template.json"},
    }
    manifest = {"version": "36.0.0", "artifacts": {STACK: artifact}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
