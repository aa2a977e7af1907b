"""Deploys an app, and runs one job of it to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.run.assembly import App
from cdk_batch_mnp_emulator.run.deploying import Deployer
from cdk_batch_mnp_emulator.run.naming import DEFINITION, QUEUE, choose, deployed
from cdk_batch_mnp_emulator.run.node_logs import Write
from cdk_batch_mnp_emulator.run.progress import Followed, Stop, follow
from cdk_batch_mnp_emulator.run.submission import SubmissionError, Wanted, request


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job in the embedded AWS.

    Attributes:
        id: Its id.
        name: Its name.
        region: Where it runs.
    """

    id: str
    name: str
    region: str


def submit(endpoint: Endpoint, app: App, wanted: Wanted) -> Submitted:
    """Deploy an app, and submit the job that is asked for.

    Raises:
        DeploymentError: A stack cannot be deployed.
        SourceError: An asset cannot be read.
        ChoiceError: There is not exactly one job definition or job queue of that name.
        SubmissionError: The definition does not allow the overrides.
    """
    Deployer(endpoint).deploy(app, wanted.template_parameters)
    found = deployed(endpoint, app.stacks)
    definition = choose(found[DEFINITION], wanted.job, what="job definition", option="--job")
    in_region = [each for each in found[QUEUE] if each.region == definition.region]
    queue = choose(in_region, wanted.queue, what="job queue", option="--queue")
    batch = endpoint.client("batch", definition.region)
    described = batch.describe_job_definitions(jobDefinitions=[definition.arn])["jobDefinitions"]
    queues = batch.describe_job_queues(jobQueues=[queue.arn])["jobQueues"]
    asked = request(definition, described[0], queues[0], wanted.overrides)
    try:
        submitted = batch.submit_job(**asked)
    except ClientError as error:
        raise SubmissionError(f"SubmitJob: {error.response['Error']['Message']}") from None
    except ParamValidationError as error:
        raise SubmissionError(f"SubmitJob: {error}") from None
    return Submitted(submitted["jobId"], definition.label, definition.region)


def run_to_end(endpoint: Endpoint, submitted: Submitted, write: Write, stop: Stop) -> Followed:
    """Follow a job, and write what its nodes write."""
    batch: Any = endpoint.client("batch", submitted.region)
    logs = endpoint.client("logs", submitted.region)
    return follow(batch, logs, submitted.id, write, stop)
