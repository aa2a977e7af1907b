"""Report a crash of the check itself.

Silence is never success. Any exception while reading a template or running a rule becomes an entry
in the report, like a template that cannot be read. Every way to run the check (the command, the
plugin, the assertion) fails on it, and everything else is still checked.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_CRASH_MESSAGE

ISSUES = "https://github.com/cdk-batch-mnp/cdk-batch-mnp/issues"
"""Address for bug reports."""

_PACKAGE = Path(__file__).parents[1]


class CheckCrashedError(TemplateError):
    """A bug in this package that prevented a template, or a part of it, from being checked.

    Args:
        file: The template that was being checked, as the user named it.
        doing: The step that failed, such as ``rule MNP106 at Platform/Job``.
        error: The exception.
    """

    def __init__(self, file: str, doing: str, error: BaseException) -> None:
        message = " ".join(str(error).split())
        if len(message) > MAX_CRASH_MESSAGE:
            message = f"{message[:MAX_CRASH_MESSAGE]}..."
        super().__init__(
            file,
            f"{doing} crashed: {type(error).__name__}: {message}{_origin(error)}. This is a bug in "
            f"cdk-batch-mnp {package_version()}; please report this line at {ISSUES}",
        )
        self.__cause__ = error


def _origin(error: BaseException) -> str:
    """Return the innermost line of this package in the traceback."""
    from traceback import extract_tb  # imported only when needed, as below

    for frame in reversed(extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(_PACKAGE):
            place = Path(frame.filename).relative_to(_PACKAGE).as_posix()
            return f" ({place}:{frame.lineno})"
    return ""


@cache
def package_version() -> str:
    """Return the version of this package; ``0.0.0`` if it is not installed."""
    # Imported only when needed: it takes as long as checking a small template.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("cdk-batch-mnp")
    except PackageNotFoundError:
        return "0.0.0"
