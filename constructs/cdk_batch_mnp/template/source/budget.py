"""How much work one run of the check may do, over all its templates."""

from __future__ import annotations

from collections.abc import Sequence

from cdk_batch_mnp.template.source.document import TemplateError

STEPS = 2_500_000
"""Work that is allowed in any case; a step takes about a microsecond."""

STEPS_PER_FILE = 50_000
"""What each file adds, whatever its size."""

MOST_BYTES = 1024 * 1024
"""Bytes of a file that add a step each: CloudFormation takes a template of 1 MB."""

VALUE = 5
"""Steps for a value that intrinsic functions give, and for all that the rules look at in it."""

RESOURCE = 10
"""Steps for a resource of a stack, each time that the stack is nested."""

DEFINITION = 600
"""Steps for a job definition that the rules look at."""

ENVIRONMENT = 300
"""Steps for a compute environment or a queue that the rules look at."""

PAIR = 40
"""Steps for a job definition and a compute environment that it may be submitted to."""

GROUPS = 20
"""Steps for two node groups of a job definition, which may overlap."""

FINDING = 150
"""Steps for a finding: its place in the text, and its lines in a report."""

MAX_NESTING = 100
"""Intrinsic functions in each other, through parameters, outputs and conditions too."""


_NAMED = 5


class BudgetSpentError(TemplateError):
    """A run has done all the work that it may do. It says where, and in the middle of what."""

    def leaving(self, unchecked: Sequence[str]) -> BudgetSpentError:
        """Return this error with what was left unchecked besides."""
        names = ", ".join(unchecked[:_NAMED])
        more = f" and {len(unchecked) - _NAMED} more" if len(unchecked) > _NAMED else ""
        return BudgetSpentError(self.file, f"{self.reason}. Not checked: {names}{more}")


class Budget:
    """What is left of the work that a run may do.

    Every template that is read adds to it, so that many large templates are checked like one. What
    multiplies inside of templates (aliases, lists that are joined, stacks that are nested, pairs)
    is taken from it.

    Attributes:
        depth: Intrinsic functions that are being followed inside of each other.
        file: What is being checked.
        doing: In the middle of what.
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
        """Say what the next steps are for."""
        self.file = file
        self.doing = doing

    def add(self, file: str, size: int) -> None:
        """Allow the work that a file of so many bytes needs, once for each file."""
        if file not in self._added:
            self._added.add(file)
            self._left += STEPS_PER_FILE + min(size, MOST_BYTES)

    def spend(self, steps: int) -> None:
        """Take steps of work from what is left.

        Raises:
            BudgetSpentError: There are not so many left.
        """
        self._left -= steps
        if self._left < 0:
            raise BudgetSpentError(
                self.file,
                f"is too much work to check: stopped while {self.doing}. Templates that repeat "
                "less, or fewer in one run, can be checked",
            )

    def enter(self) -> None:
        """Go one function deeper; :attr:`depth` is to be lowered again afterwards.

        Raises:
            TemplateError: That is deeper than any template needs.
        """
        if self.depth >= MAX_NESTING:
            raise TemplateError(
                self.file,
                f"has intrinsic functions and structures nested more than {MAX_NESTING} levels "
                "deep, through references too",
            )
        self.depth += 1
