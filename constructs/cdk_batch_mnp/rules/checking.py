"""Check a setup against the rules of this package."""

from __future__ import annotations

from collections.abc import Container, Iterable

from cdk_batch_mnp.engine.checking import run_rules
from cdk_batch_mnp.engine.finding import Report
from cdk_batch_mnp.engine.rule import AnyRule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.discovery import all_rules


def check(
    setup: MnpSetup,
    *,
    catalogue: Catalogue | None = None,
    rules: Iterable[AnyRule] | None = None,
    only: Container[str] | None = None,
) -> Report:
    """Check a setup against the rules, as :func:`~cdk_batch_mnp.engine.checking.run_rules` does.

    Args:
        setup: The setup to check.
        catalogue: Facts about instance types. Default: the default catalogue.
        rules: The rules to run. Default: all.
        only: IDs of the job definitions whose findings are wanted. Default: all findings.
    """
    chosen = all_rules() if rules is None else rules
    return run_rules(setup, chosen, catalogue=catalogue, only=only)
