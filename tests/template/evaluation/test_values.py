"""Values that are not plain data: references, and texts of which a part is known."""

from __future__ import annotations

from cdk_batch_mnp.template.evaluation.values import PartialText, Reference
from tests.template.evaluation.expressions import value


def test_a_reference_stays_one_wherever_it_is_the_whole_text() -> None:
    for expression in ("!Ref Queue", "!Sub '${Queue}'", "!Join ['', ['', !Ref Queue]]"):
        found = value(expression)
        assert isinstance(found, Reference)
        assert (found.resource.logical_id, found.attribute) == ("Queue", "")
    found = value("!GetAtt Queue.Arn")
    assert isinstance(found, Reference)
    assert found.attribute == "Arn"


def test_references_that_are_joined_can_be_split() -> None:
    for expression in (
        "!Split [',', !Join [',', [!Ref Queue, a]]]",
        "!Split [';', !Sub '${Queue};a']",
    ):
        first, second = value(expression)
        assert isinstance(first, Reference)
        assert second == "a"


def test_a_text_that_is_known_in_part_keeps_what_is_known() -> None:
    found = value("!Sub 'com.amazonaws.${AWS::Region}.s3'")
    assert isinstance(found, PartialText)
    assert found.filled("*") == "com.amazonaws.*.s3"
