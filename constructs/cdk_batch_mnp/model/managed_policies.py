"""AWS managed policies that the roles of AWS Batch jobs often have, and what they allow.

An AWS managed policy that is not listed may allow anything.
"""

from __future__ import annotations

from functools import cache

from cdk_batch_mnp.model.managed_policy_grants import GRANTS, Grant
from cdk_batch_mnp.model.policy import Statement, Statements
from cdk_batch_mnp.model.spelling import spelling_of


@cache
def _paths() -> dict[str, str]:
    return {path.rpartition("/")[2]: path for path in GRANTS}


@cache
def managed_policy(path: str) -> Statements | None:
    """Return the statements of an AWS managed policy, ``None`` if they are not known.

    Args:
        path: Path and name (``service-role/AmazonECSTaskExecutionRolePolicy``).
    """
    grants = GRANTS.get(path)
    return None if grants is None else tuple(_statement(grant, path) for grant in grants)


def path_of(name: str) -> str | None:
    """Return path and name of the AWS managed policy with a name, ``None`` if it is not known.

    A name in another case, or with one wrong letter, is that of the policy which it stands for.
    """
    return _paths().get(name) or _misspelt(name)


@cache
def _misspelt(name: str) -> str | None:
    names = {name.upper(): path for name, path in _paths().items()}
    right = spelling_of(tuple(names)).nearest(name.upper())
    if right is None or _digits(right) != _digits(name):
        return None
    return names[right]


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def _statement(grant: Grant, path: str) -> Statement:
    return Statement(
        actions=tuple(_actions(grant.actions)),
        excludes_actions=grant.excludes_actions,
        resources=((grant.on,),),
        is_conditional=grant.is_conditional,
        origin=path.rpartition("/")[2],
    )


def _actions(listed: str) -> list[str]:
    if listed == "*":
        return ["*"]
    found = []
    for line in listed.splitlines():
        service, _, names = line.strip().partition(": ")
        found += [f"{service}:{name}" for name in names.split()]
    return found
