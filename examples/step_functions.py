"""A state machine that submits a multi-node parallel job and waits for it."""

from __future__ import annotations

from aws_cdk import App, Duration, Size, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup

IMAGE = "123456789012.dkr.ecr.us-east-2.amazonaws.com/solver:1"


class Simulation(Stack):
    """A cluster, a solver job, and a state machine that runs the job on the case in its input."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        cluster = MnpCluster(
            self,
            "Cluster",
            vpc=ec2.Vpc(self, "Vpc", max_azs=1),
            instance_type="c5n.18xlarge",
            max_nodes=8,
        )
        unlimited = [
            batch.Ulimit(name=name, soft_limit=-1, hard_limit=-1)
            for name in (batch.UlimitName.MEMLOCK, batch.UlimitName.STACK)
        ]
        solver = cluster.add_job(
            "Solver",
            num_nodes=4,
            node_groups=[
                NodeGroup(
                    "main",
                    "0",
                    NodeContainer(
                        image=IMAGE,
                        command=["/opt/lead.sh", "Ref::case"],
                        ulimits=unlimited,
                        shared_memory_size=Size.mebibytes(16384),
                    ),
                ),
                NodeGroup(
                    "workers",
                    "1:",
                    NodeContainer(
                        image=IMAGE,
                        command=["/opt/follow.sh"],
                        ulimits=unlimited,
                        shared_memory_size=Size.mebibytes(16384),
                    ),
                ),
            ],
            parameters={"case": "s3://cases/cavity"},
            timeout=Duration.hours(12),
            retry_attempts=3,
            retry_strategies=[
                # Retry if the instance of the main node was lost.
                batch.RetryStrategy.of(
                    batch.Action.RETRY, batch.Reason.custom(on_status_reason="Host EC2*")
                ),
                batch.RetryStrategy.of(batch.Action.EXIT, batch.Reason.NON_ZERO_EXIT_CODE),
            ],
        )
        solve = tasks.BatchSubmitJob(
            self,
            "Solve",
            job_name="solve",
            job_queue_arn=cluster.job_queue.job_queue_arn,
            job_definition_arn=solver.job_definition_arn,
            payload=sfn.TaskInput.from_object({"case": sfn.JsonPath.string_at("$.case")}),
        )
        sfn.StateMachine(
            self, "StateMachine", definition_body=sfn.DefinitionBody.from_chainable(solve)
        )


app = App()
Simulation(app, "Simulation")
app.synth()
