"""Why a template cannot be checked."""

from __future__ import annotations

from cdk_batch_mnp.template.source.limits import MAX_REASON


def shortened(text: str, most: int = MAX_REASON) -> str:
    """Return a text, truncated to a readable length."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text) - most} more characters)"


class TemplateError(Exception):
    """A template that cannot be read.

    Attributes:
        file: Where it is, as the user named it.
        line: From 1; ``None`` for the whole file.
        reason: In one line.
    """

    def __init__(self, file: str, reason: str, line: int | None = None) -> None:
        self.file = file
        self.line = line
        self.reason = shortened(" ".join(reason.split()))
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {self.reason}")
