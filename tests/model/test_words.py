"""Words as AWS spells them, and texts that may be the ID of an image."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.api_struct import ApiStruct, PiecewiseText
from cdk_batch_mnp.model.partial_text import Text, text
from cdk_batch_mnp.model.schema.enumerations import STRATEGIES
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.model.words import is_image, is_no_image, nearest


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("ami-0123456789abcdef0", True),
        ("", True),
        (None, True),
        (UNKNOWN, True),
        ("/aws/service/ecs/image_id", False),
        ("arn:aws:ssm:eu-west-1:111122223333:parameter/image", False),
        ("i-0123456789abcdef0", False),
    ],
)
def test_what_may_be_the_id_of_an_ami(image: str | None, expected: bool) -> None:
    assert is_image(image) is expected


@given(st.text(max_size=80))
def test_any_word_can_be_compared(word: str) -> None:
    assert nearest(word, STRATEGIES) in (None, *STRATEGIES)


@dataclass(frozen=True)
class Partly(PiecewiseText):
    start: str

    @property
    def pieces(self) -> Text:
        return text(self.start, UNKNOWN)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("amzn-", "amzn-..."),
        ("/aws/service/", "/aws/service/..."),
        ("ami-", UNKNOWN),
        ("ami-0123", UNKNOWN),
        ("a", UNKNOWN),
        ("", UNKNOWN),
        ("resolve:ssm:/", UNKNOWN),
        ("{{resolve:ssm:/", UNKNOWN),
    ],
)
def test_the_start_of_an_image_id(start: str, expected: str) -> None:
    written = ApiStruct({"imageId": Partly(start), "whole": start, "unknown": UNKNOWN})
    assert written.text_if("imageId", is_no_image) == expected
    assert written.text_if("whole", is_no_image) == start
    assert written.text_if("unknown", is_no_image) is UNKNOWN
