"""Two DAGs of Airflow, each with one task that runs on the nodes of a job."""

from datetime import timedelta

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

JOB = {"job_queue": "queue", "job_definition": "sum"}


def on_all_nodes(**overrides):
    return {"targetNodes": "0:", "containerOverrides": overrides}


with DAG(dag_id="sum", schedule=None):
    BatchOperator(
        **JOB,
        task_id="sum",
        job_name="sum",
        node_overrides={
            "numNodes": 4,
            "nodePropertyOverrides": [
                on_all_nodes(environment=[{"name": "FACTOR", "value": "10"}]),
            ],
        },
        awslogs_enabled=True,
        awslogs_fetch_interval=timedelta(seconds=1),
    )

with DAG(dag_id="broken", schedule=None):
    BatchOperator(
        **JOB,
        task_id="broken",
        job_name="broken",
        node_overrides={"nodePropertyOverrides": [on_all_nodes(command=["false"])]},
    )
