"""Assert in a test that a template passes the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import ndiff
from pathlib import Path
from typing import Any, Protocol
from warnings import warn

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.rules.discovery import all_rules, rules_with
from cdk_batch_mnp.template.checking import check_template
from cdk_batch_mnp.template.source.document import read_file


class JsonTemplate(Protocol):
    """An object with a template as a mapping, such as ``aws_cdk.assertions.Template``."""

    def to_json(self) -> Mapping[str, Any]:
        """Return the template."""


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

    Findings that the template's own Metadata acknowledges do not count.

    Args:
        template: The template as a mapping, an ``aws_cdk.assertions.Template``, or the path of a
            file in JSON or YAML.
        expected: IDs of the rules that it is known to break: exactly these must be found. Fixing
            one fails the test, so that the list shrinks. Default: none.
        select: Run only these rules: IDs or prefixes (``MNP3``). Default: all rules.
        ignore: Skip these rules: IDs or prefixes. Default: none.
        warnings: Whether warnings count too. Default: ``True``.
        parameters: Values of the template's parameters. Default: the parameters' own defaults.
        instances: File of a catalogue of instance types, as ``instances refresh`` writes it.
            Default: the built-in catalogue.

    Raises:
        AssertionError: The template breaks other rules than expected. The message lists the
            difference, then each unexpected finding and its fix.
        ValueError: A rule ID is unknown, no rule is left to run, or the template does not have one
            of the parameters.
        CatalogueError: The catalogue cannot be used.
        TemplateError: The template cannot be read, or the check itself failed
            (``CheckCrashedError``).
    """
    __tracebackhide__ = True
    wanted = sorted(set(expected))
    unknown = set(wanted) - {rule.id for rule in all_rules()}
    if unknown:
        raise ValueError(f"no rule has the ID {', '.join(sorted(unknown))}")
    rules = rules_with(select=select, ignore=ignore)
    if not rules:
        raise ValueError("no rules to run: every selected rule is also ignored")
    report = check_template(
        _mapping(template),
        parameters=parameters,
        rules=rules,
        catalogue=Catalogue.load(instances) if instances is not None else None,
    )
    found = [
        finding for finding in report.findings if warnings or finding.severity is Severity.ERROR
    ]
    actual = sorted({each.rule.id for each in found})
    if actual != wanted:
        raise AssertionError(_message(wanted, actual, found))


def _mapping(template: Mapping[str, Any] | JsonTemplate | Path | str) -> Mapping[str, Any]:
    if isinstance(template, (str, Path)):
        document = read_file(Path(template))
        for each in document.repeated:
            warn(str(each), stacklevel=3)
        return document.data
    if isinstance(template, Mapping):
        return template
    return template.to_json()


def _message(wanted: list[str], actual: list[str], found: Iterable[Finding]) -> str:
    lines = ["the template breaks other rules than expected"]
    if wanted:
        lines += ["(- expected, + actual)", *ndiff(wanted, actual)]
    unexpected = [str(each) for each in found if each.rule.id not in wanted]
    return "\n\n".join(["\n".join(lines), *unexpected])
