"""What the README and the examples show is what happens."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tests.docs.pages import README, ROOT, blocks, failure, resources, synthesize

MINIMAL, ACKNOWLEDGING, CHECKING, SUBMITTING = blocks(README.read_text(encoding="utf-8"), "python")
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def test_the_app_of_the_readme_is_the_minimal_example() -> None:
    assert (ROOT / "examples" / "minimal.py").read_text() == MINIMAL


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_an_example_synthesizes(example: Path, tmp_path: Path) -> None:
    synthesize(example.read_text(), tmp_path)
    (definition,) = resources(tmp_path, "AWS::Batch::JobDefinition")
    assert definition["Properties"]["Type"] == "multinode"
    if example.stem == "minimal":  # The README says what it creates.
        (environment,) = resources(tmp_path, "AWS::Batch::ComputeEnvironment")
        assert environment["Properties"]["ComputeResources"]["MaxvCpus"] == 4 * 72
        (group,) = resources(tmp_path, "AWS::EC2::PlacementGroup")
        assert group["Properties"]["Strategy"] == "cluster"
        assert len(list(resources(tmp_path, "AWS::SecretsManager::Secret"))) == 1
        (nodes,) = definition["Properties"]["NodeProperties"]["NodeRangeProperties"]
        beginning = nodes["Container"]["Command"][:5]
        assert beginning == ["mnp-launch", "--mode", "main", "--", "mpirun"]


TOO_MANY_NODES = MINIMAL.replace('"Solver",\n', '"Solver",\n    num_nodes=8,\n')
WRONG = (
    "from aws_cdk import aws_batch\n"
    'aws_batch.CfnJobQueue(stack, "Queue", priority=-1, compute_environment_order=[])\n'
    'aws_batch.CfnJobDefinition(stack, "Job", type="multinode")\n'
)
PLUGIN = CHECKING.partition("assert_mnp_valid(Template")[0]
WRONG_BESIDE = MINIMAL.replace("app.synth()", f"{PLUGIN}\n{WRONG}\napp.synth()")


def test_the_error_of_the_readme_is_the_real_one(tmp_path: Path) -> None:
    (shown,) = blocks(README.read_text(encoding="utf-8"), "text")
    assert shown in failure(TOO_MANY_NODES, tmp_path)


def test_the_acknowledgement_of_the_readme_reaches_the_template(tmp_path: Path) -> None:
    app = MINIMAL.replace('":"', '"0:3"').replace("app.synth()", f"{ACKNOWLEDGING}\napp.synth()")
    synthesize(app, tmp_path)
    (definition,) = resources(tmp_path, "AWS::Batch::JobDefinition")
    assert definition["Metadata"]["cdk-batch-mnp"]["acknowledged"] == {
        "MNP309": "The mesh is partitioned for four nodes."
    }


def test_the_plugin_and_the_assertion_of_the_readme_find_nothing(tmp_path: Path) -> None:
    synthesize(MINIMAL.replace("app.synth()", f"{CHECKING}\napp.synth()"), tmp_path)
    assert len(list(resources(tmp_path, "AWS::Batch::JobDefinition"))) == 1


def test_the_plugin_of_the_readme_finds_what_is_wrong(tmp_path: Path) -> None:
    assert "Acknowledge with 'MNP::MNP301'" in failure(WRONG_BESIDE, tmp_path)


def test_the_submission_of_the_readme_is_a_request_that_batch_knows() -> None:
    client = boto3.client(
        "batch", region_name="us-east-2", aws_access_key_id="none", aws_secret_access_key="none"
    )
    with Stubber(client) as stub, patch("boto3.client", return_value=client):
        stub.add_response(
            "submit_job",
            {"jobName": "cavity", "jobId": "1"},
            {
                "jobName": "cavity",
                "jobQueue": ANY,
                "jobDefinition": ANY,
                "nodeOverrides": {"numNodes": 2},
                "parameters": ANY,
            },
        )
        exec(SUBMITTING)
        stub.assert_no_pending_responses()
