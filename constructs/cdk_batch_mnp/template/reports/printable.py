"""Text out of other people's templates, made harmless for a terminal or an XML parser."""

from __future__ import annotations


def printable(text: str) -> str:
    """Replace whatever would not show: control characters, escapes, halves of surrogates."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
