"""Measure the time of the rules and of importing the package, without the CDK.

    python benchmarks/rules.py [--repeats 20] [--starts 7]

Goals: 50 ms for all rules over a setup of 100 job definitions, 0.3 s for a new process that imports
the package.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median

from rich.console import Console
from rich.table import Table

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.network import (
    PlacementGroup,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
)
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.discovery import all_rules

DEFINITIONS = 100
INSTANCE_TYPE = "hpc7a.96xlarge"
NODES = 8
VCPUS = 192
CHECK_GOAL_SECONDS = 0.05
START_GOAL_SECONDS = 0.3

STARTS: Mapping[str, str] = {
    "nothing, for comparison": "pass",
    "import cdk_batch_mnp": "import cdk_batch_mnp",
    "from cdk_batch_mnp import NodeRange": "from cdk_batch_mnp import NodeRange",
    "all rules and the catalogue": (
        "from cdk_batch_mnp.rules.discovery import all_rules; all_rules();"
        "from cdk_batch_mnp.instances import default_catalogue; default_catalogue()"
    ),
}


USER_DATA = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config

--part--
"""


def setup_of(definitions: int, *, max_vcpus: int = NODES * VCPUS) -> MnpSetup:
    """Return a setup of a cluster and job definitions with a main node and workers."""
    return MnpSetup(
        job_definitions=tuple(_definition(number) for number in range(definitions)),
        job_queues=(_queue(_environment(max_vcpus)),),
    )


def _environment(max_vcpus: int) -> ComputeEnvironment:
    subnet = Subnet(
        id="Stack/Nodes",
        zone="us-east-2a",
        kind="private",
        vpc=Vpc(id="Stack/Vpc", endpoints=()),
    )
    group = SecurityGroup(
        id="Stack/Group",
        ingress=(SecurityGroupRule(peer="Stack/Group"),),
        egress=(SecurityGroupRule(peer="0.0.0.0/0"),),
    )
    template = {
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2},
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": True}}],
        "userData": "in Base64",
    }
    return ComputeEnvironment.read(
        ApiStruct(
            {
                "type": "MANAGED",
                "computeResources": {
                    "type": "EC2",
                    "allocationStrategy": "BEST_FIT_PROGRESSIVE",
                    "minvCpus": 0,
                    "maxvCpus": max_vcpus,
                    "instanceTypes": [INSTANCE_TYPE],
                    "subnets": [subnet.id],
                    "launchTemplate": {"launchTemplateName": "nodes", "version": "1"},
                },
            }
        ),
        id="Stack/Environment",
        launch_template=LaunchTemplate.read(
            ApiStruct(template), id="Stack/Template", user_data=USER_DATA
        ),
        placement_group=PlacementGroup(id="Stack/PlacementGroup", strategy="cluster"),
        subnets=(subnet,),
        security_groups=(group,),
        instance_role=Role(id="Stack/InstanceRole"),
        is_dedicated=True,
    )


def _queue(environment: ComputeEnvironment) -> JobQueue:
    return JobQueue.read(
        ApiStruct(
            {
                "priority": 1,
                "computeEnvironmentOrder": [
                    {"order": 1, "computeEnvironment": "Stack/Environment"}
                ],
                "jobStateTimeLimitActions": [
                    {
                        "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
                        "state": "RUNNABLE",
                        "maxTimeSeconds": 3600,
                        "action": "CANCEL",
                    }
                ],
            }
        ),
        id="Stack/Queue",
        environment_of=lambda _: environment,
        has_fair_share=False,
        is_dedicated=True,
    )


def _definition(number: int) -> JobDefinition:
    container = {
        "image": "123456789012.dkr.ecr.us-east-2.amazonaws.com/solver:1",
        "command": ["/opt/run-mpi.sh", "Ref::case"],
        "instanceType": INSTANCE_TYPE,
        "jobRoleArn": "job",
        "executionRoleArn": "execution",
        "environment": [{"name": f"SETTING_{each}", "value": "1"} for each in range(10)],
        "resourceRequirements": [
            {"type": "VCPU", "value": str(VCPUS)},
            {"type": "MEMORY", "value": "700000"},
        ],
    }
    roles = {"job": Role(id="Stack/JobRole"), "execution": Role(id="Stack/ExecutionRole")}
    return JobDefinition.read(
        ApiStruct(
            {
                "type": "multinode",
                "nodeProperties": {
                    "numNodes": NODES,
                    "mainNode": 0,
                    "nodeRangeProperties": [
                        {"targetNodes": "0", "container": container},
                        {"targetNodes": "1:", "container": container},
                    ],
                },
                "retryStrategy": {"attempts": 2},
                "timeout": {"attemptDurationSeconds": 3600},
            }
        ),
        id=f"Stack/Job{number}",
        role_of=lambda value: roles[str(value)],
    )


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def start(statement: str) -> None:
    """Run a statement in a new process, with cached bytecode from the second run."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    subprocess.run([sys.executable, "-c", statement], env=environment, check=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=20, help="of the check (default: 20)")
    parser.add_argument("--starts", type=int, default=7, help="of each process (default: 7)")
    arguments = parser.parse_args()
    if min(arguments.repeats, arguments.starts) < 1:
        parser.error("--repeats and --starts must be at least 1")

    setup = setup_of(DEFINITIONS)
    table = Table(title="Medians")
    table.add_column("what")
    table.add_column("time (ms)", justify="right")
    table.add_column("goal (ms)", justify="right")
    checked = median(seconds_of(lambda: check(setup)) for _ in range(arguments.repeats))
    table.add_row(
        f"{len(all_rules())} rules over {DEFINITIONS} job definitions",
        f"{checked * 1000:.1f}",
        f"{CHECK_GOAL_SECONDS * 1000:.0f}",
    )
    for what, statement in STARTS.items():
        start(statement)  # writes the bytecode
        began = median(
            seconds_of(lambda statement=statement: start(statement))  # type: ignore[misc]
            for _ in range(arguments.starts)
        )
        goal = "" if statement == "pass" else f"{START_GOAL_SECONDS * 1000:.0f}"
        table.add_row(f"fresh process: {what}", f"{began * 1000:.1f}", goal)
    Console().print(table)


if __name__ == "__main__":
    main()
