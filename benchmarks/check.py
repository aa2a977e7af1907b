"""Measure the time of `cdk-batch-mnp check` as a process, compared with cfn-lint.

    python benchmarks/check.py [--repeats 5] [--no-cfn-lint]

Goals: 0.12 s for a template of one job definition, mostly to start the command; 0.3 s for 500
resources with 100 job definitions; a tenth of cfn-lint's time on the same file; 1 s for 1000 job
definitions, with growth that is linear in their number.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

GOAL_SECONDS_TO_START = 0.12
GOAL_SECONDS = 0.3
GOAL_FACTOR = 10
RESOURCES = 500
DEFINITIONS = 100
GROWTH = {10: "linear", 100: "linear", 1000: "1.0"}
"""Numbers of definitions, and the goal for each."""

_EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"

CHECK = (sys.executable, "-c", "from cdk_batch_mnp.cli.entry import main; main()", "check")
CFN_LINT = (str(Path(sys.executable).with_name("cfn-lint")), "--non-zero-exit-code", "none")


def template(definitions: int, resources: int) -> dict[str, Any]:
    """Return a template of a cluster, job definitions with roles and log groups, and SQS queues.

    Args:
        definitions: Number of job definitions, with a main node and workers.
        resources: Total number of resources; SQS queues make up the rest.
    """
    made = {**_network(), **_cluster()}
    for number in range(definitions):
        made.update(_job(number))
    for number in range(max(0, resources - len(made))):
        made[f"Messages{number}"] = {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 60},
        }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": made}


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _get(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def _network() -> dict[str, Any]:
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": _ref("Vpc"),
                "CidrBlock": "10.0.0.0/20",
                "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
            },
        },
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "nodes", "VpcId": _ref("Vpc")},
        },
        "Ingress": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": _get("Group", "GroupId"),
                "IpProtocol": "-1",
                "SourceSecurityGroupId": _get("Group", "GroupId"),
            },
        },
        "Placement": {"Type": "AWS::EC2::PlacementGroup", "Properties": {"Strategy": "cluster"}},
    }


def _cluster() -> dict[str, Any]:
    return {
        "Environment": {
            "Type": "AWS::Batch::ComputeEnvironment",
            "Metadata": {
                "cdk-batch-mnp": {"acknowledged": {"MNP606": "all images are of this account"}}
            },
            "Properties": {
                "Type": "MANAGED",
                "ComputeResources": {
                    "Type": "EC2",
                    "AllocationStrategy": "BEST_FIT_PROGRESSIVE",
                    "MinvCpus": 0,
                    "MaxvCpus": 288,
                    "InstanceTypes": ["c5.18xlarge"],
                    "Subnets": [_ref("Subnet")],
                    "SecurityGroupIds": [_get("Group", "GroupId")],
                    "PlacementGroup": _ref("Placement"),
                    "InstanceRole": "ecsInstanceRole",
                },
            },
        },
        "Queue": {
            "Type": "AWS::Batch::JobQueue",
            "Properties": {
                "Priority": 1,
                "ComputeEnvironmentOrder": [
                    {"Order": 1, "ComputeEnvironment": _ref("Environment")}
                ],
                "JobStateTimeLimitActions": [
                    {
                        "Reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
                        "State": "RUNNABLE",
                        "MaxTimeSeconds": 3600,
                        "Action": "CANCEL",
                    }
                ],
            },
        },
    }


def _job(number: int) -> dict[str, Any]:
    trusted = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            }
        ],
    }
    container = {
        "Image": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/solver:1"},
        "Command": ["solver", f"case-{number}"],
        "InstanceType": "c5.18xlarge",
        "JobRoleArn": _get(f"JobRole{number}", "Arn"),
        "ExecutionRoleArn": _get(f"ExecutionRole{number}", "Arn"),
        "ResourceRequirements": [
            {"Type": "VCPU", "Value": "72"},
            {"Type": "MEMORY", "Value": "130000"},
        ],
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {"awslogs-group": _ref(f"Logs{number}")},
        },
    }
    return {
        f"JobRole{number}": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": trusted},
        },
        f"ExecutionRole{number}": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": trusted,
                "ManagedPolicyArns": [_EXECUTION_POLICY],
            },
        },
        f"Logs{number}": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"RetentionInDays": 30},
        },
        f"Job{number}": {
            "Type": "AWS::Batch::JobDefinition",
            "Properties": {
                "Type": "multinode",
                "Timeout": {"AttemptDurationSeconds": 3600},
                "NodeProperties": {
                    "NumNodes": 4,
                    "MainNode": 0,
                    "NodeRangeProperties": [
                        {"TargetNodes": "0", "Container": container},
                        {"TargetNodes": "1:", "Container": container},
                    ],
                },
            },
        },
    }


def seconds(command: Sequence[str], repeats: int) -> float:
    """Return the median time of a command as a process, with cached bytecode from the second run.

    Raises:
        RuntimeError: It failed, or reported findings.
    """
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        times.append(time.perf_counter() - started)
        if ran.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {ran.stdout}{ran.stderr}")
    return median(times)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-cfn-lint", action="store_true", help="leave the comparison out")
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("--repeats must be at least 1")
    table = Table("what", "seconds", "goal")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.json"
        path.write_text(json.dumps(template(1, 0)))
        table.add_row(
            "1 job definition, JSON",
            f"{seconds((*CHECK, str(path)), arguments.repeats):.3f}",
            f"{GOAL_SECONDS_TO_START}",
        )
        path.write_text(json.dumps(template(DEFINITIONS, RESOURCES), indent=1))
        ours = seconds((*CHECK, str(path)), arguments.repeats)
        what = f"{RESOURCES} resources with {DEFINITIONS} job definitions"
        table.add_row(f"{what}, JSON", f"{ours:.2f}", f"{GOAL_SECONDS}")
        in_yaml = Path(folder) / "template.yaml"
        in_yaml.write_text(import_module("yaml").safe_dump(json.loads(path.read_text())))
        table.add_row(
            f"{what}, YAML",
            f"{seconds((*CHECK, str(in_yaml)), arguments.repeats):.2f}",
            f"{GOAL_SECONDS}",
        )
        if not arguments.no_cfn_lint:
            theirs = seconds((*CFN_LINT, str(path)), 1)
            table.add_row(
                f"cfn-lint on the same JSON ({theirs / ours:.0f} times ours)",
                f"{theirs:.2f}",
                f"{GOAL_FACTOR} times ours",
            )
        for definitions, goal in GROWTH.items():
            path.write_text(json.dumps(template(definitions, 0)))
            took = seconds((*CHECK, str(path)), arguments.repeats)
            table.add_row(f"{definitions} job definitions, JSON", f"{took:.2f}", goal)
    Console().print(table)


if __name__ == "__main__":
    main()
