"""Turning what users give as an image into an address that the nodes may read from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import Size, Stack
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs
    from constructs import Construct

_ECR_ADDRESS = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[a-z0-9._/-]+?)(?::[^/:@]+|@sha256:[0-9a-f]{64})?"
)


@dataclass(frozen=True, slots=True)
class ImageAddress:
    """Where an image is pulled from.

    Attributes:
        address: The registry, repository and tag, or a token for them.
        repository_credentials: ARN of the secret that opens a private registry other than ECR.
    """

    address: str
    repository_credentials: str | None = None


def image_address(
    scope: Construct, image: str | ecs.ContainerImage, execution_role: iam.IRole
) -> ImageAddress:
    """Give an image's address, and let the execution role pull it."""
    if isinstance(image, str):
        _grant_pull(scope, image, execution_role)
        return ImageAddress(image)
    return _bound(scope, image, execution_role)


def _grant_pull(scope: Construct, address: str, execution_role: iam.IRole) -> None:
    match = _ECR_ADDRESS.fullmatch(address)
    if match is None:
        return
    arn = Stack.of(scope).format_arn(
        service="ecr",
        resource="repository",
        region=match["region"],
        account=match["account"],
        resource_name=match["repository"],
    )
    iam.Grant.add_to_principal(
        grantee=execution_role,
        actions=[
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
        resource_arns=[arn],
    )
    # The registry's login token belongs to no repository: the action takes no other resource.
    iam.Grant.add_to_principal(
        grantee=execution_role, actions=["ecr:GetAuthorizationToken"], resource_arns=["*"]
    )


def _bound(scope: Construct, image: Any, execution_role: iam.IRole) -> ImageAddress:
    """Bind an ``aws_ecs.ContainerImage``.

    ``ContainerImage.bind`` takes a container definition of ECS, which a Batch job has not. The
    stock Batch L2 knows how to get around that, so it binds the image, and leaves the tree again.
    """
    from aws_cdk import aws_batch as batch

    container = batch.EcsEc2ContainerDefinition(
        scope,
        "Image",
        image=image,
        cpu=1,
        memory=Size.mebibytes(4),
        execution_role=execution_role,
        logging=None,
    )
    binding = batch.EcsJobDefinition(scope, "ImageBinding", container=container)
    definition = binding.node.default_child
    assert isinstance(definition, batch.CfnJobDefinition)  # noqa: S101 - for the type checker
    properties = Stack.of(scope).resolve(definition.container_properties)
    scope.node.try_remove_child("ImageBinding")
    credentials = properties.get("repositoryCredentials") or {}
    return ImageAddress(properties["image"], credentials.get("credentialsParameter"))
