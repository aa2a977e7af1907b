"""Patterns with wildcards, and texts of which parts are unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.partial_text import Piece, Text, Token, matches, shown, text
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

REGION = Token("AWS::Region", is_segment=True)
NAME = Token("Name")
SECRET, OTHER = Token("Secret", is_unique=True), Token("Other", is_unique=True)
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        pytest.param(("*",), ("anything",), True, id="a wildcard"),
        pytest.param(("*",), (UNKNOWN,), True, id="a wildcard and an unknown text"),
        pytest.param(("s3:Get*",), ("s3:GetObject",), True, id="a beginning"),
        pytest.param(("s3:Get*",), ("s3:PutObject",), False, id="another beginning"),
        pytest.param(("db-??????",), ("db-AbCdEf",), True, id="one character each"),
        pytest.param(("db-??????",), ("db-Ab",), False, id="too few characters"),
        pytest.param((f"{ARN}db-*",), (f"{ARN}db", UNKNOWN), UNKNOWN, id="an unknown end"),
        pytest.param((f"{ARN}db-*",), (f"{ARN}key", UNKNOWN), False, id="another name"),
        pytest.param(("arn:", REGION), ("arn:", REGION), True, id="the same token"),
        pytest.param(("arn:", REGION), ("arn:eu-west-1",), UNKNOWN, id="a token that may be it"),
        pytest.param((ARN, SECRET), (ARN, OTHER), False, id="another resource"),
        pytest.param((ARN, SECRET, "*"), (ARN, SECRET), True, id="the resource and its versions"),
        pytest.param(("arn:", REGION, ":x"), ("arn:a:b:x",), False, id="a token of one segment"),
        pytest.param((UNKNOWN,), ("anything",), UNKNOWN, id="an unknown pattern"),
        pytest.param(("a*b", UNKNOWN), ("ac",), False, id="an unknown end of a wrong pattern"),
        pytest.param((), (), True, id="nothing"),
    ],
)
def test_a_pattern_matches_as_far_as_the_text_is_known(
    pattern: Text, value: Text, expected: Maybe[bool]
) -> None:
    assert matches(pattern, value) is expected


def test_text_joins_adjacent_literals() -> None:
    assert text("arn:", "aws", "", REGION, UNKNOWN, ":x") == ("arn:aws", REGION, UNKNOWN, ":x")


def test_unknown_pieces_are_shown_as_dots() -> None:
    account = Token("AWS::AccountId of Stack")
    assert shown(("arn:", account, ":role/", UNKNOWN)) == "arn:${AWS::AccountId}:role/..."


def test_of_texts_longer_than_an_arn_nothing_is_known() -> None:
    assert matches(("a*" * 1000,), ("a" * 2048,)) is True
    assert matches(("a*" * 1000 + "b",), ("a" * 2048,)) is False
    assert matches(("*",), ("a" * 2049,)) is UNKNOWN


FILLINGS = ("", "a", "b", "a:")


def fillings(*texts: Text) -> Iterator[tuple[str, ...]]:
    """Every way to fill the unknown pieces of some texts with short texts."""
    tokens = sorted(
        {part for one in texts for part in one if isinstance(part, Token)}, key=lambda t: t.name
    )
    unknown = sum(part is UNKNOWN for one in texts for part in one)
    for values in product(FILLINGS, repeat=len(tokens)):
        unique = [value for token, value in zip(tokens, values, strict=True) if token.is_unique]
        named = dict(zip(tokens, values, strict=True))
        if len(unique) != len(set(unique)) or any(
            token.is_segment and ":" in value for token, value in named.items()
        ):
            continue
        for others in product(FILLINGS, repeat=unknown):
            rest = iter(others)

            def filled(piece: Piece, named: dict[Token, str], rest: Iterator[str]) -> str:
                if isinstance(piece, str):
                    return piece
                return named[piece] if isinstance(piece, Token) else next(rest)

            yield tuple("".join(filled(part, named, rest) for part in one) for one in texts)


def does_match(pattern: str, value: str) -> bool:
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(each, each) for each in pattern), value) is not None


unknown_pieces = st.sampled_from([SECRET, OTHER, REGION, NAME, UNKNOWN])
patterns = st.lists(st.text("ab:*?", min_size=1, max_size=3) | unknown_pieces, max_size=3)
values = st.lists(st.text("ab:", min_size=1, max_size=3) | unknown_pieces, max_size=3)


@given(pattern=patterns, value=values)
def test_a_certain_answer_holds_however_the_unknown_pieces_are_filled(
    pattern: list[Piece], value: list[Piece]
) -> None:
    wanted, known = text(*pattern), text(*value)
    answer = matches(wanted, known)
    for one, other in fillings(wanted, known):
        assert answer in (UNKNOWN, does_match(one, other))
    if all(isinstance(each, str) for each in (*wanted, *known)):
        assert answer is not UNKNOWN
