"""Read texts with references to resources: names, ARNs, and the patterns of policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import Value, as_text
from cdk_batch_mnp.model.partial_text import Piece, Text, Token, text
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    PartialText,
    Pseudo,
    Reference,
    ReferencedResource,
)

ROLE = "AWS::IAM::Role"
INSTANCE_PROFILE = "AWS::IAM::InstanceProfile"
SERVICE_LINKED_ROLE = "AWS::IAM::ServiceLinkedRole"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - the type of a resource
SECRET_ATTACHMENT = "AWS::SecretsManager::SecretTargetAttachment"  # noqa: S105
PARAMETER = "AWS::SSM::Parameter"
KEY = "AWS::KMS::Key"
FILE_SYSTEM = "AWS::EFS::FileSystem"
LOG_GROUP = "AWS::Logs::LogGroup"
REPOSITORY = "AWS::ECR::Repository"
MANAGED_POLICY = "AWS::IAM::ManagedPolicy"

_NAMES = {
    ROLE: "RoleName",
    INSTANCE_PROFILE: "InstanceProfileName",
    PARAMETER: "Name",
    LOG_GROUP: "LogGroupName",
    REPOSITORY: "RepositoryName",
}
"""Types whose ``Ref`` is a name, and the property that may set it."""

_GENERATED_SEGMENTS = (ROLE, INSTANCE_PROFILE, KEY, FILE_SYSTEM, LOG_GROUP, REPOSITORY)
"""Types whose generated names contain neither colons nor slashes."""
_SEGMENTS = ("AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix")
_VARIABLE = pattern(r"\$\{[^}]*\}")
"""A variable of a policy (``${aws:PrincipalTag/team}``)."""


class Texts:
    """The texts of the templates.

    Args:
        stacks: The stacks that declare the resources.
    """

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._found: dict[tuple[str, str], Text] = {}
        self._account_starts: dict[str, Text] = {}
        """How the ARNs of roles and instance profiles begin, by stack."""
        self._expanded: dict[tuple[str, str], Callable[[ReferencedResource], Text]] = {
            (SECRET, ""): self._secret,
            (SECRET, "Id"): self._secret,
            (SECRET_ATTACHMENT, ""): lambda each: self.of(each.known.raw("SecretId")),
            (KEY, "Arn"): lambda each: self.arn(each, "kms", "key/", *_physical(each)),
            (FILE_SYSTEM, "Arn"): lambda each: self.arn(
                each, "elasticfilesystem", "file-system/", *_physical(each)
            ),
            (LOG_GROUP, "Arn"): lambda each: self.arn(
                each, "logs", "log-group:", *self.name(each), ":*"
            ),
            (REPOSITORY, "Arn"): lambda each: self.arn(
                each, "ecr", "repository/", *self.name(each)
            ),
            (REPOSITORY, "RepositoryUri"): self._repository_uri,
            (ROLE, "Arn"): self.role_arn,
            (INSTANCE_PROFILE, "Arn"): self.profile_arn,
            (SERVICE_LINKED_ROLE, ""): _service_linked_name,
            (SERVICE_LINKED_ROLE, "RoleName"): _service_linked_name,
        }

    def of(self, value: Value) -> Text:
        """Return a text, with the names and ARNs of resources as far as they are known."""
        return text(*self._pieces(value))

    def pattern(self, value: Value) -> Text:
        """Return a pattern of a policy, in which each variable of the policy is unknown."""
        found: list[Piece] = []
        for piece in self._pieces(value):
            if isinstance(piece, str) and "${" in piece:
                first, *others = _VARIABLE.split(piece)
                found.append(first)
                for other in others:
                    found += (UNKNOWN, other)
            else:
                found.append(piece)
        return text(*found)

    def name(self, resource: ReferencedResource) -> Text:
        """Return the name of a resource whose ``Ref`` is its name."""
        written = resource.known.raw(_NAMES[resource.type])
        if written is not None:
            return self.of(written)
        return _physical(resource) if resource.properties is not UNKNOWN else (UNKNOWN,)

    def role_arn(self, role: ReferencedResource) -> Text:
        """Return the ARN of a role."""
        return self._with_path(role, "role")

    def profile_arn(self, profile: ReferencedResource) -> Text:
        """Return the ARN of an instance profile."""
        return self._with_path(profile, "instance-profile")

    def _with_path(self, resource: ReferencedResource, kind: str) -> Text:
        path = resource.known.raw("Path")
        pieces = ("/",) if path is None else self.of(path)
        stack = self._stacks.resources[resource.id].stack
        if stack.name not in self._account_starts:
            self._account_starts[stack.name] = text(
                "arn:",
                *self._pseudo(resource, "Partition"),
                ":iam::",
                *self._pseudo(resource, "AccountId"),
                ":",
            )
        start = self._account_starts[stack.name]
        return text(*start, kind, *pieces, *self.name(resource))

    def arn(self, resource: ReferencedResource, service: str, *end: Piece) -> Text:
        """Return an ARN in the account and Region of a resource."""
        return text(
            "arn:",
            *self._pseudo(resource, "Partition"),
            f":{service}:",
            *self._pseudo(resource, "Region"),
            ":",
            *self._pseudo(resource, "AccountId"),
            ":",
            *end,
        )

    def _repository_uri(self, repository: ReferencedResource) -> Text:
        return text(
            *self._pseudo(repository, "AccountId"),
            ".dkr.ecr.",
            *self._pseudo(repository, "Region"),
            ".",
            *self._pseudo(repository, "URLSuffix"),
            "/",
            *self.name(repository),
        )

    def _secret(self, secret: ReferencedResource) -> Text:
        if secret.properties is UNKNOWN:
            return self.arn(secret, "secretsmanager", "secret:", UNKNOWN)
        name = secret.known.raw("Name")
        # The ARN ends with a hyphen and six characters that Secrets Manager adds to the name.
        suffix = Token(f"{secret.id} suffix", is_segment=True)
        end = _physical(secret) if name is None else text(*self.of(name), "-", suffix)
        return self.arn(secret, "secretsmanager", "secret:", *end)

    def _pseudo(self, resource: ReferencedResource, name: str) -> Iterator[Piece]:
        return self._pieces(self._stacks.resources[resource.id].stack.ref(f"AWS::{name}"))

    def _pieces(self, value: Value) -> Iterator[Piece]:
        if isinstance(value, PartialText):
            for part in value.parts:
                yield from self._pieces(part)
        elif isinstance(value, Reference):
            yield from self._referred(value)
        elif isinstance(value, Pseudo):
            is_segment = value.name in _SEGMENTS
            is_free = value.is_of_template
            yield Token(f"{value.name} of {value.stack}", is_segment=is_segment, is_free=is_free)
        else:
            known = as_text(value)
            yield UNKNOWN if known is None else known

    def _referred(self, reference: Reference) -> Text:
        resource = reference.resource
        key = (resource.id, reference.attribute)
        if key not in self._found:
            self._found[key] = (UNKNOWN,)  # A name that refers to itself cannot be known.
            expand = self._expanded.get((resource.type, reference.attribute))
            if expand is not None:
                self._found[key] = expand(resource)
            elif not reference.attribute and resource.type in _NAMES:
                self._found[key] = self.name(resource)
            else:
                self._found[key] = _physical(resource, reference.attribute)
        return self._found[key]


def _physical(resource: ReferencedResource, attribute: str = "") -> Text:
    """Return the name that CloudFormation or the service generates."""
    return (
        Token(
            f"{resource.id} {attribute}".rstrip(),
            is_unique=not attribute,
            is_segment=not attribute and resource.type in _GENERATED_SEGMENTS,
        ),
    )


def _service_linked_name(role: ReferencedResource) -> Text:
    service = role.known.text("AWSServiceName")
    suffix = role.known.raw("CustomSuffix")
    is_of_batch = service == "batch.amazonaws.com" and suffix is None
    return ("AWSServiceRoleForBatch",) if is_of_batch else (UNKNOWN,)
