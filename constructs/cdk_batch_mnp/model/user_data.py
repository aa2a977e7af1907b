"""User data of launch templates, read as cloud-init reads it.

cloud-init uses the MIME parser of Python's standard library, and so does this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from textwrap import dedent
from typing import TYPE_CHECKING

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.launch_template import UNKNOWN_PART

if TYPE_CHECKING:
    from email.message import Message

MAX_BYTES = 16 * 1024
"""Largest user data in bytes, before Base64. Source: EC2 user guide, user data."""

SHELL_SCRIPT = "text/x-shellscript"
PART_TYPES = frozenset(
    {
        SHELL_SCRIPT,
        f"{SHELL_SCRIPT}-per-boot",
        f"{SHELL_SCRIPT}-per-instance",
        f"{SHELL_SCRIPT}-per-once",
        "text/cloud-boothook",
        "text/cloud-config",
        "text/cloud-config-archive",
        "text/cloud-config-jsonp",
        "text/jinja2",
        "text/part-handler",
        "text/upstart-job",
        "text/x-include-once-url",
        "text/x-include-url",
    }
)
"""The types of text that cloud-init handles. Source: cloud-init, user data formats."""

_BY_START = frozenset({"text/plain", "text/x-not-multipart"})
"""Types of parts whose first line decides."""

_MISTAKEN = frozenset({"application/x-sh", "application/x-shellscript"})
"""Types of scripts elsewhere, which cloud-init does not know."""
_STARTS = (
    "#!",
    "#include",
    "#cloud-",
    "#part-handler",
    "#upstart-job",
    "## template: jinja",
)
_TOKEN = pattern(r"\$\{Token\[[^\]]*\]\}")
_HEADER = pattern(r"\s*(?:content-type|mime-version|content-transfer-encoding)[ \t]*:", re.I)
_EMPTY_LINE = pattern(r"(?m)^\r?\n")
_INTERPRETER = pattern(r"#![ \t]*(?:/|\$\{)")
_SPACE = "\ufeff \t\r\n"
_SHOWN = 40
_VERSION_WITHIN = 4096
"""Where cloud-init looks for MIME-Version, be it in the header of the message or of a part."""


@dataclass(frozen=True, slots=True)
class FormatFault:
    """What is wrong with the format of user data.

    Attributes:
        is_multipart: Whether the text is MIME multi-part in spite of it.
        problem: The problem, to be read after «the user data of ... ».
        actual: The text that shows it.
        expected: What stands there instead.
    """

    is_multipart: bool
    problem: str
    actual: str
    expected: str


# Several rules and environments read the same text. A check has few texts; each is at most 5 MiB.
@lru_cache(maxsize=8)
def format_faults(text: str) -> tuple[FormatFault, ...]:
    """Return what keeps AWS Batch and cloud-init from reading user data or running its parts.

    Args:
        text: The user data, decoded, with ``UNKNOWN_PART`` for unknown parts, any of which may be
            several lines. Only what is certain is returned.
    """
    return tuple(_format_faults(text))


def _format_faults(text: str) -> Iterator[FormatFault]:
    text = _TOKEN.sub(UNKNOWN_PART, text)
    if not text.strip():
        return
    message = _parsed(text)
    if not _is_multipart(message):
        if not _header_is_certain(text):
            return
        stripped = dedent(text).lstrip(_SPACE)
        message = _parsed(stripped)
        if text[0] not in _SPACE or not _is_multipart(message):
            yield FormatFault(
                False,
                "is not in MIME multi-part format",
                _shortened(_first_line(text)),
                "a Content-Type: multipart/mixed header",
            )
            return
        yield FormatFault(
            False,
            "has white space before its MIME header",
            repr(text[: len(text) - len(text.lstrip(_SPACE))][:_SHOWN]),
            "a header that begins with the first character",
        )
        text = stripped
    boundary = message.get_boundary()
    if UNKNOWN_PART in _EMPTY_LINE.split(text, 1)[0]:
        return
    if boundary is None:
        yield FormatFault(
            False,
            "has no boundary in its Content-Type header",
            _shortened(str(message["Content-Type"])),
            'Content-Type: multipart/mixed; boundary="..."',
        )
        return
    if not message.is_multipart():
        if UNKNOWN_PART not in text:
            yield FormatFault(
                False,
                "has no part: the boundary of its header never occurs",
                f'boundary="{boundary}"',
                f"a line --{boundary} before each part",
            )
        return
    start = text[:_VERSION_WITHIN].lower()
    if "mime-version:" not in start and UNKNOWN_PART not in start:
        yield FormatFault(True, "has no MIME-Version header", "absent", "MIME-Version: 1.0")
    yield from _part_faults(message)
    if _lacks_end(message, text, boundary):
        yield FormatFault(
            True,
            "has no closing boundary",
            _shortened(text.rstrip().splitlines()[-1]),
            f"--{boundary}-- on the last line",
        )


def is_multipart(text: str) -> bool:
    """Return whether the header of a text is that of a MIME multi-part message."""
    return _is_multipart(_parsed(text))


def first_boundary(text: str) -> tuple[str, int] | None:
    """Return the boundary of a MIME multi-part message and the index of the first line with it.

    ``None`` if the text is not such a message, or the boundary never occurs.
    """
    boundary = _parsed(text).get_boundary()
    if boundary is None:
        return None
    line = re.search(rf"(?m)^--{re.escape(boundary)}(?:--)?[ \t]*\r?$", text)
    return None if line is None else (boundary, line.start())


def _parsed(text: str) -> Message:
    # Imported only if a template has user data.
    from email import message_from_string

    return message_from_string(text)


def _is_multipart(message: Message) -> bool:
    return message.get_content_maintype() == "multipart"


def _header_is_certain(text: str) -> bool:
    """Return whether no unknown part can be in the header."""
    known, *others = text.split(UNKNOWN_PART, 1)
    if not others or known.lstrip().startswith("#") or _EMPTY_LINE.search(known):
        return True
    whole_lines = known[: known.rfind("\n") + 1]
    return _has(_parsed(whole_lines), "MissingHeaderBodySeparatorDefect")


def _part_faults(message: Message) -> Iterator[FormatFault]:
    parts = [part for part in message.walk() if not _is_multipart(part)]
    texts = [_text(part) for part in parts]
    # A handler of the user data's own takes any type.
    has_handler = any(
        part.get_content_type() == "text/part-handler"
        or (text is not None and text.lstrip().startswith(("#part-handler", "#include")))
        for part, text in zip(parts, texts, strict=True)
    )
    for number, (part, text) in enumerate(zip(parts, texts, strict=True), start=1):
        if text is None or not text.strip() or UNKNOWN_PART in _first_line(text):
            continue
        if any(UNKNOWN_PART in str(value) for value in part.values()):
            continue
        yield from _faults_of_part(part, text, number, has_handler)


def _faults_of_part(
    part: Message, text: str, number: int, has_handler: bool
) -> Iterator[FormatFault]:
    kind = part.get_content_type()
    first = _shortened(_first_line(text))
    if not part.items() and _HEADER.match(text):
        yield FormatFault(
            True,
            f"has an empty line before the header of part {number}, which never runs",
            first,
            "the header on the line after the boundary",
        )
        return
    if _has(part, "MissingHeaderBodySeparatorDefect"):
        yield FormatFault(
            True,
            f"has no empty line after the header of part {number}",
            first,
            "an empty line between the header and the text of a part",
        )
    starts_known = text.lstrip().lower().startswith(_STARTS)
    if kind in _BY_START:
        if not starts_known:
            yield FormatFault(
                True,
                f"has a part that cloud-init ignores: part {number} is {kind}",
                first,
                f"Content-Type: {SHELL_SCRIPT} or text/cloud-config",
            )
    elif _is_ignored(kind) and not has_handler:
        yield FormatFault(
            True,
            f"has a part that cloud-init ignores: part {number} is {kind}",
            kind,
            f"{SHELL_SCRIPT} or text/cloud-config",
        )
    elif kind.startswith(SHELL_SCRIPT):
        if (starts_known and not text.lstrip().startswith("#!")) or _INTERPRETER.match(text):
            return
        after = text[0].isspace() and _INTERPRETER.match(text.lstrip())
        yield FormatFault(
            True,
            f"has a script that cannot start: "
            f"{'white space comes before' if after else 'no interpreter is on'} "
            f"the first line of part {number}",
            first,
            "#!/bin/bash as the first characters",
        )


def _is_ignored(kind: str) -> bool:
    if kind.startswith("text/"):
        return kind not in PART_TYPES
    return kind in _MISTAKEN


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]


def _text(part: Message) -> str | None:
    """Return the text of a part, ``None`` if it is binary."""
    payload = part.get_payload()
    if not isinstance(payload, str):
        return None
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() in ("base64", "x-uuencode"):
        decoded = part.get_payload(decode=True)
        if UNKNOWN_PART in payload or not isinstance(decoded, bytes):
            return None
        try:
            return decoded.decode()
        except UnicodeDecodeError:
            return None
    return payload


def _lacks_end(message: Message, text: str, boundary: str) -> bool:
    last = text.rpartition(f"\n--{boundary}")[2]
    return UNKNOWN_PART not in last and _has(message, "CloseBoundaryNotFoundDefect")


def _has(message: Message, defect: str) -> bool:
    return any(type(found).__name__ == defect for found in message.defects)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
