"""Words that must not come back into what users read, and the text that users read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.docs.pages import ROOT

# Each pattern with the words to write instead. Spaces match any white space, line ends included.
BANNED = {
    r"mend(s|ed|ing)?": "fix",
    r"told|tellers?|tell(s|ing)? of": "report, show, pass",
    r"(hold|holds|held|holding)( [\w`]+){0,5} against": "check against",
    r"in sight": "in the template, in the app, known",
    r"whoever|whosoever": "anyone who, the one who",
    r"nobody|somebody|anybody": "no one, nothing, someone, anyone",
    r"for ever": "forever",
    r"of one'?s own": "your own ...",
    r"so are all others": "the behavior of the default",
    r"(bring|brings|brought|bringing) along": "add, include",
    r"so that none": "what happens instead",
    r"stands? in(?! for)": "is in",
    r"(?<!there\s)is no(?! longer| more| less)": "is not a",
    r"refuses?|refusing": "reject, raise an error",
    r"admits?( only)?": "allow traffic from",
    r"in vain": "too long, without effect",
    r"so many": "the number",
    r"lets? (\w+ )?out": "allow outbound traffic",
    r"in the place of": "in place of, instead of",
}
# The words that are banned in names, comments, docstrings and texts of all modules, tests included.
BANNED_EVERYWHERE = {
    r"tells?|told": "report, show, know",
    r"mend(s|ed|ing)?": "fix",
    r"nobod(y|ys|y's)": "no one, missing",
    r"whoever": "anyone who, the one who",
    r"in sight": "in the template, in the app, known",
    r"(hold|holds|held|holding) against": "check against",
}
# What each of them has in it. Hardly any module has one, and to look for it is much faster.
_PARTS = ("tell", "told", "mend", "nobod", "whoever", "sight", "against")
# Docstrings are imperative: Return, not Give.
BANNED_BEGINNINGS = {r"(Give|Tell)s?": "Return, Say"}


@dataclass(frozen=True)
class Text:
    """A text that users read.

    Attributes:
        line: Its first line in the file.
        value: Its words.
        kind: A string literal may have line ends that its source does not have.
    """

    line: int
    value: str
    kind: Literal["page", "docstring", "literal"]


def _compiled(pattern: str) -> re.Pattern[str]:
    spaced = pattern.replace(" ", r"\s+")
    return re.compile(rf"(?<![\w-])(?:{spaced})(?![\w-])", re.IGNORECASE)


_PATTERNS = [(_compiled(pattern), instead) for pattern, instead in BANNED.items()]
# Hardly any text has one of the words: to look for all at once is faster than for each.
_ANY = _compiled("|".join(f"(?:{pattern})" for pattern in BANNED))
_BEGINNINGS = [
    (re.compile(rf"\s*(?:{pattern})\b"), instead) for pattern, instead in BANNED_BEGINNINGS.items()
]


def banned_words(text: Text) -> Iterator[tuple[int, str]]:
    """Yield the line and the complaint for each banned word of a text."""
    found = [
        (match, instead)
        for pattern, instead in (_PATTERNS if _ANY.search(text.value) else ())
        for match in pattern.finditer(text.value)
    ]
    if text.kind == "docstring":
        found += [
            (match, instead)
            for pattern, instead in _BEGINNINGS
            if (match := pattern.match(text.value))
        ]
    for match, instead in sorted(found, key=lambda pair: pair[0].start()):
        lines_before = text.value.count("\n", 0, match.start()) if text.kind != "literal" else 0
        words = " ".join(match.group().split())
        yield text.line + lines_before, f"«{words}»: write {instead}"


def texts_of_page(source: str) -> Iterator[Text]:
    """Yield the text of a Markdown or TOML file: all of it, comments in its code included."""
    yield Text(1, source, "page")


def texts_of_module(source: str) -> Iterator[Text]:
    """Yield the string literals of a Python module, and the docstrings of its public names.

    Every literal counts, since most of them reach a user as a message, a help text, a name of a
    finding or a line of a script. The text between the placeholders of an f-string is one text.
    """
    tree = ast.parse(source)
    skipped = set()
    for constant, is_public in _docstrings(tree):
        skipped.add(id(constant))
        if is_public:
            yield Text(constant.lineno, str(constant.value), "docstring")
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            yield Text(node.lineno, "".join(_parts(node)), "literal")
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
        ):
            yield Text(node.lineno, node.value, "literal")


def _parts(joined: ast.JoinedStr) -> Iterator[str]:
    for part in joined.values:
        yield str(part.value) if isinstance(part, ast.Constant) else "{}"


def _docstrings(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
    is_public: bool = True,
) -> Iterator[tuple[ast.Constant, bool]]:
    if not isinstance(node, ast.Module):
        is_public = is_public and not node.name.startswith("_")
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()) as constant)]:
            yield constant, is_public
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstrings(child, is_public)


def read(path: Path) -> Iterator[Text]:
    """Yield the texts of a file that users read."""
    source = path.read_text(encoding="utf-8")
    yield from texts_of_module(source) if path.suffix == ".py" else texts_of_page(source)


def complaints(part: Path) -> list[str]:
    """Return one line for each banned word in a file, or in the modules of a folder."""
    return [
        f"{path.relative_to(ROOT)}:{line}: {complaint}"
        for path in ([part] if part.is_file() else sorted(part.glob("*.py")))
        for text in read(path)
        for line, complaint in banned_words(text)
    ]


def _everywhere(pattern: str) -> re.Pattern[str]:
    # A name such as test_it_tells_all consists of words. A comment may go on in the next line.
    spaced = pattern.replace(" ", r"(?:[\s#]+|_)")
    return re.compile(rf"(?<![^\W_])(?:{spaced})(?![^\W_])", re.IGNORECASE)


_EVERYWHERE = [(_everywhere(pattern), instead) for pattern, instead in BANNED_EVERYWHERE.items()]


def words_of_source(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the complaint for each word that no module may have, names included."""
    folded = source.casefold()
    if not any(part in folded for part in _PARTS):
        return
    for pattern, instead in _EVERYWHERE:
        for match in pattern.finditer(source):
            line = source.count("\n", 0, match.start()) + 1
            yield line, f"«{' '.join(match.group().split())}»: write {instead}"
