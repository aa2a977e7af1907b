"""Assert in a test that a template passes the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import ndiff
from pathlib import Path
from typing import Any, Protocol
from warnings import warn

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.engine.rule import AnyRule, Severity
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.rules.discovery import all_rules, rules_with
from cdk_batch_mnp.template.checking import check_template, check_together
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.parameters import unknown_parameters
from cdk_batch_mnp.template.source.document import read_file
from cdk_batch_mnp.template.source.files import find


class JsonTemplate(Protocol):
    """An object with a template as a mapping, such as ``aws_cdk.assertions.Template``."""

    def to_json(self) -> Mapping[str, Any]:
        """Return the template."""


class SynthesizedStack(Protocol):
    """A stack of the CDK (``aws_cdk.Stack``), which this module does not import."""

    @property
    def artifact_id(self) -> str:
        """Return the ID of the stack in the cloud assembly."""

    @property
    def node(self) -> Any:
        """Return the node of the stack in the construct tree."""


def assert_mnp_valid(
    template: Mapping[str, Any] | JsonTemplate | SynthesizedStack | Path | str,
    *,
    expected: Iterable[str] = (),
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    warnings: bool = True,
    parameters: Mapping[str, str] | None = None,
    parameter_defaults: bool = True,
    instances: Path | str | None = None,
) -> None:
    """Assert that a template breaks no rule for multi-node parallel jobs, in any test runner.

    Findings that the template's own Metadata acknowledges do not count.

    Args:
        template: The template as a mapping, an ``aws_cdk.assertions.Template``, an
            ``aws_cdk.Stack``, whose app is synthesized, or the path of a file in JSON or YAML, or
            of a folder with templates, such as ``cdk.out``.
        expected: IDs of the rules that it is known to break: exactly these must be found. Fixing
            one fails the test, so that the list shrinks. Default: none.
        select: Run only these rules: IDs or prefixes (``MNP3``). Default: all rules.
        ignore: Skip these rules: IDs or prefixes. Default: none.
        warnings: Whether warnings count too. Default: ``True``.
        parameters: Values of the template's parameters. Default: the parameters' own defaults.
        parameter_defaults: Whether the other parameters take their defaults; otherwise they are
            unknown. Default: ``True``.
        instances: File of a catalogue of instance types, as ``instances refresh`` writes it.
            Default: the built-in catalogue.

    Raises:
        AssertionError: The template breaks other rules than expected. The message lists the
            difference, then each unexpected finding and its fix.
        ValueError: A rule ID is unknown, no rule is left to run, or the template does not have one
            of the parameters.
        CatalogueError: The catalogue cannot be used.
        TemplateError: The template cannot be read, a folder has none, or the check itself failed
            (``CheckCrashedError``).
        TypeError: It is something else, or ``select`` or ``ignore`` is not a list of strings.
    """
    __tracebackhide__ = True
    wanted = sorted(set(expected))
    unknown = set(wanted) - {rule.id for rule in all_rules()}
    if unknown:
        raise ValueError(f"no rule has the ID {', '.join(sorted(unknown))}")
    rules = rules_with(select=select, ignore=ignore)
    if not rules:
        raise ValueError("no rules to run: every selected rule is also ignored")
    catalogue = Catalogue.load(instances) if instances is not None else None
    findings: Iterable[Finding]
    if isinstance(template, (str, Path)) and Path(template).is_dir():
        options = Options(parameters=parameters or {}, use_defaults=parameter_defaults)
        findings = _in_folder(str(template), options, rules, catalogue)
    else:
        findings = check_template(
            _mapping(template),
            parameters=parameters,
            parameter_defaults=parameter_defaults,
            rules=rules,
            catalogue=catalogue,
        ).findings
    found = [finding for finding in findings if warnings or finding.severity is Severity.ERROR]
    actual = sorted({each.rule.id for each in found})
    if actual != wanted:
        raise AssertionError(_message(wanted, actual, found))


def _in_folder(
    folder: str, options: Options, rules: Sequence[AnyRule], catalogue: Catalogue | None
) -> list[Finding]:
    templates = find([folder], options)
    report = check_together(
        templates.groups, unusable=templates.unusable, rules=rules, catalogue=catalogue
    )
    for error in report.unusable:
        raise error
    if unknown := unknown_parameters(options.parameters, report.parameters):
        raise ValueError("; ".join(unknown))
    for key in report.repeated_keys:
        warn(str(key), stacklevel=4)
    return [finding.finding for finding in report.findings]


def _mapping(
    template: Mapping[str, Any] | JsonTemplate | SynthesizedStack | Path | str,
) -> Mapping[str, Any]:
    if isinstance(template, (str, Path)):
        document = read_file(Path(template))
        for repeated in document.repeated:
            warn(str(repeated), stacklevel=3)
        return document.data
    if isinstance(template, Mapping):
        return template
    if hasattr(template, "to_json"):
        return template.to_json()
    if hasattr(template, "artifact_id") and hasattr(template, "node"):
        return _synthesized(template)
    raise TypeError(
        "template must be a mapping, an aws_cdk.assertions.Template, an aws_cdk.Stack, or the path "
        f"of a file or a folder, not {type(template).__name__}"
    )


def _synthesized(stack: SynthesizedStack) -> Mapping[str, Any]:
    """Return the template of a stack, from the assembly of the stage around it."""
    *_, stage = (scope for scope in stack.node.scopes if hasattr(scope, "synth"))
    template: Mapping[str, Any] = stage.synth().get_stack_artifact(stack.artifact_id).template
    return template


def _message(wanted: list[str], actual: list[str], found: Iterable[Finding]) -> str:
    lines = ["the template breaks other rules than expected"]
    if wanted:
        lines += ["(- expected, + actual)", *ndiff(wanted, actual)]
    unexpected = [str(each) for each in found if each.rule.id not in wanted]
    return "\n\n".join(["\n".join(lines), *unexpected])
