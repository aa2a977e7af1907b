"""Limits for templates, and the work that one run of the check may do."""

from __future__ import annotations

from collections.abc import Sequence

from cdk_batch_mnp.template.source.errors import TemplateError

MAX_BYTES = 5 * 1024 * 1024
"""Bytes of a template. CloudFormation takes 1 MB; five times that leaves room for indentation."""

MAX_DEPTH = 200
"""Levels of structures in a template. No template needs a tenth of that."""

STEPS = 2_500_000
"""Steps that every run may do; a step takes about a microsecond."""

STEPS_PER_FILE = 50_000
"""Steps that each file adds, whatever its size."""

MOST_BYTES = 1024 * 1024
"""Bytes of a file that add a step each: CloudFormation takes a template of 1 MB."""

VALUE = 5
"""Steps for a resolved value, including the rules' work on it."""

RESOURCE = 10
"""Steps for a resource, each time that its stack is nested."""

DEFINITION = 600
"""Steps for a job definition."""

ENVIRONMENT = 300
"""Steps for a compute environment or a job queue."""

PAIR = 40
"""Steps for a job definition and a compute environment that may run it."""

GROUPS = 20
"""Steps for two node groups of a job definition."""

FINDING = 150
"""Steps for a finding: its position in the text, and its lines in a report."""

MAX_NESTING = 100
"""Levels of nested intrinsic functions, also through parameters, outputs and conditions."""


_NAMED = 5


class BudgetSpentError(TemplateError):
    """The work budget of a run is exhausted. The reason names the file and the step."""

    def leaving(self, unchecked: Sequence[str]) -> BudgetSpentError:
        """Return this error with the names of what was not checked."""
        names = ", ".join(unchecked[:_NAMED])
        more = f" and {len(unchecked) - _NAMED} more" if len(unchecked) > _NAMED else ""
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
