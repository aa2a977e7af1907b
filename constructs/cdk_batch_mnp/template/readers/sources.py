"""Read what containers access: secrets, parameters, keys, images, log groups, file systems."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.access import (
    READ_PARAMETER,
    READ_SECRET,
    FileSystem,
    Image,
    Key,
    Logs,
    NamedRole,
    ValueSource,
)
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.partial_text import Piece, Text, Token, is_open, shown, text
from cdk_batch_mnp.model.policy import ACCOUNT, PARTITION, REGION, Statements
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    PartialText,
    Pseudo,
    Reference,
    ReferencedResource,
    referred,
)
from cdk_batch_mnp.template.readers.policies import read_policy
from cdk_batch_mnp.template.readers.roles import Roles
from cdk_batch_mnp.template.readers.texts import (
    FILE_SYSTEM,
    KEY,
    LOG_GROUP,
    PARAMETER,
    REPOSITORY,
    ROLE,
    SECRET,
    SECRET_ATTACHMENT,
    Texts,
)

_SECRET_POLICY = "AWS::SecretsManager::ResourcePolicy"  # noqa: S105 - the type of a resource
_ALIAS = "AWS::KMS::Alias"
_BATCH_LOGS = "/aws/batch/job"
"""The log group of jobs without a log configuration. Source: AWS Batch User Guide."""
_SUFFIX = Token("suffix", is_segment=True)
_ECR = pattern(r"[^/]*\.dkr[.-]ecr(-fips)?\.")
_REFERENCED_SECRET = "/aws/reference/secretsmanager/"  # noqa: S105 - the start of a name
_UNKNOWN: Statements = (UNKNOWN,)


class TemplateSources:
    """What job definitions of the templates refer to.

    Args:
        stacks: The stacks that declare the resources.
        texts: The texts of the same stacks.
        roles: The roles of the same stacks.
    """

    def __init__(self, stacks: Stacks, texts: Texts, roles: Roles) -> None:
        self._roles = roles
        self._stacks = stacks
        self._texts = texts
        self._keys: dict[str, Key] = {}
        self._file_systems: dict[str, FileSystem] = {}
        self._secret_policies: dict[str, Statements] | None = None

    def named_role(self, value: Value, path: PropertyPath) -> NamedRole | None:
        """Return the role of an ARN or a name; ``None`` for the Arn attribute of a role."""
        if (
            isinstance(value, Reference)
            and value.attribute == "Arn"
            and value.resource.type == ROLE
        ):
            return None
        return NamedRole(path=path, name=self._texts.of(value), role=self._roles.of(value))

    def value_source(self, value: Value) -> ValueSource:
        """Return the secret or parameter of ``valueFrom``."""
        secret = self._secret(value)
        if secret is not None:
            return ValueSource(
                shown=secret.id,
                action=READ_SECRET,
                arn=_of_secret(self._texts.of(value)),
                policy=self._policy_of(secret),
                key=self._key_of(secret),
            )
        written = self._texts.of(value)
        if (is_parameter := _is_parameter(value)) or _is_literal_name(written):
            name = _of_fields(written, 1) if not is_parameter else written
            if shown(name).startswith(_REFERENCED_SECRET):
                return ValueSource(shown=shown(name), action=UNKNOWN, arn=(UNKNOWN,))
            return ValueSource(
                shown=shown(written) if written != (UNKNOWN,) else "a parameter",
                action=READ_PARAMETER,
                arn=_of_parameter(name),
                policy=(),
                key=None,
            )
        service = _service(written)
        if service == "secretsmanager":
            return ValueSource(shown=shown(written), action=READ_SECRET, arn=_of_secret(written))
        if service == "ssm":
            return ValueSource(
                shown=shown(written),
                action=READ_PARAMETER,
                arn=_of_fields(written, 6),
                policy=(),
                key=None,
            )
        return ValueSource(shown=shown(written), action=UNKNOWN, arn=(UNKNOWN,))

    def image(self, value: Value) -> Maybe[Image] | None:
        """Return the image in a private ECR repository, ``None`` if it is in another registry."""
        parts = value.parts if isinstance(value, PartialText) else (value,)
        repository = next(
            (reference for reference in _references(value) if reference.type == REPOSITORY), None
        )
        if repository is None:
            name = "".join(part if isinstance(part, str) else "..." for part in parts)
            if not _ECR.match(name):
                return None if isinstance(value, str) else UNKNOWN
            first = parts[0]
            is_own = isinstance(first, Pseudo) and first.name == "AWS::AccountId"
            return Image(shown=name, is_own=is_own)
        name = shown(self._texts.of(value))
        if not _ECR.match(name.replace(f"${{{repository.id}", "")):
            return UNKNOWN
        if repository.properties is UNKNOWN:
            return Image(shown=name, is_own=True)
        policy = repository.known.raw("RepositoryPolicyText")
        return Image(
            shown=name,
            is_own=True,
            repository=self._texts.of(Reference(repository, "Arn")),
            policy=() if policy is None else read_policy(policy, self._texts, repository.id),
        )

    def logs(self, options: ApiStruct) -> Logs:
        """Return the log group of the options of the awslogs driver."""
        group = options.raw("awslogs-group")
        name: Text = (_BATCH_LOGS,) if group is None else self._texts.of(group)
        creates = _or_false(options.boolean("awslogs-create-group"))
        if creates is not False and self._has_log_group(group, name):
            creates = False
        return Logs(group=name, creates_group=creates)

    def _has_log_group(self, group: Value, name: Text) -> bool:
        """Return whether a log group of the templates is the one that is named, or may be."""
        if any(reference.type == LOG_GROUP for reference in _references(group)):
            return True
        if name in self._log_groups or self._has_open_log_group:
            return True
        return is_open(name) and bool(self._log_groups)

    @cached_property
    def _log_groups(self) -> frozenset[Text]:
        return frozenset(self._texts.name(each) for each in self._stacks.of_type(LOG_GROUP))

    @cached_property
    def _has_open_log_group(self) -> bool:
        return any(map(is_open, self._log_groups))

    def file_system(self, value: Value) -> Maybe[FileSystem]:
        """Return the file system of an ID."""
        resource = referred(value, FILE_SYSTEM)
        if resource is UNKNOWN or resource.properties is UNKNOWN:
            return UNKNOWN
        if resource.id not in self._file_systems:
            policy = resource.known.raw("FileSystemPolicy")
            self._file_systems[resource.id] = FileSystem(
                id=resource.id,
                acknowledged=resource.acknowledged,
                arn=self._texts.of(Reference(resource, "Arn")),
                policy=None
                if policy is None
                else read_policy(policy, self._texts, f"the policy of {resource.id}"),
            )
        return self._file_systems[resource.id]

    def key(self, value: Value) -> Maybe[Key]:
        """Return the key of an ID, an ARN or an alias."""
        resource = referred(value, KEY, _ALIAS)
        if resource is not UNKNOWN and resource.type == _ALIAS:
            resource = referred(resource.known.raw("TargetKeyId"), KEY)
        if resource is UNKNOWN and isinstance(value, (str, PartialText)):
            resource = self._aliases.get(self._texts.of(value), UNKNOWN)
        if resource is UNKNOWN or resource.properties is UNKNOWN:
            return UNKNOWN
        if resource.id not in self._keys:
            self._keys[resource.id] = Key(
                id=resource.id,
                acknowledged=resource.acknowledged,
                arn=self._texts.of(Reference(resource, "Arn")),
                # Without a policy, only the policies of roles allow to use the key.
                policy=read_policy(
                    resource.known.raw("KeyPolicy"), self._texts, f"the policy of {resource.id}"
                )
                if resource.known.has("KeyPolicy")
                else (),
            )
        return self._keys[resource.id]

    @cached_property
    def _aliases(self) -> dict[Text, Maybe[ReferencedResource]]:
        """The keys of aliases with known names."""
        found: dict[Text, Maybe[ReferencedResource]] = {}
        for alias in self._stacks.of_type(_ALIAS):
            name = self._texts.of(alias.known.raw("AliasName"))
            if UNKNOWN not in name:
                found[name] = referred(alias.known.raw("TargetKeyId"), KEY)
        return found

    def _secret(self, value: Value) -> ReferencedResource | None:
        """Return the secret of the templates that a value names with its ARN."""
        first = value.parts[0] if isinstance(value, PartialText) else value
        if not isinstance(first, Reference) or first.attribute not in ("", "Id"):
            return None
        if first.resource.type == SECRET_ATTACHMENT:
            attached = referred(first.resource.known.raw("SecretId"), SECRET)
            return None if attached is UNKNOWN else attached
        return first.resource if first.resource.type == SECRET else None

    def _policy_of(self, secret: ReferencedResource) -> Statements:
        if self._secret_policies is None:
            self._secret_policies = {}
            for policy in self._stacks.of_type(_SECRET_POLICY):
                owner = self._secret(policy.known.raw("SecretId"))
                id = "" if owner is None else owner.id
                self._secret_policies[id] = self._secret_policies.get(id, ()) + (
                    read_policy(policy.known.raw("ResourcePolicy"), self._texts, policy.id)
                    if owner is not None and policy.is_certain
                    else _UNKNOWN
                )
        found = self._secret_policies.get(secret.id, ()) + self._secret_policies.get("", ())
        return found if self._stacks.is_whole else found + _UNKNOWN

    def _key_of(self, secret: ReferencedResource) -> Maybe[Key] | None:
        if secret.properties is UNKNOWN:
            return UNKNOWN
        value = secret.known.raw("KmsKeyId")
        return None if value is None else self.key(value)


def _or_false(value: Maybe[bool] | None) -> Maybe[bool]:
    return False if value is None else value


def _references(value: Value) -> Iterator[ReferencedResource]:
    for part in value.parts if isinstance(value, PartialText) else (value,):
        if isinstance(part, Reference):
            yield part.resource


def _is_parameter(value: Value) -> bool:
    return isinstance(value, Reference) and value.resource.type == PARAMETER and not value.attribute


def _is_literal_name(written: Text) -> bool:
    """Return whether a text is the name of a parameter, not an ARN."""
    first = written[0] if written else UNKNOWN
    # The beginning decides, if it is long enough for ``arn:``.
    return isinstance(first, str) and not "arn:".startswith(first[:4])


def _service(arn: Text) -> str | None:
    """Return the service of an ARN; ``None`` if it is not known."""
    fields = "".join(each if isinstance(each, str) else "\0" for each in arn).split(":")
    if len(fields) < 4 or fields[0] != "arn" or "\0" in fields[2]:
        return None
    return None if UNKNOWN in arn and not _is_after(arn, fields) else fields[2]


def _is_after(arn: Text, fields: list[str]) -> bool:
    """Return whether every unknown piece comes after the service, or is the partition."""
    first = arn[0]
    return isinstance(first, str) and (first.count(":") >= 3 or fields[1] == "\0")


def _of_fields(written: Text, count: int) -> Text:
    """Return the first fields of a text with colons, and anything after an unknown piece."""
    kept: list[Piece] = []
    left = count
    for piece in written:
        if isinstance(piece, Token) and not piece.is_free:
            kept.append(piece)
            continue
        if not isinstance(piece, str):
            return text(*kept, UNKNOWN)
        fields = piece.split(":")
        if len(fields) > left:
            return text(*kept, ":".join(fields[:left]))
        kept.append(piece)
        left -= len(fields) - 1
    return text(*kept)


def _of_secret(written: Text) -> Text:
    """Return the ARN of a secret without JSON key and version.

    An ARN that is written out may lack the six characters that Secrets Manager adds.
    """
    arn = _of_fields(written, 7)
    return arn if arn and isinstance(arn[-1], Token) else text(*arn, _SUFFIX)


def _of_parameter(name: Text) -> Text:
    first = name[0] if name else UNKNOWN
    slash: tuple[Piece, ...] = ("/",)
    if isinstance(first, str):
        slash = () if first.startswith("/") else ("/",)
    elif is_open((first,)):
        slash = (UNKNOWN,)
    return text("arn:", PARTITION, ":ssm:", REGION, ":", ACCOUNT, ":parameter", *slash, *name)
