"""Roles and policies that the tests of rules are written with."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp.model.access import ContainerAccess, FileSystemAccess, GroupAccess
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.managed_policies import managed_policy
from cdk_batch_mnp.model.policy import Principal, Statement, Statements
from cdk_batch_mnp.model.role import Role, trusting
from tests.rules.setups import FIRST_GROUP, container, definition, node_group

EVERYTHING = (("*",),)
CONTAINER = FIRST_GROUP / "container"


def policy(name: str) -> Statements:
    """The statements of an AWS managed policy."""
    found = managed_policy(name)
    assert found is not None
    return found


def allow(*actions: Any, **more: Any) -> Statement:
    """A statement that allows actions on everything."""
    return Statement(actions=actions, **{"resources": EVERYTHING, **more})


def allow_to(name: Any, *actions: str, **more: Any) -> Statement:
    """A statement of a resource policy that allows actions to a role."""
    return allow(*actions, principals=(Principal("AWS", name),), **more)


def role(*statements: Any, service: str = "ecs-tasks.amazonaws.com", **more: Any) -> Role:
    """A role that a service can assume."""
    return Role(
        **{
            "id": "Stack/Role",
            "statements": statements,
            "trust": trusting(service),
            "arn": ("arn:aws:iam::123456789012:role/job",),
            "path": "/",
            **more,
        }
    )


def accessing(execution: Any = None, **changes: Any) -> JobDefinition:
    """A definition whose one container accesses something with its execution role."""
    access = GroupAccess(containers=(ContainerAccess(path=CONTAINER, **changes),))
    group = node_group(execution_role=execution, containers=(container(),))
    return definition(node_groups=(group,), access={FIRST_GROUP: access})


def mounting(job_role: Any, **changes: Any) -> JobDefinition:
    """A definition with an EFS volume."""
    volume = FileSystemAccess(
        **{
            "path": CONTAINER / "volumes" / 0,
            "name": "files",
            "uses_role": True,
            "is_written": False,
            **changes,
        }
    )
    access = GroupAccess(file_systems=(volume,))
    return definition(node_groups=(node_group(job_role=job_role),), access={FIRST_GROUP: access})
