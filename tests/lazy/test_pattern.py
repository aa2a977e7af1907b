"""Patterns behave as those of the standard library."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import walk_packages

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cdk_batch_mnp
from cdk_batch_mnp.lazy.pattern import pattern

WORD = r"(?P<first>[a-c]+)-?"


@given(st.text("abcd-", max_size=8))
def test_results_are_those_of_the_standard_library(text: str) -> None:
    lazy, standard = pattern(WORD), re.compile(WORD)
    for method in ("match", "fullmatch", "search"):
        ours, theirs = getattr(lazy, method)(text), getattr(standard, method)(text)
        assert (ours and ours.group("first")) == (theirs and theirs.group("first"))
    assert lazy.sub("x", text) == standard.sub("x", text)
    assert lazy.split(text) == standard.split(text)
    assert lazy.findall(text) == standard.findall(text)
    assert [each.span() for each in lazy.finditer(text)] == [
        each.span() for each in standard.finditer(text)
    ]


def test_flags_and_other_attributes_are_those_of_the_standard_library() -> None:
    lazy = pattern(WORD, re.IGNORECASE)
    assert lazy.match("ABC")
    assert (lazy.pattern, lazy.groups, dict(lazy.groupindex)) == (WORD, 1, {"first": 1})


def test_nothing_is_compiled_before_it_is_used() -> None:
    invalid = pattern("(")
    with pytest.raises(re.error):
        invalid.match("")


def test_all_patterns_of_the_package_are_valid() -> None:
    kind = type(pattern(""))
    found = 0
    for module in walk_packages(cdk_batch_mnp.__path__, "cdk_batch_mnp."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(import_module(module.name)).values():
            if isinstance(value, kind):
                assert value.groups >= 0
                found += 1
    assert found > 50
