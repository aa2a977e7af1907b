"""What state machines the interpreter runs."""

from __future__ import annotations

import json

from embedded import EmbeddedAws
from job_platform import wait_for


def test_jsonata_is_refused_with_a_reason(aws: EmbeddedAws) -> None:
    client = aws.client("stepfunctions")
    state = {"Type": "Pass", "Output": "{% $states.input.case %}", "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Name", "States": {"Name": state}}
    machine = client.create_state_machine(
        name="names",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::123456789012:role/machine",
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine, input='{"case": "cavity"}')

    def look() -> dict[str, str] | None:
        found: dict[str, str] = client.describe_execution(executionArn=execution["executionArn"])
        return found if found["status"] != "RUNNING" else None

    ended = wait_for(look)
    assert ended["status"] == "FAILED"
    assert "does not evaluate JSONata, only JSONPath" in ended["cause"]
