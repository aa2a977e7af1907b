"""Write docs/rules.md, and the table of rules between the markers of README.md.

    python tools/write_rules_page.py [--check]

With --check, nothing is written, and the exit status is 1 if a page is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from types import FunctionType

from cdk_batch_mnp.engine.rule import AnyRule, Candidate, Submission
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.job_request import JobRequest
from cdk_batch_mnp.rules.discovery import all_rules

ROOT = Path(__file__).parent.parent
RULES_PAGE = ROOT / "docs" / "rules.md"
README = ROOT / "README.md"
BEGIN = "<!-- rules: written by tools/write_rules_page.py -->"
END = "<!-- end of rules -->"

SUBJECTS = {
    "1": "Compute environment",
    "2": "Job queue",
    "3": "Job definition and node groups",
    "4": "Network and placement",
    "5": "Capacity",
    "6": "Security",
    "7": "Operations",
}
"""Subjects of the rules, by the first digit of their ID."""

SCOPES = {
    JobDefinition: "every multi-node parallel job definition",
    JobQueue: "every job queue for multi-node parallel jobs",
    ComputeEnvironment: "every compute environment for multi-node parallel jobs",
    Submission: "every job definition against every job queue in the template",
    Candidate: "every job definition against every compute environment of the job queues",
    JobRequest: "every EventBridge rule, schedule and state machine that submits a multi-node job",
}
"""What a check function is called with."""

INTRODUCTION = """\
# Rules

Written by `tools/write_rules_page.py` from the rules themselves: do not edit.

An **error** means that AWS rejects the configuration or that the job can never run. It fails
synthesis. A **warning** means that jobs run poorly, at unnecessary cost, or insecurely. If a rule
reports both, its description states which one applies. A **hint** means that nothing is wrong, but
that something could be simpler or safer: only the reports of `cdk-batch-mnp check` show it, and
nothing fails because of it. Acknowledge a finding by the ID of its rule, with a reason: see
[Acknowledging a finding](constructs.md#acknowledging-a-finding).

Rules do not guess. Values that are known only at deployment (tokens, CloudFormation parameters,
imported resources) are unknown, and a rule that needs them stays silent. Facts that no template
contains are listed in [not-checkable.md](not-checkable.md). The meaning of an ID never changes.
"""


def rules_page(rules: Sequence[AnyRule]) -> str:
    """Return the text of docs/rules.md."""
    parts = [INTRODUCTION]
    for hundred, those in _by_hundred(rules):
        parts.append(f"## {hundred}xx {SUBJECTS[hundred]}\n")
        parts.append("\n".join(_table(those, page="")) + "\n")
        parts.extend(_section(each) for each in those)
    return "\n".join(parts)


def readme_table(rules: Sequence[AnyRule]) -> str:
    """Return the table for README.md, without its markers."""
    return "\n".join(_table(rules, page="docs/rules.md"))


def with_table(readme: str, table: str) -> str:
    """Return a README with the table between its markers.

    Raises:
        ValueError: The markers are missing or out of order.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def severity(rule: AnyRule) -> str:
    """Return the severity of a rule's findings; both if its check reports both."""
    assert isinstance(rule.check, FunctionType)
    named = {name.lower() for name in _names(rule.check, set()) & {"ERROR", "WARNING"}}
    return " or ".join([rule.severity, *sorted(named - {rule.severity})])


def _names(function: FunctionType, seen: set[str]) -> set[str]:
    """Return the global names in a function and in those of its module that it calls."""
    for name in function.__code__.co_names:
        if name not in seen:
            seen.add(name)
            called = function.__globals__.get(name)
            if isinstance(called, FunctionType) and called.__module__ == function.__module__:
                _names(called, seen)
    return seen


def _by_hundred(rules: Iterable[AnyRule]) -> Iterator[tuple[str, list[AnyRule]]]:
    for hundred, those in groupby(rules, key=lambda rule: rule.id.removeprefix("MNP")[0]):
        yield hundred, list(those)


def _table(rules: Iterable[AnyRule], *, page: str) -> Iterator[str]:
    yield "| ID | Rule | Severity |"
    yield "|---|---|---|"
    for rule in rules:
        title = rule.title.replace("|", r"\|")
        yield f"| [{rule.id}]({page}#{rule.id.lower()}) | {title} | {severity(rule)} |"


def _section(rule: AnyRule) -> str:
    checks = " ".join((rule.check.__doc__ or "").replace("``", "`").split())
    if not checks:
        raise ValueError(f"the check function of {rule.id} has no docstring")
    return (
        f"### {rule.id}\n\n"
        f"**{rule.title}**\n\n"
        f"- Why: {rule.why}\n"
        f"- Fix: {rule.fix}\n"
        f"- Scope: {SCOPES[rule.subject]}\n"
        f"- Checks: {checks}\n"
        f"- Source: <{rule.source}>\n"
    )


def main() -> None:
    """Write the pages, or report which of them are stale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if stale")
    check = parser.parse_args().check
    rules = all_rules()
    wanted = {
        RULES_PAGE: rules_page(rules),
        README: with_table(README.read_text(encoding="utf-8"), readme_table(rules)),
    }
    stale = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is stale: run python tools/write_rules_page.py")
        else:
            path.write_text(wanted[path], encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
