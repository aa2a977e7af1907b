"""Text out of other people's templates, made harmless for terminals, CI logs and parsers."""

from __future__ import annotations

import re
from typing import Any

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_COMMAND = re.compile(r"##(?=\w*\[)")
"""Begins a command of a CI system, anywhere in a line: ``##[error]``, ``##vso[...]``."""

_COMMAND_LINE = re.compile(r"^([^\S\n]*)::", re.MULTILINE)
"""Begins a command of GitHub Actions, at the beginning of a line."""

_HALVES = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    """Replace whatever would not show: control characters, escapes, halves of surrogates."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _REPLACED for each in text)


def harmless(line: str) -> str:
    """Return a line in which everything shows, and which is no command to a CI system."""
    return without_commands(printable(line))


def without_commands(text: str) -> str:
    """Replace what CI systems obey in the lines of a text."""
    if "##" in text:
        text = _COMMAND.sub(f"#{_REPLACED}", text)
    return _COMMAND_LINE.sub(rf"\1{_REPLACED}:", text) if "::" in text else text


def json_without_commands(text: str) -> str:
    """Write what CI systems obey as an escape of JSON: its meaning stays."""
    return _COMMAND.sub(r"\\u0023#", text)


def xml_without_commands(text: str) -> str:
    """Write what CI systems obey as a character reference of XML: its meaning stays."""
    return _COMMAND_LINE.sub(r"\1&#58;:", _COMMAND.sub("&#35;#", text))


def well_formed(value: Any) -> Any:
    """Return a JSON value without halves of surrogates, which many parsers refuse."""
    if isinstance(value, str):
        return value if value.isascii() else _HALVES.sub(_REPLACED, value)
    if isinstance(value, dict):
        return {well_formed(key): well_formed(each) for key, each in value.items()}
    return [well_formed(each) for each in value] if isinstance(value, list) else value
