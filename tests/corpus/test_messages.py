"""What people read: every rule's findings on the corpus, word for word."""

from __future__ import annotations

from itertools import groupby

import pytest
from syrupy.assertion import SnapshotAssertion

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.template.checking import check_template
from tests.corpus.mutations import mutations

BY_RULE = {
    rule: list(those)
    for rule, those in groupby(
        sorted(mutations(), key=lambda each: each.rule), key=lambda each: each.rule
    )
}


def words(finding: Finding) -> str:
    return "\n".join(
        (
            f"problem:  {finding.message}",
            f"actual:   {finding.actual}",
            f"expected: {finding.expected}",
            f"fix:      {finding.fix}",
        )
    )


@pytest.mark.parametrize("rule", BY_RULE)
def test_findings_read_as_they_should(rule: str, snapshot: SnapshotAssertion) -> None:
    found = [
        words(finding)
        for mutation in BY_RULE[rule]
        for finding in check_template(mutation.template()).findings
    ]
    assert "\n\n".join(dict.fromkeys(found)) == snapshot
