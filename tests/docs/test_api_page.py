"""The API page has every public name, and options with the words of their docstrings."""

from __future__ import annotations

import re

import cdk_batch_mnp
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_public_name_is_on_the_page_once() -> None:
    shown = re.findall(r"^::: cdk_batch_mnp\.(\w+)$", PAGE, flags=re.MULTILINE)
    assert sorted(shown) == sorted(cdk_batch_mnp.__all__)
