"""Finding the rules: every rule that a module of this package defines."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from cdk_batch_mnp.rules.rule import AnyRule, Rule


@cache
def all_rules() -> tuple[AnyRule, ...]:
    """Give every rule, in the order of the ids.

    Raises:
        ValueError: Two rules have one id.
    """
    import cdk_batch_mnp.rules as package

    found: dict[str, AnyRule] = {}
    for module in iter_modules(package.__path__, prefix=f"{package.__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, Rule) and found.setdefault(value.id, value) is not value:
                raise ValueError(f"two rules have the id {value.id}")
    return tuple(found[id] for id in sorted(found))
