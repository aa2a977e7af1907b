"""The rules of event buses, which moto keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.events.models import Archive, Rule, events_backends

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.events.event import Event
from cdk_batch_mnp_emulator.events.patterns import matches

DEFAULT_BUS = "default"

_ARCHIVE_RULE = "Events-Archive-"


def has_rules(region: str) -> bool:
    """Return whether the default event bus of a Region has any rule; costs next to nothing."""
    # Both would be made by [], which for an account takes a look at those of all services.
    of_account = dict.get(events_backends, ACCOUNT)
    backend = None if of_account is None else dict.get(of_account, region)
    return backend is not None and bool(backend.event_buses[DEFAULT_BUS].rules)


def rules_of(region: str, bus: str) -> list[Rule]:
    """Return the rules of an event bus; none if the bus does not exist."""
    found = events_backends[ACCOUNT][region].event_buses.get(bus)
    return list(found.rules.values()) if found else []


def targets_of(rule: Rule, event: Event) -> Iterator[dict[str, Any]]:
    """Yield copies of the targets of a rule, if it is enabled and matches an event."""
    # A rule with a schedule alone has an empty pattern.
    if rule.state.startswith("ENABLED") and matches(rule.event_pattern, event):
        yield from (dict(target) for target in rule.targets)


def archive_of(rule: Rule) -> Archive | None:
    """Return the archive that a rule fills, if it is the rule of one."""
    if not rule.managed_by or not rule.name.startswith(_ARCHIVE_RULE):
        return None
    name = rule.name.removeprefix(_ARCHIVE_RULE)
    archive: Archive | None = events_backends[ACCOUNT][rule.region_name].archives.get(name)
    return archive
