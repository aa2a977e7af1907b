"""Images, and what the execution role is allowed to pull."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import Aws, CfnParameter, Fn, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    NodeGroup,
)
from tests.cdk.apps import (
    actions_of,
    add_definition,
    container,
    errors_of,
    first_container,
    main_and_workers,
    new_stack,
    statements_of,
    synthesized,
)


def test_a_private_ecr_address_is_made_readable() -> None:
    stack = new_stack()
    address = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hpc/solver:1.2"
    add_definition(stack, node_groups=[NodeGroup("all", ":", container(image=address))])
    assert first_container(stack)["Image"] == address
    pull = [
        statement
        for statement in statements_of(stack, "ExecutionRole")
        if "ecr:BatchGetImage" in statement["Action"]
    ]
    (resource,) = (each["Resource"] for each in pull)
    parts = resource["Fn::Join"][1]
    assert parts[-1] == ":ecr:eu-west-1:123456789012:repository/hpc/solver"
    assert "ecr:GetAuthorizationToken" in actions_of(stack, "ExecutionRole")


def test_a_public_image_needs_no_permission() -> None:
    stack = new_stack()
    add_definition(stack)
    actions = actions_of(stack, "ExecutionRole")
    assert "logs:PutLogEvents" in actions
    assert not any(action.startswith("ecr:") for action in actions)


def test_images_of_a_repository_of_the_app_are_made_readable() -> None:
    stack = new_stack()
    repository = ecr.Repository(stack, "Repository")
    image = ecs.ContainerImage.from_ecr_repository(repository, "v1")
    add_definition(stack, node_groups=main_and_workers(image=image))
    assert ":v1" in str(first_container(stack)["Image"])
    pull = [
        statement["Resource"]
        for statement in statements_of(stack, "ExecutionRole")
        if "ecr:BatchGetImage" in statement["Action"]
    ]
    (id,) = Template.from_stack(stack).find_resources("AWS::ECR::Repository")
    assert pull == [{"Fn::GetAtt": [id, "Arn"]}]
    assert errors_of(stack) == []


def test_images_are_built_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    stack = new_stack()
    image = ecs.ContainerImage.from_asset(str(tmp_path))
    # One image for both groups: it is built once.
    groups = [
        NodeGroup("main", "0", container(image=image)),
        NodeGroup("workers", "1:", container(image=image)),
    ]
    add_definition(stack, node_groups=groups)
    add_definition(stack, "Again", node_groups=groups)
    template = Template.from_stack(stack)
    definitions = template.find_resources("AWS::Batch::JobDefinition")
    images = {
        str(node_range["Container"]["Image"])
        for definition in definitions.values()
        for node_range in definition["Properties"]["NodeProperties"]["NodeRangeProperties"]
    }
    assert len(definitions) == 2, "binding an image leaves no definition of its own behind"
    assert len(images) == 1
    assert "cdk-hnb659fds-container-assets-" in images.pop()
    assets = json.loads(Path(synthesized(stack).directory, "Platform.assets.json").read_text())
    assert len(assets["dockerImages"]) == 1, "the CDK's command knows what to build"
    assert "ecr:BatchGetImage" in actions_of(stack, "SolveExecutionRole")
    assert "ecr:BatchGetImage" in actions_of(stack, "AgainExecutionRole")


def repository_read_by(stack: Stack) -> object:
    """The ARN of the one repository that the execution role may pull from."""
    (statement,) = (
        granted
        for granted in statements_of(stack, "ExecutionRole")
        if "ecr:BatchGetImage" in granted["Action"]
    )
    return statement["Resource"]


@pytest.mark.parametrize(
    "address",
    [
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver:1@sha256:" + 64 * "a",
        "123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com/solver:1",
        "123456789012.dkr-ecr.eu-west-1.on.aws/solver:1",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn/solver:1",
        "123456789012.dkr.ecr.eu-west-1.c2s.ic.gov/solver:1",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.eu/solver:1",
    ],
)
def test_addresses_in_every_form_of_ecr_are_made_readable(address: str) -> None:
    stack = new_stack()
    add_definition(stack, node_groups=main_and_workers(image=address))
    assert repository_read_by(stack) == {
        "Fn::Join": [
            "",
            [
                "arn:",
                {"Ref": "AWS::Partition"},
                ":ecr:eu-west-1:123456789012:repository/solver",
            ],
        ]
    }
    assert synthesized(stack).get_stack_artifact(stack.artifact_id).messages == []


@pytest.mark.parametrize(
    "written",
    [
        lambda: f"{Aws.ACCOUNT_ID}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}/solver:1",
        lambda: Fn.join("", [Aws.ACCOUNT_ID, ".dkr.ecr.", Aws.REGION, ".amazonaws.com/solver:1"]),
        lambda: Fn.sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/solver:1"),
    ],
    ids=["in text", "joined", "substituted"],
)
def test_addresses_of_the_stacks_own_account_are_made_readable(
    written: Callable[[], str],
) -> None:
    stack = new_stack()
    add_definition(stack, node_groups=main_and_workers(image=written()))
    assert repository_read_by(stack) == {
        "Fn::Join": [
            "",
            [
                "arn:",
                {"Ref": "AWS::Partition"},
                ":ecr:",
                {"Ref": "AWS::Region"},
                ":",
                {"Ref": "AWS::AccountId"},
                ":repository/solver",
            ],
        ]
    }


@pytest.mark.parametrize("is_elsewhere", [False, True], ids=["same stack", "other stack"])
def test_the_nodes_may_pull_from_a_repository_that_is_named_by_its_uri(is_elsewhere: bool) -> None:
    stack = new_stack()
    home = Stack(stack.node.root, "Registry") if is_elsewhere else stack  # type: ignore[arg-type]
    repository = ecr.Repository(home, "Repository")
    image = repository.repository_uri_for_tag("1")
    add_definition(stack, node_groups=main_and_workers(image=image))
    arn = json.dumps(repository_read_by(stack))
    name = "Fn::ImportValue" if is_elsewhere else "Ref"
    assert f':repository/", {{"{name}": ' in arn
    assert errors_of(stack) == []


def test_an_address_in_ecr_that_cannot_be_read_is_reported() -> None:
    stack = new_stack()
    parameter = CfnParameter(stack, "Host", default="123456789012.dkr.ecr.eu-west-1.example")
    image = Fn.join("", ["123456789012.dkr.ecr.", parameter.value_as_string, "/solver:1"])
    add_definition(stack, node_groups=main_and_workers(image=image))
    messages = synthesized(stack).get_stack_artifact(stack.artifact_id).messages
    assert [each.id for each in messages] == ["/Platform/Solve"]
    assert "ContainerImage.from_ecr_repository(repository, tag)" in str(messages[0].entry.data)


def test_the_registry_of_an_image_in_a_parameter_is_unknown() -> None:
    stack = new_stack()
    image = CfnParameter(stack, "Image").value_as_string
    add_definition(stack, node_groups=main_and_workers(image=image))
    assert synthesized(stack).get_stack_artifact(stack.artifact_id).messages == []
    assert "ecr:BatchGetImage" not in actions_of(stack, "ExecutionRole")


def test_a_registry_with_a_password_is_opened_with_a_secret() -> None:
    stack = new_stack()
    password = secretsmanager.Secret(stack, "Password")
    image = ecs.ContainerImage.from_registry("registry.example.com/solver", credentials=password)
    add_definition(stack, node_groups=main_and_workers(image=image))
    (id,) = Template.from_stack(stack).find_resources("AWS::SecretsManager::Secret")
    seen = first_container(stack)
    assert seen["Image"] == "registry.example.com/solver"
    assert seen["RepositoryCredentials"] == {"CredentialsParameter": {"Ref": id}}
    assert "secretsmanager:GetSecretValue" in actions_of(stack, "ExecutionRole")
