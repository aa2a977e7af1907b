"""Rules about what the execution role needs for FireLens."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.container import Container
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.log_router import LogRouter
from cdk_batch_mnp.model.partial_text import text
from cdk_batch_mnp.model.policy import ANYTHING
from cdk_batch_mnp.model.role import Role
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.security.lacking import lacking

_GET = "s3:GetObject"


@rule(
    JobDefinition,
    "MNP622",
    "The execution role can read the log router's configuration in Amazon S3",
    severity=ERROR,
    why="The ECS agent reads a configuration file in Amazon S3 with the execution role before it "
    "starts the log router. If it cannot, the job fails.",
    fix="Set an execution role, and allow s3:GetObject on the file in one of its policies.",
    source=sources.ecs("using_firelens"),
)
def router_configuration(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks log routers whose config-file-type is s3.

    A permission that the role lacks is reported at the role, as a warning: the policy of the bucket
    may allow it too. Silent if a policy of the role is not known, and about a role that ECS cannot
    assume, which MNP605 reports.
    """
    for group, container in definition.containers:
        router = container.log_router
        if not has_value(router) or router.file_type != "s3":
            continue
        role, enclosing = group.execution_role, definition.enclosing_groups(group)
        if has_value(role) and role.may_be_assumed_by("ecs-tasks") is not False:
            yield from _cannot_read(role, router)
        elif enclosing is not UNKNOWN and all(
            node_group.execution_role is None for node_group in (group, *enclosing)
        ):
            yield _without_role(definition, container)


def _cannot_read(role: Role, router: LogRouter) -> Iterator[Violation]:
    file = text(router.file_value) if has_value(router.file_value) else ANYTHING
    if missing := lacking(role, (_GET,), lambda: (file,)):
        yield missing.violation(
            f"execution role {role.id} does not allow {_GET} for the log router's configuration",
            _GET,
            severity=WARNING,
        )


def _without_role(definition: JobDefinition, container: Container) -> Violation:
    return Violation(
        resource=definition,
        property_path=container.path / "firelensConfiguration" / "options",
        message="the configuration of the log router is in Amazon S3, but there is no execution "
        "role to read it",
        actual="no execution role",
        expected=f"an execution role that allows {_GET}",
    )
