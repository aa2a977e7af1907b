"""Finding the rules: every rule that a module of this package defines."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

from cdk_batch_mnp.engine.rule import AnyRule, Rule


@cache
def all_rules() -> tuple[AnyRule, ...]:
    """Give every rule, in the order of the ids.

    Raises:
        ValueError: Two rules have one id.
    """
    import cdk_batch_mnp.rules as package

    found: dict[str, AnyRule] = {}
    for module in walk_packages(package.__path__, prefix=f"{package.__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, Rule) and found.setdefault(value.id, value) is not value:
                raise ValueError(f"two rules have the id {value.id}")
    return tuple(found[id] for id in sorted(found))


def rules_with(*, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[AnyRule, ...]:
    """Give some of the rules, in the order of the ids.

    Args:
        select: Ids, or how ids begin (``MNP3``), in any letter case; all rules if empty.
        ignore: Those to leave out, likewise.

    Raises:
        ValueError: No rule has such an id; the message names it.
    """
    wanted = tuple(each.upper() for each in select)
    unwanted = tuple(each.upper() for each in ignore)
    rules = all_rules()
    for each in (*wanted, *unwanted):
        if not each or not any(rule.id.startswith(each) for rule in rules):
            raise ValueError(f"no rule has the id {each!r}, and none begins so")
    return tuple(
        rule
        for rule in rules
        if rule.id.startswith(wanted or ("",)) and not rule.id.startswith(unwanted)
    )
