"""Rules about FireLens, which routes the logs of containers."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.log_router import FIRELENS, LogRouter
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

RESERVED_PATHS = ("/fluent-bit/etc/fluent-bit.conf", "/fluentd/etc/fluent.conf")
"""Files that Amazon ECS generates. Source: ECS Developer Guide, route logs to FireLens."""

_TASK_DEFINITION = sources.ecs("firelens-taskdef")


@rule(
    JobDefinition,
    "MNP345",
    "FireLens has a log router and logs to route",
    severity=ERROR,
    why="A task that uses FireLens has a container with firelensConfiguration, and others with the "
    "log driver awsfirelens. Amazon ECS rejects a task with only one of them, and the job fails "
    "before its containers start.",
    fix="Use ecsProperties with a container that has firelensConfiguration, and set the log driver "
    "awsfirelens for the containers whose logs it routes.",
    source=_TASK_DEFINITION,
)
def log_routers(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for both in each node range, as far as its containers are known.

    The range's ``container`` cannot be a log router, and runs alone.
    """
    for group in definition.known_node_groups:
        if len(group.kinds) != 1 or group.possible_kinds or group.containers is UNKNOWN:
            continue
        if UNKNOWN not in group.containers:
            yield from _alone(definition, group)


def _alone(definition: JobDefinition, group: NodeGroup) -> Iterator[Violation]:
    containers = list(group.known_containers)
    routers = [container for container in containers if container.log_router is not None]
    sending = [container for container in containers if container.log_driver == FIRELENS]
    if sending and not routers:
        yield Violation(
            resource=definition,
            property_path=sending[0].path / "logConfiguration" / "logDriver",
            message=f"the container logs to {FIRELENS}, but the node has no log router",
            actual=FIRELENS,
            expected="a container with firelensConfiguration"
            if "ecsProperties" in group.kinds
            else "ecsProperties, with a container that has firelensConfiguration",
        )
    certain = [container for container in routers if container.log_router is not UNKNOWN]
    if certain and not sending and all(each.log_driver is not UNKNOWN for each in containers):
        yield Violation(
            resource=definition,
            property_path=certain[0].path / "firelensConfiguration",
            message=f"the node has a log router, but no container logs to {FIRELENS}",
            actual="a log router alone",
            expected=f"a container with the log driver {FIRELENS}",
        )


@rule(
    JobDefinition,
    "MNP346",
    "FireLens configurations are valid",
    severity=ERROR,
    why="The log router is Fluentd or Fluent Bit. A configuration file has both a type and a "
    "value: the ARN of an object in Amazon S3, or a path other than that of the file which Amazon "
    "ECS generates.",
    fix="Set type to fluentd or fluentbit, enable-ecs-log-metadata to true or false, and "
    "config-file-type (s3 or file) together with config-file-value.",
    source=_TASK_DEFINITION,
)
def log_router_options(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the type and the values of documented options. Silent about unknown values."""
    for _, container in definition.containers:
        if not has_value(container.log_router):
            continue
        path = container.path / "firelensConfiguration"
        for member, message, actual, expected in _wrong(container.log_router):
            yield Violation(
                resource=definition,
                property_path=path / member,
                message=message,
                actual=actual,
                expected=expected,
            )


def _wrong(router: LogRouter) -> Iterator[tuple[str, str, str, str]]:
    kinds = ("fluentd", "fluentbit")
    if router.type is None:
        yield "type", "the log router has no type", "not set", " or ".join(kinds)
    # CloudFormation accepts any case.
    elif router.type is not UNKNOWN and router.type.lower() not in kinds:
        yield "type", f"the log router is {router.type}", router.type, " or ".join(kinds)
    for name, value, words in (
        ("enable-ecs-log-metadata", router.log_metadata, ("true", "false")),
        ("config-file-type", router.file_type, ("s3", "file")),
    ):
        if has_value(value) and value not in words:
            yield "options", f"{name} is {value!r}", value, " or ".join(words)
    yield from _wrong_file(router)


def _wrong_file(router: LogRouter) -> Iterator[tuple[str, str, str, str]]:
    kind, value = router.file_type, router.file_value
    if kind == "s3" and has_value(value) and not value.startswith("arn:"):
        yield (
            "options",
            f"config-file-value is {value!r}, which is not an ARN",
            value,
            "the ARN of an object in Amazon S3",
        )
    if kind == "file" and value in RESERVED_PATHS:
        yield (
            "options",
            f"Amazon ECS generates the configuration file {value}",
            str(value),
            "another path",
        )
    type_name, value_name = "config-file-type", "config-file-value"
    for name, given, other, missing in (
        (type_name, kind, value_name, value),
        (value_name, value, type_name, kind),
    ):
        if has_value(given) and missing is None:
            yield "options", f"{name} is set without {other}", f"{name} alone", f"also {other}"
