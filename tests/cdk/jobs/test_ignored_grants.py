"""Roles that the CDK does not change: a warning says which permissions a job needs of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Annotations, Match

from cdk_batch_mnp import EfsVolume, Launcher, NodeGroup
from tests.cdk.apps import add_definition, add_vpc, container, new_stack

SAME_ACCOUNT = f"arn:aws:iam::{'1' * 12}:role/starts"
OTHER_ACCOUNT = f"arn:aws:iam::{'2' * 12}:role/starts"
IMMUTABLE: dict[str, Any] = {"role_arn": SAME_ACCOUNT, "mutable": False}


def warnings_in(stack: Stack) -> list[str]:
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    return [text for each in found if "mutable=False" in (text := str(each.entry.data))]


def platform() -> Stack:
    return Stack(App(), "Platform", env=Environment(account="1" * 12, region="eu-west-1"))


def warnings_about(
    imported: dict[str, Any],
    *,
    launcher: Callable[[secretsmanager.ISecret], Launcher] | None = None,
    **changes: Any,
) -> list[str]:
    """The warnings about ignored grants to an imported execution role."""
    stack = platform()
    role = iam.Role.from_role_arn(stack, "Role", **imported)
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "token")
    if changes.pop("has_secret", False):
        changes["secrets"] = {"TOKEN": batch.Secret.from_secrets_manager(secret)}
    if changes.pop("private", False):
        changes["image"] = ecs.ContainerImage.from_registry("example.com/it:1", credentials=secret)
    if changes.pop("repository", False):
        repository = ecr.Repository.from_repository_name(stack, "Images", "solver")
        changes["image"] = ecs.ContainerImage.from_ecr_repository(repository, "1")
    right = {"image": "public.ecr.aws/a/b:1", "command": ["solve"]}
    groups = [NodeGroup("all", ":", container(**{**right, **changes}))]
    options: dict[str, Any] = {} if launcher is None else {"launcher": launcher(secret)}
    add_definition(stack, node_groups=groups, execution_role=role, **options)
    return warnings_in(stack)


def test_a_role_that_cannot_be_changed_is_not_allowed_to_write_logs() -> None:
    (warning,) = warnings_about(IMMUTABLE)
    assert "execution_role is imported" in warning
    assert "logs:PutLogEvents on the log group. Without" in warning
    assert "cdk-batch-mnp:ignoredGrants" in warning


def test_a_role_of_another_account_cannot_be_changed() -> None:
    assert len(warnings_about({"role_arn": OTHER_ACCOUNT})) == 1


def test_a_role_that_can_be_changed_is_right() -> None:
    assert warnings_about({"role_arn": SAME_ACCOUNT}, has_secret=True, repository=True) == []


@pytest.mark.parametrize(
    "changes",
    [{"image": f"{'1' * 12}.dkr.ecr.eu-west-1.amazonaws.com/solver:1"}, {"repository": True}],
    ids=["address", "repository"],
)
def test_images_in_ecr_have_to_be_pulled(changes: dict[str, Any]) -> None:
    (warning,) = warnings_about(IMMUTABLE, **changes)
    assert "ecr:BatchGetImage" in warning
    assert "secretsmanager" not in warning


@pytest.mark.parametrize(
    "changes",
    [
        {"has_secret": True},
        {"private": True},
        {"launcher": lambda _: Launcher()},
        {"launcher": lambda secret: Launcher(secret=secret)},
    ],
    ids=["container", "registry", "generated", "own"],
)
def test_secrets_have_to_be_read(changes: dict[str, Any]) -> None:
    (warning,) = warnings_about(IMMUTABLE, **changes)
    assert "secretsmanager:GetSecretValue" in warning
    assert "of containers, registries or the launcher" in warning
    assert "ecr:" not in warning
    assert warnings_about({"role_arn": SAME_ACCOUNT}, **changes) == []


def test_a_launcher_without_a_secret_needs_no_permission_for_one() -> None:
    (warning,) = warnings_about(IMMUTABLE, launcher=lambda _: Launcher(insecure=True))
    assert "secretsmanager" not in warning


def test_a_role_of_the_app_is_right() -> None:
    stack = new_stack()
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    secret = secretsmanager.Secret(stack, "Secret")
    secrets = {"TOKEN": batch.Secret.from_secrets_manager(secret)}
    add_definition(
        stack, node_groups=[NodeGroup("all", ":", container(secrets=secrets))], execution_role=role
    )
    assert warnings_in(stack) == []


def job_role_warnings(*, mutable: bool, **changes: Any) -> list[str]:
    """The warnings about ignored grants to an imported job role."""
    stack = platform()
    if changes.pop("has_volume", False):
        files = efs.FileSystem(stack, "Files", vpc=add_vpc(stack))
        volume = EfsVolume(name="files", container_path="/files", file_system=files)
        changes["container"] = container(volumes=[volume])
    group = NodeGroup("all", ":", **{"container": container(), **changes})
    role = iam.Role.from_role_arn(stack, "Role", SAME_ACCOUNT, mutable=mutable)
    add_definition(stack, node_groups=[group], job_role=role)
    return warnings_in(stack)


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({"has_volume": True}, "elasticfilesystem:ClientMount"),
        ({"enable_execute_command": True}, "ssmmessages:OpenDataChannel"),
    ],
    ids=["volume", "commands"],
)
def test_a_job_role_that_cannot_be_changed(changes: dict[str, Any], action: str) -> None:
    (warning,) = job_role_warnings(mutable=False, **changes)
    assert "job_role is imported" in warning
    assert action in warning
    assert "cdk-batch-mnp:ignoredJobRoleGrants" in warning
    assert job_role_warnings(mutable=True, **changes) == []


def test_a_job_role_that_needs_nothing_is_right() -> None:
    assert job_role_warnings(mutable=False) == []
