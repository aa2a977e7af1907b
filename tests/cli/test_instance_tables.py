"""Tables of instance types fit in a terminal of 80 columns."""

from __future__ import annotations

from rich.console import Console

from cdk_batch_mnp.cli.instance_tables import list_table, type_table
from cdk_batch_mnp.instances import default_catalogue


def test_80_columns_hold_every_name_and_value() -> None:
    types = list(default_catalogue())
    console = Console(width=80)
    with console.capture() as shown:
        console.print(list_table(types))
    lines = shown.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in shown.get()
    assert {line.split()[0] for line in lines} >= {instance_type.name for instance_type in types}


def test_80_columns_hold_all_that_is_shown() -> None:
    facts = default_catalogue().find("u7in-16tb.224xlarge")
    assert facts is not None
    console = Console(width=80)
    with console.capture() as shown:
        console.print(type_table(facts))
    assert "…" not in shown.get()
