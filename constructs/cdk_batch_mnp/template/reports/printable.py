"""Make text from untrusted templates harmless for terminals, CI logs and parsers."""

from __future__ import annotations

import re
from typing import Any

from cdk_batch_mnp.lazy.pattern import pattern

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_COMMAND = pattern(r"##(?=\w*\[)")
"""Starts a command of a CI system, anywhere in a line: ``##[error]``, ``##vso[...]``."""

_COMMAND_LINE = pattern(r"^([^\S\n]*)::", re.MULTILINE)
"""Starts a command of GitHub Actions, at the start of a line."""

_HALVES = pattern("[\ud800-\udfff]")


def printable(text: str) -> str:
    """Replace unprintable characters: control characters, escapes, unpaired surrogates."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _REPLACED for each in text)


def harmless(line: str) -> str:
    """Return a line that is printable and not a command to a CI system."""
    return without_commands(printable(line))


def without_commands(text: str) -> str:
    """Replace the commands to CI systems in a text."""
    if "##" in text:
        text = _COMMAND.sub(f"#{_REPLACED}", text)
    return _COMMAND_LINE.sub(rf"\1{_REPLACED}:", text) if "::" in text else text


def json_without_commands(text: str) -> str:
    """Write commands to CI systems as JSON escapes, which keep the value."""
    return _COMMAND.sub(r"\\u0023#", text)


def xml_without_commands(text: str) -> str:
    """Write commands to CI systems as XML character references, which keep the value."""
    return _COMMAND_LINE.sub(r"\1&#58;:", _COMMAND.sub("&#35;#", text))


def well_formed(value: Any) -> Any:
    """Return a JSON value without unpaired surrogates, which many parsers reject."""
    if isinstance(value, str):
        return value if value.isascii() else _HALVES.sub(_REPLACED, value)
    if isinstance(value, dict):
        return {well_formed(key): well_formed(each) for key, each in value.items()}
    return [well_formed(each) for each in value] if isinstance(value, list) else value
