"""Text for a terminal or a CI log, without anything that either of them obeys."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text on one line, with control and other invisible characters escaped."""
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "backslashreplace").decode()
        for character in text
    )
