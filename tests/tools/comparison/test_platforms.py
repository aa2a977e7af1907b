"""Lines of code are those of a reader: without comments, docstrings and empty lines."""

from __future__ import annotations

import pytest

from tools.comparison.platforms import OURS, STOCK, lines_of_code
from tools.generated_page import ROOT


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("x = 1\n", 1, id="a statement"),
        pytest.param("x = f(\n    1,\n)\n", 3, id="a statement of three lines"),
        pytest.param("# comment\n\nx = 1  # why\n", 1, id="comments and empty lines"),
        pytest.param('"""One.\n\nTwo."""\nx = 1\n', 1, id="a docstring"),
        pytest.param('x = """a\nb"""\n', 2, id="a string of two lines"),
    ],
)
def test_lines_of_code_are_counted(source: str, expected: int) -> None:
    assert lines_of_code(source) == expected


def test_every_module_of_both_is_counted() -> None:
    stock = {path.name for path in (ROOT / "benchmarks" / "stock").glob("*.py")}
    ours = {path.name for path in (ROOT / "stacks").glob("*.py")}
    # definitions.py measures growth, and the reader of the settings serves both.
    assert set(STOCK) == stock - {"definitions.py", "__init__.py"}
    assert set(OURS) == ours - {"settings.py", "__init__.py"}
