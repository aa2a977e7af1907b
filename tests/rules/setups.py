"""A right setup, and small changes to it: what the tests of the rules are written with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment, Ec2Configuration
from cdk_batch_mnp.model.container import Container, ResourceRequirement
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import (
    ComputeEnvironmentOrder,
    JobQueue,
    JobStateTimeLimitAction,
)
from cdk_batch_mnp.model.job_request import JobRequest
from cdk_batch_mnp.model.launch_template import BlockDevice, LaunchTemplate
from cdk_batch_mnp.model.managed_policies import managed_policy
from cdk_batch_mnp.model.network import (
    PlacementGroup,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
)
from cdk_batch_mnp.model.node_group import NODE_RANGES, NodeGroup
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.checking import check

# c5.18xlarge: 72 vCPUs, 144 GiB, x86_64, no GPUs, no EFA.
INSTANCE_TYPE = "c5.18xlarge"
NUM_NODES = 4
VCPUS = 72
FIRST_GROUP = NODE_RANGES / 0


def container(**changes: Any) -> Container:
    """A container that uses most of its instance."""
    right = Container(
        path=FIRST_GROUP / "container",
        image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver:1",
        command=("/opt/solver.sh",),
        requirements=requirements(VCPU="72", MEMORY="130000"),
    )
    return replace(right, **changes)


def requirements(**amounts: str) -> tuple[ResourceRequirement, ...]:
    """``requirements(VCPU="4", MEMORY="4096")``."""
    return tuple(ResourceRequirement(type=kind, value=value) for kind, value in amounts.items())


def node_group(**changes: Any) -> NodeGroup:
    """A node group for all nodes."""
    right = NodeGroup(
        path=FIRST_GROUP,
        target_nodes="0:",
        kinds=("container",),
        containers=(container(),),
        container_instance_type=INSTANCE_TYPE,
        job_role=Role(id="Stack/JobRole", statements=()),
        execution_role=Role(id="Stack/ExecutionRole", statements=()),
    )
    return replace(right, **changes)


def groups(*ranges: str) -> tuple[NodeGroup, ...]:
    """One node group for each range."""
    return tuple(
        node_group(
            path=NODE_RANGES / position,
            target_nodes=target_nodes,
        )
        for position, target_nodes in enumerate(ranges)
    )


def definition(**changes: Any) -> JobDefinition:
    """A definition of four nodes."""
    right = JobDefinition(
        id="Stack/Job",
        num_nodes=NUM_NODES,
        main_node=0,
        node_groups=(node_group(),),
        timeout_seconds=3600,
    )
    return replace(right, **changes)


def containing(**changes: Any) -> JobDefinition:
    """A definition whose one container is changed."""
    return definition(node_groups=(node_group(containers=(container(**changes),)),))


def security_group(**changes: Any) -> SecurityGroup:
    """A group that admits only itself."""
    right = SecurityGroup(
        id="Stack/Nodes",
        ingress=(SecurityGroupRule(peer=changes.get("id", "Stack/Nodes")),),
        egress=(SecurityGroupRule(peer="0.0.0.0/0"),),
    )
    return replace(right, **changes)


def subnet(**changes: Any) -> Subnet:
    """A private subnet with room for every node."""
    right = Subnet(
        id="Stack/Private",
        zone="eu-west-1a",
        kind="private",
        vpc=Vpc(id="Stack/Vpc", endpoints=()),
        addresses=4091,
    )
    return replace(right, **changes)


def user_data(*commands: str) -> str:
    """A script of these commands, in the form that Batch takes."""
    script = "\n".join(("#!/bin/bash", *commands))
    return (
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="==PART=="\n\n'
        f"--==PART==\nContent-Type: text/x-shellscript; charset=us-ascii\n\n{script}\n\n"
        "--==PART==--\n"
    )


BLOCKS_INSTANCE_ROLE = "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config"


def launch_template(**changes: Any) -> LaunchTemplate:
    """IMDSv2 alone, an encrypted root volume, and containers kept from the instance role."""
    right = LaunchTemplate(
        id="Stack/LaunchTemplate",
        http_tokens="required",
        http_put_response_hop_limit=2,
        block_devices=(BlockDevice(device_name="/dev/xvda", encrypted=True),),
        user_data=user_data(BLOCKS_INSTANCE_ROLE),
    )
    return replace(right, **changes)


def environment(**changes: Any) -> ComputeEnvironment:
    """An On-Demand environment with exactly enough vCPUs."""
    right = ComputeEnvironment(
        id="Stack/Environment",
        min_vcpus=0,
        max_vcpus=NUM_NODES * VCPUS,
        instance_types=(INSTANCE_TYPE,),
        allocation_strategy="BEST_FIT_PROGRESSIVE",
        ec2_configurations=(Ec2Configuration(image_type="ECS_AL2023"),),
        launch_template=launch_template(),
        launch_template_version="1",
        placement_group=PlacementGroup(id="Stack/PlacementGroup", strategy="cluster"),
        subnets=(subnet(),),
        security_groups=(security_group(),),
        instance_role=Role(
            id="Stack/InstanceRole",
            statements=managed_policy("service-role/AmazonEC2ContainerServiceforEC2Role") or (),
        ),
        replace_on_update=False,
    )
    return replace(right, **changes)


def with_template(**changes: Any) -> ComputeEnvironment:
    """An environment whose launch template is changed."""
    return environment(launch_template=launch_template(**changes))


def queue(*environments: Any, **changes: Any) -> JobQueue:
    """A queue over the environments given (any may be ``UNKNOWN``), or over a right one."""
    right = JobQueue(
        id="Stack/Queue",
        priority=1,
        environments=tuple(
            ComputeEnvironmentOrder(order=order, environment=used)
            for order, used in enumerate(environments or (environment(),), start=1)
        ),
        time_limit_actions=(time_limit_action(),),
    )
    return replace(right, **changes)


def time_limit_action(**changes: Any) -> JobStateTimeLimitAction:
    """An action that ends a job that no instance can be had for."""
    right = JobStateTimeLimitAction(
        reason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        state="RUNNABLE",
        max_time_seconds=3600,
        action="CANCEL",
    )
    return replace(right, **changes)


def request(**changes: Any) -> JobRequest:
    """A state that submits the right definition to any queue."""
    right = JobRequest(
        id="Stack/Machine",
        place="state Solve",
        path=PROPERTIES / "definitionString",
        is_text=True,
        definition=definition(),
    )
    return replace(right, **changes)


Part = JobDefinition | JobQueue | ComputeEnvironment | JobRequest


def setup(*parts: Part) -> MnpSetup:
    """A setup of definitions and queues; what is not given is right.

    An environment given here takes the place of the right queue's.
    """
    definitions = tuple(part for part in parts if isinstance(part, JobDefinition))
    queues = tuple(part for part in parts if isinstance(part, JobQueue))
    environments = tuple(part for part in parts if isinstance(part, ComputeEnvironment))
    return MnpSetup(
        job_definitions=definitions or (definition(),),
        job_queues=queues or (queue(*environments),),
        job_requests=tuple(part for part in parts if isinstance(part, JobRequest)),
    )


def findings(*parts: Part) -> tuple[Finding, ...]:
    """What is wrong with the setup made of these parts."""
    return check(setup(*parts)).findings


def ids(*parts: Part) -> list[str]:
    """The ids of the rules that the setup made of these parts breaks."""
    return sorted({finding.rule.id for finding in findings(*parts)})
