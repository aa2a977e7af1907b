"""What users read is in the field's English: pages, messages, help texts and docstrings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.docs.wording import (
    banned_words,
    complaints,
    texts_of_module,
    texts_of_page,
    words_of_source,
)

SOURCES = (
    *("app.py", "constructs", "emulator", "launcher"),
    *("examples", "stacks", "tools", "benchmarks"),
)


def parts() -> Iterator[Path]:
    """Yield every page, and every folder that has modules of its own."""
    pages = ("*.md", "docs/*.md", "emulator/*.md", "launcher/*.md", "examples/**/*.md")
    for pattern in (*pages, "configs/*.toml", "app.py"):
        yield from sorted(ROOT.glob(pattern))
    for source in SOURCES:
        modules = (ROOT / source).rglob("*.py")
        yield from sorted({path.parent for path in modules if "tests" not in path.parts})


PARTS = {str(path.relative_to(ROOT)): path for path in parts()}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_users_read_no_banned_word(part: Path) -> None:
    assert complaints(part) == []


def found(source: str) -> list[tuple[int, str]]:
    """Return the line and the word of each complaint about a module."""
    return [
        (line, complaint.partition(":")[0])
        for text in texts_of_module(source)
        for line, complaint in banned_words(text)
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param('raise E("mend it")', [(1, "«mend»")], id="a message"),
        pytest.param(
            '\nrule("x", why="Nobody told it")', [(2, "«Nobody»"), (2, "«told»")], id="a rule"
        ),
        pytest.param('echo(f"{x} is held against {y}")', [(1, "«held against»")], id="an f-string"),
        pytest.param('f"in {x} sight"', [], id="words on both sides of a placeholder"),
        pytest.param(
            'x = ("no queue is in "\n     "sight")', [(1, "«in sight»")], id="two literals"
        ),
        pytest.param(
            'def f():\n    """One.\n\n    Two for\n    ever."""',
            [(4, "«for ever»")],
            id="a docstring",
        ),
        pytest.param(
            'def f():\n    """Give the types."""',
            [(2, "«Give»")],
            id="a docstring that begins with Give",
        ),
        pytest.param(
            'class A:\n    def b(self):\n        """Mend."""', [(3, "«Mend»")], id="a method"
        ),
        pytest.param(
            'class _A:\n    def b(self):\n        """Mend."""', [], id="a method of a private class"
        ),
        pytest.param('def _f():\n    """Mend."""', [], id="a private docstring"),
        pytest.param(
            'def _f():\n    raise E("mend")', [(2, "«mend»")], id="a message of a private function"
        ),
        pytest.param("told = mend  # nobody", [], id="names and comments"),
        pytest.param('"amendment, recommended, stool"', [], id="parts of other words"),
        pytest.param(
            '"there is no queue, and it is no longer there"', [], id="is no, where it is right"
        ),
        pytest.param('"this is no queue"', [(1, "«is no»")], id="is no, where it is wrong"),
    ],
)
def test_banned_words_are_found_in_what_users_read(
    source: str, expected: list[tuple[int, str]]
) -> None:
    assert found(source) == expected


def test_a_complaint_about_a_page_names_the_line_and_what_to_write() -> None:
    (text,) = texts_of_page("# Page\n\nNo queue in\nsight.\n")
    assert list(banned_words(text)) == [(3, "«in sight»: write in the template, in the app, known")]


# The check of the words, and its examples.
ABOUT_WORDS = {"tests/docs/wording.py", "tests/docs/test_wording.py"}


def test_no_module_has_a_word_that_is_banned_everywhere() -> None:
    folders = [ROOT / source for source in (*SOURCES, "tests")]
    modules = [ROOT / "app.py", *(path for folder in folders for path in folder.rglob("*.py"))]
    hits = [
        f"{name}:{line}: {complaint}"
        for name, path in sorted((str(each.relative_to(ROOT)), each) for each in modules)
        if name not in ABOUT_WORDS
        for line, complaint in words_of_source(path.read_text(encoding="utf-8"))
    ]
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("x = 1\ntold = x", [(2, "«told»")], id="a name"),
        pytest.param("def test_it_tells_all(): ...", [(1, "«tells»")], id="a word of a name"),
        pytest.param("# whom to tell", [(1, "«tell»")], id="a comment"),
        pytest.param("# It is in\n# sight.", [(1, "«in # sight»")], id="a comment of two lines"),
        pytest.param('def _f():\n    """Mend."""', [(2, "«Mend»")], id="a private docstring"),
        pytest.param("are_nobodys_error = 1", [(1, "«nobodys»")], id="a possessive"),
        pytest.param("WHOEVER = 1", [(1, "«WHOEVER»")], id="a constant"),
        pytest.param("# to hold against", [(1, "«hold against»")], id="two words"),
        pytest.param("amended = retelling.insight", [], id="parts of other words"),
    ],
)
def test_banned_words_are_found_everywhere_in_a_module(
    source: str, expected: list[tuple[int, str]]
) -> None:
    found = [(line, complaint.partition(":")[0]) for line, complaint in words_of_source(source)]
    assert found == expected
