"""A fault of the embedded AWS itself is reported as one, with the operation."""

from __future__ import annotations

import json
from pathlib import Path

from werkzeug import Request
from werkzeug.test import EnvironBuilder

from batch.life_cycle.simulation import SimulatedRunner
from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.batch.events import JobEvents
from cdk_batch_mnp_emulator.batch.execution import Execution
from cdk_batch_mnp_emulator.batch.service import batch_service
from cdk_batch_mnp_emulator.batch.state import BatchState
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.events.bridge import EventBridge

REQUEST = {
    "computeEnvironmentName": "e",
    "type": "MANAGED",
    "computeResources": {
        "type": "EC2",
        "maxvCpus": 4,
        "instanceTypes": ["c5.large"],
        "instanceRole": "r",
        "subnets": ["subnet-1"],
        "securityGroupIds": ["sg-1"],
    },
}


def test_a_service_that_cannot_be_asked_is_no_fault_of_the_request(tmp_path: Path) -> None:
    access = Access.drawn("http://127.0.0.1:1")  # nothing listens there
    execution = Execution(SimulatedRunner(), access, tmp_path, image_notes=None)
    endpoint = Endpoint(access)
    service = batch_service(BatchState(), endpoint, execution, JobEvents(EventBridge(endpoint)))
    builder = EnvironBuilder(
        path="/v1/createcomputeenvironment", method="POST", data=json.dumps(REQUEST)
    )
    answer = service.answer(Request(builder.get_environ()), "us-east-1")
    assert answer is not None
    assert answer.headers["X-Amzn-ErrorType"] == "InternalFailure"
    reported = answer.get_data(as_text=True)
    assert "failed at batch CreateComputeEnvironment: EndpointConnectionError" in reported
    assert "Traceback" not in reported
