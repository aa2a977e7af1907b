"""Outcomes of setups: accepted, rejected by rules, or rejected for an argument."""

from __future__ import annotations

from aws_cdk import Stack

from tools.comparison.outcomes import Outcome, outcome
from tools.comparison.setups import RIGHT, Setup, add_ours, add_stock

TOO_MANY_NODES = Setup(title="eight nodes", ranges=((0, 7),), job={"num_nodes": 8})


def test_a_right_setup_is_accepted() -> None:
    assert outcome(add_ours, RIGHT) == Outcome()


def test_rules_fail_our_synthesis_and_only_the_check_of_the_stock_template() -> None:
    ours, stock = outcome(add_ours, TOO_MANY_NODES), outcome(add_stock, TOO_MANY_NODES)
    assert ours.synthesis == ours.errors == ("MNP106",)
    assert (stock.synthesis, stock.errors) == ((), ("MNP106",))


def test_a_rejected_argument_is_reported_by_its_message() -> None:
    def add(stack: Stack, setup: Setup) -> None:
        raise ValueError("wrong argument\nmore")

    assert outcome(add, RIGHT) == Outcome(message="wrong argument")
