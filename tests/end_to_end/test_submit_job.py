"""A state machine submits a job with another number of nodes, and waits for its end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from aws_cdk import App, DefaultStackSynthesizer, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    MnpCluster,
    MnpSubmitJob,
    NodeContainer,
    NodeGroup,
    NodeGroupOverride,
)
from cdk_batch_mnp.template.checking import check_template
from embedded import EmbeddedAws
from warm import WarmServer

NODE = [sys.executable, "-c", "import os; print(os.environ['CASE'])"]


def template() -> dict[str, Any]:
    """A cluster, a job, and a state machine that runs it."""
    synthesizer = DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
    stack = Stack(App(), "Workflow", synthesizer=synthesizer)
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1, restrict_default_security_group=False)
    cluster = MnpCluster(stack, "Cluster", vpc=vpc, instance_type="c5.large", max_nodes=4)
    container = NodeContainer(image="public.ecr.aws/a/b:1", command=NODE)
    groups = [NodeGroup("all", ":", container)]
    job = cluster.add_job("Solve", node_groups=groups, num_nodes=2, timeout=Duration.hours(1))
    task = MnpSubmitJob(
        stack,
        "Submit",
        job_name="solve",
        job_definition=job,
        job_queue=cluster.job_queue,
        num_nodes=sfn.JsonPath.number_at("$.nodes"),
        node_overrides={
            "all": NodeGroupOverride(environment={"CASE": sfn.JsonPath.string_at("$.case")})
        },
    )
    body = sfn.DefinitionBody.from_chainable(task)
    sfn.StateMachine(stack, "Machine", definition_body=body)
    return dict(Template.from_stack(stack).to_json())


def until(look: Callable[[], dict[str, Any]], name: str, *ended: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    while (found := look())[name] not in ended:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


def test_a_state_machine_runs_a_job_with_another_number_of_nodes() -> None:
    written = template()
    assert [str(finding) for finding in check_template(written).findings] == []
    with WarmServer() as server:
        aws = EmbeddedAws(server.access)
        formation, machines = aws.client("cloudformation"), aws.client("stepfunctions")
        formation.create_stack(
            StackName="Workflow",
            TemplateBody=json.dumps(written),
            Capabilities=["CAPABILITY_IAM"],
        )
        stack = until(
            lambda: formation.describe_stacks(StackName="Workflow")["Stacks"][0],
            "StackStatus",
            "CREATE_COMPLETE",
        )
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        (machine,) = machines.list_state_machines()["stateMachines"]
        execution = machines.start_execution(
            stateMachineArn=machine["stateMachineArn"],
            input=json.dumps({"nodes": 3, "case": "cavity"}),
        )["executionArn"]
        ended = until(
            lambda: machines.describe_execution(executionArn=execution),
            "status",
            *("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"),
        )
        assert ended["status"] == "SUCCEEDED", ended
        id = json.loads(ended["output"])["JobId"]
        (job,) = aws.client("batch").describe_jobs(jobs=[id])["jobs"]
        assert (job["status"], job["nodeProperties"]["numNodes"]) == ("SUCCEEDED", 3)
        (group,) = job["nodeProperties"]["nodeRangeProperties"]
        assert {"name": "CASE", "value": "cavity"} in group["container"]["environment"]
