"""``cdk-batch-mnp check``: check CloudFormation templates against the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click
from click.exceptions import Exit

from cdk_batch_mnp.cli.check_settings import SECTION, CheckSettings, SettingsError, load_settings
from cdk_batch_mnp.cli.chosen_catalogue import chosen_catalogue
from cdk_batch_mnp.cli.streams import UNUSABLE, fail, say, write
from cdk_batch_mnp.engine.rule import AnyRule
from cdk_batch_mnp.rules.discovery import rules_with
from cdk_batch_mnp.template.checking import TemplateReport, check_together
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.parameters import unknown_parameters
from cdk_batch_mnp.template.reports.counting import errors
from cdk_batch_mnp.template.reports.formats import FORMATS, writer
from cdk_batch_mnp.template.source.files import find

FINDINGS = 1
CRASHED = 3


@click.command(short_help="Check CloudFormation templates.")
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option(
    "--format", "-f", metavar="FORMAT", help=f"Output format: {', '.join(FORMATS)}. Default: text."
)
@click.option(
    "--select",
    multiple=True,
    metavar="ID,...",
    help="Run only these rules: IDs or prefixes (MNP106,MNP3). Repeatable.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="ID,...",
    help="Skip these rules: IDs or prefixes. Repeatable.",
)
@click.option("--strict/--no-strict", default=None, help="Exit non-zero on warnings too.")
@click.option(
    "--parameter",
    "-p",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a template parameter (repeatable).",
)
@click.option(
    "--parameter-defaults/--no-parameter-defaults",
    default=None,
    help="Use the defaults of template parameters. Without them, the values are unknown.",
)
@click.option(
    "--instances",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Catalogue of instance types, as written by `instances refresh`. "
    "Default: the built-in catalogue.",
)
@click.option("--explain", metavar="ID", help="Show a rule's documentation and exit.")
def check(
    paths: tuple[str, ...],
    format: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool | None,
    parameters: tuple[str, ...],
    parameter_defaults: bool | None,
    instances: Path | None,
    explain: str | None,
) -> None:
    """Check CloudFormation templates for AWS Batch multi-node parallel jobs.

    PATH is a template, a folder, a cloud assembly (cdk.out), or - for standard input. Needs no AWS
    account, no Node.js and no CDK.

    Exit status: 0 no findings (or only warnings, without --strict), 1 findings, 2 unreadable input
    or invalid options, 3 a bug in this command.

    Example: cdk-batch-mnp check cdk.out
    """
    with _reporting_crashes(paths):
        if explain is not None:
            _explain(explain)
        if not paths:
            fail("specify a template, a folder, a cloud assembly, or - for standard input")
        settings = _settings()
        settings = replace(
            settings,
            format=format or settings.format,
            select=_listed(select) or settings.select,
            ignore=(*settings.ignore, *_listed(ignore)),
            strict=settings.strict if strict is None else strict,
            parameter_defaults=settings.parameter_defaults
            if parameter_defaults is None
            else parameter_defaults,
            instances=instances or settings.instances,
        )
        if settings.format not in FORMATS:
            fail(f"unknown format {settings.format!r}; expected one of {', '.join(FORMATS)}")
        _check(paths, settings, _parameters(parameters))


@contextmanager
def _reporting_crashes(paths: Sequence[str]) -> Iterator[None]:
    """Exit with status 3 if the command fails outside of the check itself."""
    try:
        yield
    except (Exit, BrokenPipeError):
        raise
    except Exception as error:
        say(str(CheckCrashedError(" ".join(paths) or "cdk-batch-mnp check", "the check", error)))
        raise Exit(CRASHED) from error


def _settings() -> CheckSettings:
    try:
        return load_settings(Path.cwd())
    except SettingsError as error:
        fail(str(error))
    except OSError as error:
        fail(f"the current folder cannot be read: {error.strerror}")


def _check(
    paths: Sequence[str], settings: CheckSettings, parameters: Mapping[str, str]
) -> NoReturn:
    options = Options(
        parameters={**settings.parameters, **parameters},
        use_defaults=settings.parameter_defaults,
    )
    rules = _rules(settings)
    catalogue = chosen_catalogue(settings.instances)
    found = find(paths, options, exclude=settings.exclude)
    report = check_together(
        found.groups,
        unusable=found.unusable,
        skipped=found.skipped,
        rules=rules,
        catalogue=catalogue,
    )
    if not report.files and not report.unusable:
        # If nothing was checked, passing would hide a wrong path forever.
        fail(f"no stack with resources was found in {', '.join(paths)}")
    # An unreadable template may be the one that declares the parameter.
    if not report.unusable:
        _reject_unknown_parameters(parameters, settings, report)
    write(writer(settings.format)(report, settings.strict))
    for note in (*report.repeated_keys, *report.unusable):
        say(str(note))
    if report.crashes:
        raise Exit(CRASHED)
    if report.unusable:
        raise Exit(UNUSABLE)
    failed = (
        bool(report.findings or report.repeated_keys) if settings.strict else errors(report) > 0
    )
    raise Exit(FINDINGS if failed else 0)


def _reject_unknown_parameters(
    parameters: Mapping[str, str], settings: CheckSettings, report: TemplateReport
) -> None:
    if unknown := unknown_parameters(parameters, report.parameters):
        fail("; ".join(unknown))
    # Settings are for all templates of a project, and this run may check only one of them.
    for sentence in unknown_parameters(settings.parameters, report.parameters):
        say(f"cdk-batch-mnp: {SECTION}.parameters: {sentence}")


def _rules(settings: CheckSettings) -> tuple[AnyRule, ...]:
    try:
        rules = rules_with(select=settings.select, ignore=settings.ignore)
    except ValueError as error:
        fail(str(error))
    if not rules:
        fail("no rules to run: every selected rule is also ignored")
    return rules


def _listed(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for argument in given for part in argument.split(","))


def _parameters(given: Iterable[str]) -> dict[str, str]:
    found = {}
    for argument in given:
        name, equals, value = argument.partition("=")
        if not equals or not name:
            fail(f"--parameter takes NAME=VALUE, got {argument!r}")
        found[name] = value
    return found


def _explain(rule_id: str) -> NoReturn:
    from cdk_batch_mnp.template.reports.text_report import explain

    try:
        text = explain(rule_id.upper())
    except KeyError:
        fail(f"no rule has the ID {rule_id!r}")
    write(text)
    raise Exit(0)
