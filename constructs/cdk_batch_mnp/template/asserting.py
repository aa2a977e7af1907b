"""Asserting in a test that a template holds against the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import ndiff
from pathlib import Path
from typing import Any, Protocol

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.rules.discovery import all_rules, rules_with
from cdk_batch_mnp.template.checking import check_template
from cdk_batch_mnp.template.source.document import read_file


class JsonTemplate(Protocol):
    """What gives a template as a mapping, such as ``aws_cdk.assertions.Template``."""

    def to_json(self) -> Mapping[str, Any]:
        """Give the template."""


def assert_mnp_valid(
    template: Mapping[str, Any] | JsonTemplate | Path | str,
    *,
    expected: Iterable[str] = (),
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    warnings: bool = True,
    parameters: Mapping[str, str] | None = None,
    instances: Path | str | None = None,
) -> None:
    """Assert that a template breaks no rule for multi-node parallel jobs, in any test runner.

    What the template's own metadata accepts is not told.

    Args:
        template: The template as a mapping, an ``aws_cdk.assertions.Template``, or the path of a
            file in JSON or YAML.
        expected: Ids of the rules that it is known to break: then exactly these must be found. A
            template that is mended so fails the test, and the list gets shorter.
        select: Look only at these rules, or at all whose id begins so (``MNP3``).
        ignore: Leave out these rules, or all whose id begins so.
        warnings: Whether warnings count, too.
        parameters: Values of the template's parameters, in place of their defaults.
        instances: A catalogue of instance types, as ``instances refresh`` writes it; the one that
            ``CDK_BATCH_MNP_INSTANCES`` names, else the package's, if left out.

    Raises:
        AssertionError: Other rules are broken than are expected. The message lists the difference,
            and behind it all that is wrong and how to mend it.
        ValueError: No rule has an id that is given, none is left to look at, or the template has no
            parameter of a name that is given.
        CatalogueError: The catalogue cannot be used.
        TemplateError: The template cannot be read, or the check itself failed
            (``CheckCrashedError``).
    """
    __tracebackhide__ = True
    wanted = sorted(set(expected))
    unknown = set(wanted) - {each.id for each in all_rules()}
    if unknown:
        raise ValueError(f"no rule has the id {', '.join(sorted(unknown))}")
    rules = rules_with(select=select, ignore=ignore)
    if not rules:
        raise ValueError("no rule is left to look at: what is selected is also ignored")
    report = check_template(
        _mapping(template),
        parameters=parameters,
        rules=rules,
        catalogue=Catalogue.load(instances) if instances is not None else None,
    )
    found = [each for each in report.findings if warnings or each.severity is Severity.ERROR]
    seen = sorted({each.rule.id for each in found})
    if seen != wanted:
        raise AssertionError(_message(wanted, seen, found))


def _mapping(template: Mapping[str, Any] | JsonTemplate | Path | str) -> Mapping[str, Any]:
    if isinstance(template, (str, Path)):
        return read_file(Path(template)).data
    if isinstance(template, Mapping):
        return template
    return template.to_json()


def _message(wanted: list[str], seen: list[str], found: Iterable[Finding]) -> str:
    lines = ["the template breaks other rules than are expected"]
    if wanted:
        lines += ["(- expected, + found)", *ndiff(wanted, seen)]
    unexpected = [str(each) for each in found if each.rule.id not in wanted]
    return "\n\n".join(["\n".join(lines), *unexpected])
