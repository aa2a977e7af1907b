"""Rules about environment variables and secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.container import Container
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources


def _variables(container: Container) -> list[str]:
    """Return the known names of environment variables."""
    if container.environment is UNKNOWN:
        return []
    names = [None if variable is UNKNOWN else variable.name for variable in container.environment]
    return [name for name in names if has_value(name)]


def _secrets(container: Container) -> list[str]:
    """Return the known names of secrets."""
    if container.secrets is UNKNOWN:
        return []
    return [secret for secret in container.secrets if secret is not UNKNOWN]


def _named(secrets: list[str]) -> str:
    return f"the secret {secrets[0]}" if secrets else "a secret"


@rule(
    JobDefinition,
    "MNP331",
    "Each environment variable of a container is set once",
    severity=WARNING,
    why="If a variable is set twice, it is not documented which value the container sees. ECS "
    "rejects a secret with the name of an environment variable.",
    fix="Set the variable once.",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html",
)
def set_once(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Counts the known names of environment variables and secrets. A name in both is an error."""
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
                    + (", as a secret and in plain text" if is_both else ""),
                    actual=number,
                    expected="once",
                    severity=ERROR if is_both else WARNING,
                )


@rule(
    JobDefinition,
    "MNP332",
    "Containers with secrets have an execution role",
    severity=ERROR,
    why="ECS uses the execution role to read a container's secrets, and the credentials of a "
    "private registry, before it starts. A task with secrets and no execution role is rejected.",
    fix="Set an execution role that can read the secrets.",
    source=sources.user_guide("specifying-sensitive-data-secrets"),
)
def secrets_are_read(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports secrets in node groups that certainly have no execution role.

    Secrets whose names are unknown count, unless a condition may leave them out. So do the secrets
    of log drivers and the credentials of private registries.
    """
    for group in definition.known_node_groups:
        enclosing = definition.enclosing_groups(group)
        if enclosing is UNKNOWN or any(
            node_group.execution_role is not None for node_group in (group, *enclosing)
        ):
            continue
        for container in group.known_containers:
            if fewest(container.secrets):
                names = _secrets(container)
                yield Violation(
                    resource=definition,
                    property_path=container.path / "secrets",
                    message=f"the container has {_named(names)}, but no execution role",
                    actual="no execution role",
                    expected="an execution role",
                )
        access = definition.access.get(group.path)
        for named in () if access is None else access.other_sources:
            yield Violation(
                resource=definition,
                property_path=named.path,
                message=f"the container has {named.name}, but no execution role",
                actual="no execution role",
                expected="an execution role",
            )
