"""Discovery of all rules that the modules of this package define."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

from cdk_batch_mnp.engine.rule import AnyRule, Rule
from cdk_batch_mnp.lazy.importing import importing


@cache
def all_rules() -> tuple[AnyRule, ...]:
    """Return every rule, ordered by ID.

    Raises:
        ValueError: Two rules have the same ID.
    """
    import cdk_batch_mnp.rules as package

    names = [each.name for each in walk_packages(package.__path__, prefix=f"{package.__name__}.")]
    with importing():
        modules = [import_module(name) for name in names]
    found: dict[str, AnyRule] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Rule) and found.setdefault(value.id, value) is not value:
                raise ValueError(f"two rules have the ID {value.id}")
    return tuple(found[rule_id] for rule_id in sorted(found))


def rules_with(*, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[AnyRule, ...]:
    """Return the selected rules, ordered by ID.

    Args:
        select: IDs or prefixes (``MNP3``), in any letter case. Default: all rules.
        ignore: IDs or prefixes to skip.

    Raises:
        ValueError: No rule has this ID or prefix.
        TypeError: An argument is not a list of strings.
    """
    wanted, unwanted = _prefixes("select", select), _prefixes("ignore", ignore)
    rules = all_rules()
    for prefix in (*wanted, *unwanted):
        if not prefix or not any(rule.id.startswith(prefix) for rule in rules):
            raise ValueError(f"no rule has the ID or prefix {prefix!r}")
    return tuple(
        rule
        for rule in rules
        if rule.id.startswith(wanted or ("",)) and not rule.id.startswith(unwanted)
    )


def _prefixes(argument: str, given: object) -> tuple[str, ...]:
    """Return IDs and prefixes in upper case. A single string would be read letter by letter."""
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        prefixes = tuple(given)
        if all(isinstance(prefix, str) for prefix in prefixes):
            return tuple(prefix.upper() for prefix in prefixes)
        given = list(prefixes)
    hint = f"; use {[given]!r}" if isinstance(given, str) else ""
    raise TypeError(f"{argument} must be a list of rule IDs or prefixes, got {given!r}{hint}")
