"""Rules about a container's variables and where their values come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.container import Container
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources


def _variables(container: Container) -> list[str]:
    """The known names of plain variables."""
    if container.environment is UNKNOWN:
        return []
    names = [None if each is UNKNOWN else each.name for each in container.environment]
    return [each for each in names if has_value(each)]


def _secrets(container: Container) -> list[str]:
    """The known names of secrets."""
    if container.secrets is UNKNOWN:
        return []
    return [each for each in container.secrets if each is not UNKNOWN]


@rule(
    JobDefinition,
    "MNP331",
    "Every variable of a container is set once",
    severity=WARNING,
    why="Of two values of one variable the container sees one, and which of them is not said. ECS "
    "refuses a secret that has the name of a plain variable.",
    fix="Set the variable once.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html",
)
def set_once(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the known names of variables and of secrets; one that is both is an error."""
    for _, container in definition.containers:
        variables, secrets = Counter(_variables(container)), Counter(_secrets(container))
        for name in sorted({*variables, *secrets}):
            number = variables[name] + secrets[name]
            if number > 1:
                is_both = variables[name] > 0 and secrets[name] > 0
                member = "secrets" if secrets[name] else "environment"
                yield Violation(
                    resource=definition,
                    property_path=container.path / member,
                    message=f"the variable {name} is set {number} times"
                    + (", as a secret and as plain text" if is_both else ""),
                    actual=number,
                    expected="once",
                    severity=ERROR if is_both else WARNING,
                )


@rule(
    JobDefinition,
    "MNP332",
    "Secrets have an execution role that reads them",
    severity=ERROR,
    why="ECS reads a container's secrets with the execution role before it starts; a task with "
    "secrets and without that role is refused.",
    fix="Name an execution role that may read the secrets.",
    source=sources.user_guide("specifying-sensitive-data-secrets"),
)
def secrets_are_read(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for known secrets in groups that are certain to have no execution role."""
    for group in definition.known_node_groups:
        around = definition.around(group)
        if around is UNKNOWN or any(each.execution_role is not None for each in (group, *around)):
            continue
        for container in group.known_containers:
            if names := _secrets(container):
                yield Violation(
                    resource=definition,
                    property_path=container.path / "secrets",
                    message=f"the container has the secret {names[0]}, and no execution role",
                    actual="no execution role",
                    expected="an execution role",
                )
