"""Rules about the roles that deploy job definitions."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.role import REGISTER
from cdk_batch_mnp.rules.security.lacking import lacking
from cdk_batch_mnp.rules.security.service_role import PASS_ROLE


@rule(
    JobDefinition,
    "MNP621",
    "Roles that register job definitions can pass the job's roles",
    severity=WARNING,
    why="To register a job definition is to pass its job role and its execution role to Amazon "
    "ECS. Without iam:PassRole, AWS Batch rejects every definition with a role.",
    fix="Allow iam:PassRole on the job role and the execution role.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
)
def deployers_pass_roles(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks roles of the templates that allow batch:RegisterJobDefinition by its whole name.

    Those that AWS CloudFormation can assume count with a wildcard too. Reported at the role, if no
    policy allows iam:PassRole on any resource. Silent about definitions without roles, and if a
    policy of the role is not known.
    """
    if not definition.roles:
        return
    for role in definition.deployers:
        if missing := lacking(role, (PASS_ROLE,)):
            yield missing.violation(
                f"role {role.id} allows {REGISTER}, but not {PASS_ROLE}",
                f"{PASS_ROLE} on {', '.join(each.id for each in definition.roles)}",
            )
