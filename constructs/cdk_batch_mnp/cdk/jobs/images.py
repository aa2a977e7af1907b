"""Resolve an image argument to a URI, and grant the permissions to pull it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aws_cdk import Fn, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import stack_of
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs

UNREADABLE_IMAGE = "cdk-batch-mnp:unreadableImage"
"""Id of the warning about an ECR address whose repository cannot be determined."""

# Within an address, each of these characters of Unicode's private use area represents a token.
_FIRST_STAND_IN = 0xE000
_STAND_IN = r"[\uE000-\uF8FF]"
_TOKEN = pattern(r"\$\{Token\[[^\]]+\]\}")
_PSEUDO_PARAMETER = pattern(r"\$\{(AWS::[A-Za-z]+)\}")

_ECR_ADDRESS = (
    rf"(?P<account>[0-9]{{12}}|{_STAND_IN})\.dkr[.-]ecr(?:-fips)?"
    rf"\.(?P<region>[a-z0-9-]+|{_STAND_IN})\.(?:[a-z0-9.-]+|{_STAND_IN})"
    rf"/(?P<repository>(?:[a-z0-9._/-]|{_STAND_IN})+)"
    rf"(?::(?:[\w.-]|{_STAND_IN})+)?(?:@(?:sha256:[0-9a-f]{{64}}|{_STAND_IN}))?"
)
"""An address in a private ECR registry: all partitions, IPv4, IPv6 and FIPS endpoints.

Source: ECR User Guide, private registries; ECR endpoints and quotas.
"""
_SEEMS_OF_ECR = pattern(r"dkr[.-]ecr")


@dataclass(frozen=True, slots=True)
class ImageAddress:
    """The address of an image.

    Attributes:
        address: The registry, repository and tag, or a token for them.
        repository_credentials: ARN of the secret with the credentials of a private registry other
            than ECR.
    """

    address: str
    repository_credentials: str | None = None


class Images:
    """The images of a job definition. Each is bound once, even if several containers use it.

    Args:
        definition: The job definition.
        execution_role: The role that pulls the images.
    """

    def __init__(self, definition: Construct, execution_role: iam.IRole) -> None:
        self._definition = definition
        self._execution_role = execution_role
        self._readable: set[str] = set()
        # By id(), which is only unique while the image is referenced.
        self._bound: dict[int, tuple[object, ImageAddress]] = {}

    @property
    def are_in_ecr(self) -> bool:
        """Whether an image so far is known to be in a private ECR registry."""
        addresses = {*self._readable, *(bound.address for _, bound in self._bound.values())}
        return any(
            _SEEMS_OF_ECR.search(_with_tokens_apart(self._definition, address))
            for address in addresses
        )

    @property
    def have_credentials(self) -> bool:
        """Whether an image so far is in a private registry, with credentials in a secret."""
        return any(bound.repository_credentials for _, bound in self._bound.values())

    def address(self, image: str | ecs.ContainerImage) -> ImageAddress:
        """Return the address of an image, and allow the execution role to pull it."""
        if isinstance(image, str):
            if image not in self._readable:
                self._readable.add(image)
                _grant_pull_once(self._definition, image, self._execution_role)
            return ImageAddress(image)
        if id(image) not in self._bound:
            scope = Construct(self._definition, f"Image{len(self._bound)}")
            self._bound[id(image)] = image, _bound(scope, image, self._execution_role)
        return self._bound[id(image)][1]


_pullable: WeakKeyDictionary[iam.IRole, set[str]] = WeakKeyDictionary()


def _grant_pull_once(scope: Construct, address: str, execution_role: iam.IRole) -> None:
    """Allow a role to pull an image, once.

    An address without tokens that is not in ECR needs no permissions.
    """
    if not is_token(address) and not _SEEMS_OF_ECR.search(address):
        return
    granted = _pullable.setdefault(execution_role, set())
    if address not in granted and _grant_pull(scope, address, execution_role):
        granted.add(address)


def _grant_pull(scope: Construct, address: str, execution_role: iam.IRole) -> bool:
    """Grant access to the repository of an address; return whether it could be determined."""
    written = _with_tokens_apart(scope, address)
    tokens = _TOKEN.findall(written)
    numbers = count(_FIRST_STAND_IN)
    match = re.fullmatch(_ECR_ADDRESS, _TOKEN.sub(lambda _: chr(next(numbers)), written))
    if match is None:
        if _SEEMS_OF_ECR.search(written):
            Validations.of(scope).add_warning(UNREADABLE_IMAGE, _UNREADABLE.format(address=address))
        return False
    account, region, repository = (
        re.sub(_STAND_IN, lambda each: str(tokens[ord(each[0]) - _FIRST_STAND_IN]), part)
        for part in match.group("account", "region", "repository")
    )
    arn = stack_of(scope).format_arn(
        service="ecr",
        resource="repository",
        region=region,
        account=account,
        resource_name=repository,
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
    # The authorization token is for the registry, not for a repository: the action supports no
    # other resource.
    iam.Grant.add_to_principal(
        grantee=execution_role, actions=["ecr:GetAuthorizationToken"], resource_arns=["*"]
    )
    return True


def _with_tokens_apart(scope: Construct, address: str) -> str:
    """Split an address that is a single token into its text and tokens.

    Only pseudo parameters can be separated, because they are the same in every stack. Other
    addresses are returned as in the template, to search for the domain of ECR.
    """
    if not _TOKEN.fullmatch(address):
        return address
    resolved = stack_of(scope).resolve(address)
    if not isinstance(resolved, Mapping) or len(resolved) != 1:
        return str(resolved)
    ((function, argument),) = resolved.items()
    if function == "Fn::Sub" and isinstance(argument, str):
        apart = _PSEUDO_PARAMETER.sub(lambda each: Fn.ref(each[1]), argument)
        return apart if "${" not in _TOKEN.sub("", apart) else argument
    if function == "Fn::Join" and argument[0] == "":
        parts = [
            Fn.ref(part["Ref"])
            if isinstance(part, Mapping) and str(part.get("Ref", "")).startswith("AWS::")
            else part
            for part in argument[1]
        ]
        if all(isinstance(part, str) for part in parts):
            return "".join(parts)
    return json.dumps(resolved)


_UNREADABLE = (
    "the image {address!r} is in ECR, but its repository cannot be read from the address, so the "
    "execution role is not allowed to pull it; use "
    "ecs.ContainerImage.from_ecr_repository(repository, tag), or call "
    "repository.grant_pull(definition.execution_role) and acknowledge this"
)


def _bound(scope: Construct, image: ecs.ContainerImage, execution_role: iam.IRole) -> ImageAddress:
    """Bind a CDK image, which requires an ECS container definition.

    A Batch job has none, so one is created for the binding, which only uses its execution role, and
    then removed from the construct tree.
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
