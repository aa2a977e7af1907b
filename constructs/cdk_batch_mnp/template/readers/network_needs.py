"""Read what the nodes of a job definition have to reach over the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.access import body_of, known_node_ranges
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.file_system import FileSystem
from cdk_batch_mnp.model.network_needs import FROM_ECR, PUBLIC_REGISTRIES, NetworkNeeds
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.values import PartialText, Reference
from cdk_batch_mnp.template.readers.file_systems import FileSystems

_ECR = pattern(r"\.dkr[.-]ecr(-fips)?\.")
_REGISTRY = pattern(r"([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::[0-9]+)?/")
_SECRET_SERVICES = {
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::SSM::Parameter": "ssm",
}
_UNKNOWN_PART = "\0"


def needs_of(definition: ApiStruct, region: Maybe[str], file_systems: FileSystems) -> NetworkNeeds:
    """Return what the nodes of a job definition have to reach.

    Services of another Region than that of the stack are left out: an endpoint does not lead there.

    Args:
        definition: The properties of the definition.
        region: The Region of its stack.
        file_systems: The file systems of the templates.
    """
    images: set[str] = set()
    secrets: set[str] = set()
    perhaps: set[str] = set()
    registries: set[str] = set()
    pulls_from_internet = False
    systems: list[tuple[PropertyPath, FileSystem]] = []
    for place, node_range in known_node_ranges(definition):
        found = body_of(node_range, place)
        if found is None:
            continue
        path, body = found
        systems += _file_systems(body, path, file_systems)
        for container in _containers(body):
            written = container.raw("image")
            image = _text(written)
            if _is_of_repository(written):
                images.update(FROM_ECR)
            elif image is UNKNOWN:
                perhaps.update(FROM_ECR)
            elif (of_ecr := _ECR.search(image)) is not None:
                # FIPS endpoints are services of their own.
                is_usual = of_ecr[1] is None and _is_in(region, image)
                images.update(FROM_ECR if is_usual else ())
            elif (match := _REGISTRY.match(image)) is not None:
                registries.add(match[1])
                if match[1] in PUBLIC_REGISTRIES and container.boolean("essential") in (None, True):
                    pulls_from_internet = True
            if _logs_to_cloudwatch(container):
                perhaps.add("logs")
            secrets.update(_secrets(container, region))
    return NetworkNeeds(
        images=frozenset(images),
        secrets=frozenset(secrets),
        perhaps=frozenset(perhaps - images),
        registries=frozenset(registries),
        pulls_from_internet=pulls_from_internet,
        file_systems=tuple(systems),
    )


def _containers(body: ApiStruct) -> Iterator[ApiStruct]:
    if not body.has("containers"):
        yield body
        return
    shapes = body.shapes("containers")
    for shape in () if shapes is UNKNOWN or shapes is None else shapes:
        if isinstance(shape, ApiStruct):
            yield shape


def _file_systems(
    body: ApiStruct, path: PropertyPath, file_systems: FileSystems
) -> Iterator[tuple[PropertyPath, FileSystem]]:
    volumes = body.shapes("volumes")
    for position, volume in enumerate(() if volumes is UNKNOWN or volumes is None else volumes):
        efs = UNKNOWN if volume is UNKNOWN else volume.shape("efsVolumeConfiguration")
        if isinstance(efs, ApiStruct):
            system = file_systems.of(efs.raw("fileSystemId"))
            if system is not UNKNOWN and system.kind == "EFS":
                yield path / "volumes" / position / "efsVolumeConfiguration", system


def _text(value: Value) -> Maybe[str]:
    if isinstance(value, PartialText):
        return value.filled(_UNKNOWN_PART)
    return value if isinstance(value, str) else UNKNOWN


def _is_of_repository(image: Value) -> bool:
    """Return whether an image is of a repository of the templates."""
    first = image.parts[0] if isinstance(image, PartialText) else image
    return isinstance(first, Reference) and first.resource.type == "AWS::ECR::Repository"


def _is_in(region: Maybe[str], text: str) -> bool:
    """Return whether a text may name a Region: it has no other one, or the Region is unknown."""
    named = re.search(r"(?<![a-z0-9])[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}(?![a-z0-9])", text)
    return region is UNKNOWN or named is None or named[0] == region


def _logs_to_cloudwatch(container: ApiStruct) -> bool:
    """Return whether the logs certainly go to CloudWatch Logs, as they do by default."""
    logs = container.shape("logConfiguration")
    if not isinstance(logs, ApiStruct):
        return logs is None
    options = logs.mapping("options")
    has_endpoint = isinstance(options, dict) and "awslogs-endpoint" in options
    return logs.text("logDriver") == "awslogs" and options is not UNKNOWN and not has_endpoint


def _secrets(container: ApiStruct, region: Maybe[str]) -> Iterator[str]:
    logs = container.shape("logConfiguration")
    lists = [container.shapes("secrets")]
    if isinstance(logs, ApiStruct):
        lists.append(logs.shapes("secretOptions"))
    sources = [
        shape.raw("valueFrom")
        for shapes in lists
        if shapes is not UNKNOWN
        for shape in shapes or ()
        if isinstance(shape, ApiStruct)
    ]
    credentials = container.shape("repositoryCredentials")
    if isinstance(credentials, ApiStruct):
        sources.append(credentials.raw("credentialsParameter"))
    for source in sources:
        service = _secret_service(source, region)
        if service is not None:
            yield service


def _secret_service(source: Value, region: Maybe[str]) -> str | None:
    first = source.parts[0] if isinstance(source, PartialText) else source
    if isinstance(first, Reference):
        return _SECRET_SERVICES.get(first.resource.type)
    text = _text(source)
    if text is UNKNOWN or not text or not _is_in(region, text):
        return None
    if text.startswith("arn:"):
        service = text.split(":")[2:3]
        return service[0] if service and service[0] in _SECRET_SERVICES.values() else None
    # A name without an ARN is that of a parameter.
    return None if text.startswith(_UNKNOWN_PART) else "ssm"
