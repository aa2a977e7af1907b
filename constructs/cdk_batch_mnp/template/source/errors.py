"""Why a template cannot be checked."""

from __future__ import annotations

from cdk_batch_mnp.lazy.dataclass import dataclass
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


@dataclass(frozen=True, slots=True)
class RepeatedKey:
    """A key that is twice in a mapping. CloudFormation takes the last value, and so does the check.

    Attributes:
        file: Where it is, as the user named it.
        line: The line of the last one, from 1.
        first: The line of the first one.
        key: The key.
    """

    file: str
    line: int
    first: int
    key: str

    @property
    def order(self) -> tuple[str, int, int, str]:
        """What repeated keys are sorted by."""
        return self.file, self.line, self.first, self.key

    @property
    def reason(self) -> str:
        """What is wrong, in one line."""
        return (
            f"repeats the key {shortened(self.key, 80)!r}, first on line {self.first}; "
            "CloudFormation takes the last"
        )

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: warning: {self.reason}"
