"""The comparison with the stock L2s is what both do today."""

from __future__ import annotations

from tools.write_comparison_page import PAGE, page


def test_the_committed_page_is_what_the_generator_writes() -> None:
    written, wanted = PAGE.read_text(encoding="utf-8"), page()
    assert written == wanted, "run python -m tools.write_comparison_page"
