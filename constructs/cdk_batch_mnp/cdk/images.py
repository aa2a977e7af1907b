"""Turning what users give as an image into an address that the nodes may read from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs

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


class Images:
    """The images of one job definition, each bound once however many containers use it.

    Args:
        definition: The job definition.
        execution_role: What pulls the images.
    """

    def __init__(self, definition: Construct, execution_role: iam.IRole) -> None:
        self._definition = definition
        self._execution_role = execution_role
        # By identity; the images are kept, so that no other can take the place of one.
        self._bound: dict[int, tuple[object, ImageAddress]] = {}

    def address(self, image: str | ecs.ContainerImage) -> ImageAddress:
        """Give an image's address, and let the execution role pull it."""
        if isinstance(image, str):
            _grant_pull(self._definition, image, self._execution_role)
            return ImageAddress(image)
        if id(image) not in self._bound:
            scope = Construct(self._definition, f"Image{len(self._bound)}")
            self._bound[id(image)] = image, _bound(scope, image, self._execution_role)
        return self._bound[id(image)][1]


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


def _bound(scope: Construct, image: ecs.ContainerImage, execution_role: iam.IRole) -> ImageAddress:
    """Bind an image of the CDK, which wants a container definition of ECS to be bound to.

    A Batch job has none. One is made for the time of the binding, which takes no more than the
    execution role from it, and leaves the tree again.
    """
    from aws_cdk import aws_ecs as ecs

    task = ecs.Ec2TaskDefinition(
        scope, "Binding", execution_role=execution_role, task_role=execution_role
    )
    container = ecs.ContainerDefinition(
        task, "Container", task_definition=task, image=ecs.ContainerImage.from_registry("none")
    )
    binding = image.bind(scope, container)
    scope.node.try_remove_child("Binding")
    credentials = binding.repository_credentials
    return ImageAddress(
        binding.image_name, credentials.credentials_parameter if credentials is not None else None
    )
