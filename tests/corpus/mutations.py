"""Small changes to right templates, each of which breaks one rule and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.corpus.changes import change, new_base
from tests.corpus.tables.containers import CONTAINERS
from tests.corpus.tables.environments import ENVIRONMENTS
from tests.corpus.tables.execution_roles import EXECUTION_ROLES
from tests.corpus.tables.instance_access import INSTANCE_ACCESS
from tests.corpus.tables.instances import INSTANCES
from tests.corpus.tables.job_definitions import JOB_DEFINITIONS
from tests.corpus.tables.kubernetes import KUBERNETES
from tests.corpus.tables.network import NETWORK
from tests.corpus.tables.node_groups import NODE_GROUPS
from tests.corpus.tables.queues import QUEUES
from tests.corpus.tables.roles import ROLES
from tests.corpus.tables.security_groups import SECURITY_GROUPS
from tests.corpus.tables.service_roles import SERVICE_ROLES
from tests.corpus.tables.storage import STORAGE
from tests.corpus.tables.submissions import SUBMISSIONS
from tests.corpus.tables.tasks import TASKS

TABLES = (
    CONTAINERS,
    ENVIRONMENTS,
    EXECUTION_ROLES,
    INSTANCE_ACCESS,
    INSTANCES,
    JOB_DEFINITIONS,
    KUBERNETES,
    NETWORK,
    NODE_GROUPS,
    QUEUES,
    ROLES,
    SECURITY_GROUPS,
    SERVICE_ROLES,
    STORAGE,
    SUBMISSIONS,
    TASKS,
)


@dataclass(frozen=True)
class Mutation:
    """A right template and what is changed in it."""

    rule: str
    what: str
    base: str
    changes: Mapping[str, Any]

    def template(self) -> dict[str, Any]:
        """The wrong template."""
        data = new_base(self.base)
        for path, value in self.changes.items():
            change(data["Resources"], path, value)
        return data


def mutations() -> Iterator[Mutation]:
    for rule, entries in (entry for table in TABLES for entry in table.items()):
        for what, base_name, changes in entries:
            yield Mutation(rule, what, base_name, changes)
