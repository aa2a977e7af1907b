"""Text that is safe for terminals and CI logs."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text on one line, with control and other invisible characters escaped."""
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "backslashreplace").decode()
        for character in text
    )
