"""Templates and cloud assemblies of small apps, for ``run``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from templates import instance_role, network

IMAGE = "public.ecr.aws/docker/library/busybox:1.37"
GREET = "echo node $AWS_BATCH_JOB_NODE_INDEX of $AWS_BATCH_JOB_NUM_NODES"
WAIT_FOR_CHILDREN = """
ends=/tmp/mnp-${AWS_BATCH_JOB_ID%%#*}-ends
if [ "$AWS_BATCH_JOB_NODE_INDEX" != 0 ]; then
  : >"$ends-$AWS_BATCH_JOB_NODE_INDEX"
else
  node=1
  while [ $node -lt "$AWS_BATCH_JOB_NUM_NODES" ]; do
    until [ -e "$ends-$node" ]; do sleep 0.02; done
    rm "$ends-$node"
    node=$((node + 1))
  done
  sleep 0.3
fi
"""
"""For the end of a script. Main's exit would stop children that are about to exit."""


def definition(
    command: str = f"{GREET}{WAIT_FOR_CHILDREN}",
    *,
    ranges: tuple[str, ...] = ("0", "1:"),
    num_nodes: int = 2,
    vcpus: int = 2,
    path: str | None = None,
    **properties: Any,
) -> dict[str, Any]:
    """A job definition whose nodes run a line of a shell."""
    container = {
        "Image": IMAGE,
        "Command": ["sh", "-c", command],
        "ResourceRequirements": [
            {"Type": "VCPU", "Value": str(vcpus)},
            {"Type": "MEMORY", "Value": "512"},
        ],
    }
    return {
        "Type": "AWS::Batch::JobDefinition",
        **({"Metadata": {"aws:cdk:path": path}} if path else {}),
        "Properties": {
            "Type": "multinode",
            "NodeProperties": {
                "NumNodes": num_nodes,
                "MainNode": 0,
                "NodeRangeProperties": [
                    {"TargetNodes": each, "Container": container} for each in ranges
                ],
            },
            **properties,
        },
    }


def single(command: str = "echo alone") -> dict[str, Any]:
    """A job definition with one node."""
    properties = definition(command)["Properties"]["NodeProperties"]["NodeRangeProperties"][0]
    return {
        "Type": "AWS::Batch::JobDefinition",
        "Properties": {"Type": "container", "ContainerProperties": properties["Container"]},
    }


def with_task(command: str, init: str) -> dict[str, Any]:
    """A job definition with two nodes whose main container follows an init container."""
    found = definition(num_nodes=2, ranges=("0:",))
    (group,) = found["Properties"]["NodeProperties"]["NodeRangeProperties"]
    container = group.pop("Container")
    container["ResourceRequirements"][0]["Value"] = "1"
    before = {"Name": "init", "Command": ["sh", "-c", init], "Essential": False}
    after = {
        "Name": "main",
        "Command": ["sh", "-c", command],
        "DependsOn": [{"ContainerName": "init", "Condition": "SUCCESS"}],
    }
    tasks = [{"Containers": [{**container, **before}, {**container, **after}]}]
    group["EcsProperties"] = {"TaskProperties": tasks}
    return found


def queue() -> dict[str, Any]:
    """A network, a compute environment and its queue."""
    return {
        **network(),
        **instance_role(),
        "Environment": {
            "Type": "AWS::Batch::ComputeEnvironment",
            "Properties": {
                "Type": "MANAGED",
                "ComputeResources": {
                    "Type": "EC2",
                    "MaxvCpus": 8,
                    "InstanceTypes": ["c5.large"],
                    "InstanceRole": {"Fn::GetAtt": ["Profile", "Arn"]},
                    "Subnets": [{"Ref": "Subnet"}],
                    "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
                },
            },
        },
        "Queue": {
            "Type": "AWS::Batch::JobQueue",
            "Properties": {
                "Priority": 1,
                "ComputeEnvironmentOrder": [
                    {"Order": 1, "ComputeEnvironment": {"Ref": "Environment"}}
                ],
            },
        },
    }


def platform(**definitions: dict[str, Any]) -> dict[str, Any]:
    """A template with a queue and job definitions."""
    return {"Resources": {**queue(), **(definitions or {"Job": definition()})}}


def write(path: Path, content: Any) -> Path:
    """Write a file of JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def stack(
    name: str, *dependencies: str, region: str = "unknown-region", **properties: Any
) -> dict[str, Any]:
    """The artifact of a stack."""
    return {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://unknown-account/{region}",
        "properties": {"templateFile": f"{name}.template.json", **properties},
        "dependencies": list(dependencies),
    }


def assets(file: str) -> dict[str, Any]:
    """The artifact of an asset manifest."""
    return {"type": "cdk:asset-manifest", "properties": {"file": file}}


def file_asset(path: str, packaging: str, key: str) -> dict[str, Any]:
    """A file of an asset manifest."""
    return {
        "source": {"path": path, "packaging": packaging},
        "destinations": {
            "current_account-current_region": {
                "bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}",
                "objectKey": key,
                "assumeRoleArn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/publishing",
            }
        },
    }


def write_assembly(
    folder: Path, artifacts: dict[str, Any], templates: dict[str, Any] | None = None
) -> Path:
    """Write a cloud assembly."""
    write(folder / "manifest.json", {"version": "48.0.0", "artifacts": artifacts})
    for name, template in (templates or {}).items():
        write(folder / f"{name}.template.json", template)
    return folder
