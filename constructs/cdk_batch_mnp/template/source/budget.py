"""The work that one run of the check may do."""

from __future__ import annotations

from collections.abc import Sequence

from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import (
    MAX_LISTED,
    MAX_NESTING,
    MOST_BYTES,
    STEPS,
    STEPS_PER_FILE,
)


class BudgetSpentError(TemplateError):
    """The work budget of a run is exhausted. The reason names the file and the step."""

    def leaving(self, unchecked: Sequence[str]) -> BudgetSpentError:
        """Return this error with the names of what was not checked."""
        names = ", ".join(unchecked[:MAX_LISTED])
        more = f" and {len(unchecked) - MAX_LISTED} more" if len(unchecked) > MAX_LISTED else ""
        return BudgetSpentError(self.file, f"{self.reason}. Not checked: {names}{more}")


class Budget:
    """The work budget of a run.

    Every template that is read adds to it, so large projects are not limited. What multiplies
    inside templates (aliases, joined lists, nested stacks, pairs) is charged to it.

    Attributes:
        depth: Levels of intrinsic functions that are being resolved.
        file: The template that is being checked.
        doing: The current step, for people.
    """

    __slots__ = ("_added", "_left", "depth", "doing", "file")

    def __init__(self, steps: int = STEPS) -> None:
        self._left = steps
        self._added: set[str] = set()
        self.depth = 0
        self.file = ""
        self.doing = "reading it"

    @property
    def left(self) -> int:
        """Steps that may still be done."""
        return max(0, self._left)

    def begin(self, file: str, doing: str) -> None:
        """Record what the next steps are for."""
        self.file = file
        self.doing = doing

    def add(self, file: str, size: int) -> None:
        """Add the work that a file of this size in bytes needs, once for each file."""
        if file not in self._added:
            self._added.add(file)
            self._left += STEPS_PER_FILE + min(size, MOST_BYTES)

    def spend(self, steps: int) -> None:
        """Charge steps of work to the budget.

        Raises:
            BudgetSpentError: Fewer are left.
        """
        self._left -= steps
        if self._left < 0:
            raise BudgetSpentError(
                self.file,
                f"is too much work to check: stopped while {self.doing}. Repeat less in the "
                "templates, or check fewer of them in one run",
            )

    def enter(self) -> None:
        """Enter a nested function; the caller lowers :attr:`depth` afterwards.

        Raises:
            TemplateError: The functions are nested too deeply.
        """
        if self.depth >= MAX_NESTING:
            raise TemplateError(
                self.file,
                f"nests intrinsic functions and structures more than {MAX_NESTING} levels deep, "
                "including references",
            )
        self.depth += 1
