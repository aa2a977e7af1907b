"""What holds of every rule, and that each has a test which breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.rules.discovery import all_rules

TEST_FILES = sorted(Path(__file__).parent.rglob("test_*.py"))
RULE_ID = re.compile(r"MNP[1-7][0-9]{2}")

PROMISED = {
    *(101, 102, 103, 104, 105, 106, 107, 108, 109, 111, 112, 113, 116),
    *(201, 202, 203, 204, 205, 206, 207),
    *(301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 311, 314, 315, 317, 318, 319),
    *(320, 321, 322, 323, 324, 325),
    *(401, 402, 404, 405, 406, 407, 414, 415),
    *(601, 602, 603, 604),
}
"""The constraints that a setup can be checked against without facts of the account.

Two more are documented at the constructs instead. MNP316, that retries happen only when the main
node fails: whether an exit rule hopes for the failure of a child cannot be seen. MNP701, that a
child's death changes nothing by itself: whether the application copes cannot be seen either.
"""


def test_a_rule_says_all_that_is_needed_to_act() -> None:
    for rule in all_rules():
        assert RULE_ID.fullmatch(rule.id)
        assert rule.title, rule.id
        assert not rule.title.endswith("."), rule.id
        for sentence in (rule.why, rule.fix):
            assert sentence.endswith((".", ")")), (rule.id, sentence)
            assert "  " not in sentence, rule.id
        source = r"https://(docs\.aws\.amazon\.com|github\.com)/\S+"
        assert re.fullmatch(source, rule.source), rule.id
        assert rule.distance >= 1, rule.id


def test_a_rule_says_what_it_compares() -> None:
    assert [rule.id for rule in all_rules() if not rule.check.__doc__] == []


def test_no_two_rules_have_the_same_title() -> None:
    titles = [rule.title for rule in all_rules()]
    assert len(set(titles)) == len(titles)


def test_hints_are_about_job_definitions_alone() -> None:
    hints = [rule for rule in all_rules() if rule.severity is Severity.HINT]
    assert [rule.id for rule in hints if rule.subject is not JobDefinition] == []
    assert hints != []


def test_every_promised_constraint_has_its_rule() -> None:
    assert {f"MNP{number}" for number in PROMISED} <= {rule.id for rule in all_rules()}


def test_rules_come_in_the_order_of_their_ids() -> None:
    ids = [rule.id for rule in all_rules()]
    assert ids == sorted(ids)


def expectations(path: Path) -> Iterator[ast.expr]:
    """What a file's tests expect: the cells of tables of parameters, and what is compared."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
            yield from node.comparators
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called == "pytest.param":
                yield from node.args
            elif called == "pytest.mark.parametrize":
                for row in ast.walk(node):
                    if isinstance(row, ast.Tuple):
                        yield from row.elts


def broken_alone(path: Path) -> Iterator[str]:
    """The ids that a file's tests expect as the only finding, as ``["MNP301"]``."""
    for expectation in expectations(path):
        if isinstance(expectation, ast.List) and len(expectation.elts) == 1:
            (only,) = expectation.elts
            if isinstance(only, ast.Constant) and RULE_ID.fullmatch(str(only.value)):
                yield str(only.value)


def test_every_rule_is_broken_alone_by_a_test() -> None:
    broken = {rule_id for path in TEST_FILES for rule_id in broken_alone(path)}
    assert broken == {rule.id for rule in all_rules()}


def test_the_search_for_broken_rules_sees_only_expectations(tmp_path: Path) -> None:
    file = tmp_path / "test_example.py"
    file.write_text(
        'table = [pytest.param(1, ["MNP301"], id="x"), pytest.param(2, ["MNP302", "MNP303"])]\n'
        'named = ["MNP304"]\n'
        '@pytest.mark.parametrize("expected", [(1, ["MNP308"])])\n'
        "def test_it():\n"
        '    """["MNP305"]"""\n'
        '    assert ids() == ["MNP306"]\n'
        '    assert ids() != ["MNP307"]\n'
    )
    assert set(broken_alone(file)) == {"MNP301", "MNP306", "MNP308"}
