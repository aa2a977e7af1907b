"""``cdk-batch-mnp check``: hold anyone's templates against the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cdk_batch_mnp.cli.chosen_catalogue import chosen_catalogue
from cdk_batch_mnp.cli.streams import UNUSABLE, say, write

if TYPE_CHECKING:
    from cdk_batch_mnp.cli.check_settings import CheckSettings
    from cdk_batch_mnp.engine.rule import AnyRule
    from cdk_batch_mnp.instances import Catalogue

FINDINGS = 1
CRASHED = 3


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...",
            help="Templates, folders, cloud assemblies (cdk.out), or - for standard input.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option("--format", "-f", help="text, json, sarif, github or junit."),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(help="Look only at this rule, or at all that begin so (MNP3).", metavar="ID"),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(help="Leave out this rule, or all that begin so.", metavar="ID"),
    ] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict/--no-strict", help="Let warnings fail, too.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", help="A parameter's value.", metavar="NAME=VALUE"),
    ] = None,
    parameter_defaults: Annotated[
        bool | None,
        typer.Option(
            "--parameter-defaults/--no-parameter-defaults",
            help="Whether a parameter's default stands for its value.",
        ),
    ] = None,
    instances: Annotated[
        Path | None,
        typer.Option(
            help="A catalogue of instance types, as `instances refresh` writes it; the one that "
            "CDK_BATCH_MNP_INSTANCES names if left out.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(help="Tell all about a rule, and check nothing.", metavar="ID"),
    ] = None,
) -> None:
    """Check CloudFormation templates for AWS Batch multi-node parallel jobs.

    Needs no AWS account, no Node and no CDK. Exit status: 0 nothing wrong (or only warnings,
    without --strict), 1 findings, 2 something that cannot be read, 3 a bug of this command.

    cdk-batch-mnp check cdk.out
    """
    with _noting_crashes(paths or ()):
        # Loaded here: other verbs need none of it.
        from cdk_batch_mnp.cli.check_settings import SettingsError, load_settings

        if explain is not None:
            _explain(explain)
        if not paths:
            _fail("name a template, a folder, a cloud assembly, or - for standard input")
        try:
            settings = load_settings(_here())
        except SettingsError as error:
            _fail(str(error))
        _check(
            paths,
            settings,
            format=format or settings.format,
            rules=_chosen(
                tuple(select) if select else settings.select,
                (*settings.ignore, *(ignore or ())),
            ),
            strict=settings.strict if strict is None else strict,
            parameters=_parameters(parameter or ()),
            parameter_defaults=settings.parameter_defaults
            if parameter_defaults is None
            else parameter_defaults,
            catalogue=chosen_catalogue(instances or settings.instances),
        )


@contextmanager
def _noting_crashes(paths: Sequence[str]) -> Iterator[None]:
    """Exit with a status of its own where the command fails outside of the check proper."""
    try:
        yield
    except (typer.Exit, BrokenPipeError):
        raise
    except Exception as error:
        from cdk_batch_mnp.template.crashed import CheckCrashedError

        say(str(CheckCrashedError(" ".join(paths) or "cdk-batch-mnp check", "the check", error)))
        raise typer.Exit(CRASHED) from error


def _check(
    paths: Sequence[str],
    settings: CheckSettings,
    *,
    format: str,
    rules: Sequence[AnyRule],
    strict: bool,
    parameters: dict[str, str],
    parameter_defaults: bool,
    catalogue: Catalogue,
) -> NoReturn:
    from cdk_batch_mnp.cli.check_settings import SECTION
    from cdk_batch_mnp.template.checking import check_together
    from cdk_batch_mnp.template.evaluation.parameters import unknown_parameters
    from cdk_batch_mnp.template.evaluation.stack import Options
    from cdk_batch_mnp.template.reports import FORMATS, writer
    from cdk_batch_mnp.template.reports.counting import errors
    from cdk_batch_mnp.template.source.files import find

    if format not in FORMATS:
        _fail(f"there is no format {format!r}; there are {', '.join(FORMATS)}")
    options = Options(
        parameters={**settings.parameters, **parameters}, use_defaults=parameter_defaults
    )
    found = find(paths, options, exclude=settings.exclude)
    report = check_together(found.groups, unusable=found.unusable, rules=rules, catalogue=catalogue)
    if not report.files and not report.unusable:
        # To pass because nothing was looked at would keep a wrong path green for ever.
        _fail(f"no stack with resources was found in {', '.join(paths)}")
    # A template that cannot be read may be the one that has the parameter.
    if not report.unusable:
        if told := unknown_parameters(parameters, report.parameters):
            _fail("; ".join(told))
        # Settings are for all templates of a project, and here may be one of them alone.
        for each in unknown_parameters(settings.parameters, report.parameters):
            say(f"cdk-batch-mnp: {SECTION}.parameters: {each}")
    write(writer(format)(report, strict))
    for error in report.unusable:
        say(str(error))
    if report.crashes:
        raise typer.Exit(CRASHED)
    if report.unusable:
        raise typer.Exit(UNUSABLE)
    failed = report.findings if strict else errors(report)
    raise typer.Exit(FINDINGS if failed else 0)


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        _fail(f"the current folder cannot be read: {error.strerror}")


def _chosen(select: Sequence[str], ignore: Sequence[str]) -> tuple[AnyRule, ...]:
    from cdk_batch_mnp.rules.discovery import rules_with

    try:
        chosen = rules_with(select=select, ignore=ignore)
    except ValueError as error:
        _fail(str(error))
    if not chosen:
        _fail("no rule is left to look at: what is selected is also ignored")
    return chosen


def _parameters(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            _fail(f"--parameter takes NAME=VALUE, not {each!r}")
        found[name] = value
    return found


def _explain(rule_id: str) -> NoReturn:
    from cdk_batch_mnp.template.reports.text_report import explain

    try:
        text = explain(rule_id.upper())
    except KeyError:
        _fail(f"no rule has the id {rule_id!r}")
    write(text)
    raise typer.Exit


def _fail(message: str) -> NoReturn:
    say(f"cdk-batch-mnp: {message}")
    raise typer.Exit(UNUSABLE)
