"""Job definitions and queues are found by the names that people have for them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.run.assembly import App, StackToDeploy
from cdk_batch_mnp_emulator.run.deploying import Deployer
from cdk_batch_mnp_emulator.run.naming import (
    DEFINITION,
    QUEUE,
    ChoiceError,
    Deployed,
    choose,
    deployed,
)
from embedded import REGION, EmbeddedAws
from run.apps import definition, platform, write


@pytest.fixture(scope="module")
def found(aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Deployed]]:
    template = platform(
        First=definition(path="App/Cluster/Solver/Resource"),
        Second=definition(path="App/Other/Solver/Resource", JobDefinitionName="named"),
    )
    template["Outputs"] = {
        "FirstArn": {"Value": {"Ref": "First"}, "Export": {"Name": "first-exported"}},
        "Unrelated": {"Value": "x"},
    }
    path = write(tmp_path_factory.mktemp("app") / "app.json", template)
    stack = StackToDeploy(f"names-{uuid.uuid4().hex[:8]}", REGION, path, {})
    Deployer(Endpoint(aws.access)).deploy(App((stack,)), {})
    return deployed(Endpoint(aws.access), [stack])


def chosen(found: list[Deployed], name: str | None) -> Deployed:
    return choose(found, name, what="job definition", option="--job")


@pytest.mark.parametrize(
    ("name", "logical_id"),
    [
        ("First", "First"),
        ("App/Cluster/Solver", "First"),
        ("App/Cluster/Solver/Resource", "First"),
        ("/App/Cluster/Solver", "First"),
        ("Cluster/Solver", "First"),
        ("FirstArn", "First"),
        ("first-exported", "First"),
        ("named", "Second"),
        ("named:1", "Second"),
        ("arn:aws:batch:us-east-1:123456789012:job-definition/named:1", "Second"),
    ],
)
def test_a_definition_has_many_names(
    found: dict[str, list[Deployed]], name: str, logical_id: str
) -> None:
    assert chosen(found[DEFINITION], name).logical_id == logical_id


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "the templates have several job definitions: choose with --job:"),
        ("Solver", "--job Solver matches several job definitions:"),
        ("olver", "--job olver matches no job definition:"),
        ("", "--job  matches no job definition:"),
        ("/", "--job / matches no job definition:"),
        ("x", "--job x matches no job definition:"),
    ],
)
def test_a_name_that_is_not_that_of_one_definition_lists_what_there_is(
    found: dict[str, list[Deployed]], name: str | None, message: str
) -> None:
    with pytest.raises(ChoiceError) as caught:
        chosen(found[DEFINITION], name)
    first, *listed = str(caught.value).splitlines()
    assert first == message
    assert listed[0].startswith("  First, App/Cluster/Solver, name names-")
    assert listed[0].endswith(", output FirstArn, output first-exported")
    assert listed[1] == "  Second, App/Other/Solver, name named"


def test_the_only_one_needs_no_name(found: dict[str, list[Deployed]]) -> None:
    assert chosen(found[QUEUE], None).logical_id == "Queue"
    assert chosen(found[DEFINITION][:1], None).logical_id == "First"


def test_none_at_all_is_said() -> None:
    with pytest.raises(ChoiceError, match=r"^the templates have no job definition$"):
        chosen([], "First")


@pytest.mark.parametrize(
    ("path", "label"),
    [("App/Cluster/Solver", "Solver"), ("", "Logical"), ("App/größe", "Logical")],
)
def test_a_label_is_a_name_that_a_job_can_have(path: str, label: str) -> None:
    assert Deployed(REGION, "arn", "Logical", path, ()).label == label


def test_names_are_found_in_yaml_too(aws: EmbeddedAws, tmp_path: Path) -> None:
    resources = platform(Job=definition(path="App/Solver/Resource"))["Resources"]
    lines = [f"  {name}: {json.dumps(each)}" for name, each in resources.items()]
    path = tmp_path / "app.yaml"
    path.write_text("\n".join(["Resources:", *lines, ""]))
    stack = StackToDeploy(f"yaml-{uuid.uuid4().hex[:8]}", REGION, path, {})
    Deployer(Endpoint(aws.access)).deploy(App((stack,)), {})
    found = deployed(Endpoint(aws.access), [stack])
    assert chosen(found[DEFINITION], "App/Solver").logical_id == "Job"
