"""Holding the templates that an app has written against the rules, beside its constructs.

A construct knows what it was told. What overrides, Aspects and other constructs make of that stands
in the template alone: rules that a security group was given, the addresses of a subnet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    Stack,
    Validations,
)
from constructs import Construct, IConstruct

from cdk_batch_mnp.engine.finding import Finding, Report

if TYPE_CHECKING:
    from cdk_batch_mnp.cdk.validation.stage_setup import StageSetup
    from cdk_batch_mnp.template.checking import Place
    from cdk_batch_mnp.template.evaluation.stacks import Stacks
    from cdk_batch_mnp.template.source.errors import TemplateError

PLUGIN = "MNP"
"""Name of the plugins of this library: acknowledgements put it before a rule's id."""

STAGE_STATE_ID = "CdkBatchMnp"
_KEPT = "_cdk_batch_mnp_written"
_OF_INTEREST = (b"AWS::Batch::", b"AWS::CloudFormation::Stack")
"""A template that has neither tells nothing; nested ones are not among those that the CDK names."""


def stage_state_holder(find: Callable[[], IConstruct]) -> IConstruct:
    """Give what a stage's facts can be kept on in Python.

    A construct that Node has made is another object in Python each time that it is asked for; what
    Python has made stays the same.

    Args:
        find: Asks for the stage.
    """
    stage: Any = find()
    if stage is find():
        return stage
    return cast(
        "IConstruct", stage.node.try_find_child(STAGE_STATE_ID) or Construct(stage, STAGE_STATE_ID)
    )


@dataclass(slots=True)
class Told:
    """What the plugins of this library have told in one synthesis, so that none tells it again."""

    _by: dict[int, set[tuple[str, str, str, str]]] = field(default_factory=dict)

    def rest(self, plugin: object, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Give the findings that no other plugin has told; from now on this one has."""
        if id(plugin) in self._by:
            self._by.clear()  # The CDK calls each plugin once: this is another synthesis.
        others = {key for keys in self._by.values() for key in keys}
        own = self._by[id(plugin)] = set()
        for each in findings:
            key = (each.path, each.rule.id, str(each.property_path), str(each.severity))
            if key not in others:
                own.add(key)
                yield each


@jsii.implements(IPolicyValidationPlugin)
class WrittenTemplates:
    """Checks what the constructs of this library have become in the templates of their app.

    One for each app. It tells what is wrong with them, or with the stock queues and environments
    that they were given, as far as the constructs have not told it themselves.
    """

    def __init__(self) -> None:
        self._setups: list[StageSetup] = []
        self.told = Told()

    @classmethod
    def watch(cls, find_root: Callable[[], IConstruct], setup: StageSetup) -> None:
        """Have the templates of a stage checked once they are written."""
        root = stage_state_holder(find_root)
        kept: dict[str, Any] = vars(root)
        if _KEPT not in kept:
            kept[_KEPT] = cls()
            Validations.of(root).add_plugins(kept[_KEPT])
        kept[_KEPT]._setups.append(setup)

    @classmethod
    def of(cls, find_root: Callable[[], IConstruct]) -> WrittenTemplates | None:
        """The app's, if there is anything of this library in it."""
        root = find_root()
        if _KEPT in vars(root):
            found: WrittenTemplates = vars(root)[_KEPT]
            return found
        keeper = root.node.try_find_child(STAGE_STATE_ID)
        return None if keeper is None else vars(keeper).get(_KEPT)

    @property
    def name(self) -> str:
        """The plugin's name."""
        return PLUGIN

    @property
    def version(self) -> str:
        """The version of this package."""
        from cdk_batch_mnp.template.crashed import package_version

        return package_version()

    @property
    def rule_ids(self) -> list[str]:
        """The ids of the rules that are looked at: all."""
        from cdk_batch_mnp.rules.discovery import all_rules

        return [each.id for each in all_rules()]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check the templates that the app has written. Called by the CDK."""
        # Only now, since importing takes a while.
        from cdk_batch_mnp.cdk.validation.policy_report import crash_report

        try:
            return self._validate(context)
        except Exception as error:
            return crash_report(error)

    def _validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        from cdk_batch_mnp.cdk.validation.policy_report import (
            assembly_folder,
            is_passed_over,
            policy_report,
            violation,
        )
        from cdk_batch_mnp.template.checking import Located

        templates = [Path(each) for each in context.template_paths]
        if not any(_is_of_interest(each) for each in templates):
            return policy_report((), [*missing_constructs(self._setups, frozenset())])
        folder = assembly_folder(context)
        written = check_written(folder, self._setups)
        places = {id(each): place for each, place in written.findings}
        told = self.told.rest(self, [each for each, _ in written.findings])
        return policy_report(
            [
                violation(
                    Located(each, place),
                    counts_everywhere=is_passed_over(place.file, folder, context),
                )
                for each in told
                for place in (places[id(each)],)
            ],
            written.unusable,
        )

    def has_warned(self, finding: Finding) -> bool:
        """Whether the constructs have told a warning in this synthesis."""
        return any(each.has_warned(finding) for each in self._setups)


@dataclass(slots=True)
class Written:
    """What the templates of an assembly have made of the constructs.

    Attributes:
        findings: What is wrong, as far as the constructs have not warned of it, with its place.
        unusable: What could not be checked.
    """

    findings: list[tuple[Finding, Place]] = field(default_factory=list)
    unusable: list[TemplateError] = field(default_factory=list)


def check_written(folder: Path, setups: Sequence[StageSetup]) -> Written:
    """Check the templates of a cloud assembly for the constructs of this library.

    Whatever cannot be checked is among the results, and hides nothing else.

    Args:
        folder: The assembly.
        setups: The constructs of each stage that is in it.
    """
    from cdk_batch_mnp.template.evaluation.options import Options
    from cdk_batch_mnp.template.source.assembly import groups_of
    from cdk_batch_mnp.template.source.budget import BudgetSpentError

    written = Written()
    groups, problems = groups_of(folder, Options())
    written.unusable += problems
    seen: set[str] = set()
    try:
        for read in groups:
            seen |= _check_group(read(), setups, written)
    except BudgetSpentError as error:
        written.unusable.append(error)
    if not written.unusable:
        written.unusable += missing_constructs(setups, seen)
    return written


def _check_group(
    stacks: Stacks, setups: Sequence[StageSetup], written: Written
) -> AbstractSet[str]:
    """Check stacks that are read together; return the ids of the resources that they have."""
    from cdk_batch_mnp.template.crashed import CheckCrashedError
    from cdk_batch_mnp.template.readers.setup import read_setup

    for setup in setups:
        if not any(path in stacks.resources for path in setup.places):
            continue
        file = stacks.all[0].document.file
        with stacks.reading(file, "checking it"):
            report: Report = setup.check_written(read_setup(stacks))
            written.findings += [
                (each, _place(each, stacks))
                for each in report.findings
                if not setup.has_warned(each)
            ]
            written.unusable += [
                CheckCrashedError(
                    _file(each.path, stacks), f"rule {each.rule.id} at {each.path}", each.error
                )
                for each in report.crashes
            ]
    written.unusable += stacks.problems
    return stacks.resources.keys() | stacks.left_out


def missing_constructs(
    setups: Sequence[StageSetup], seen: AbstractSet[str]
) -> Iterator[TemplateError]:
    """Return an error for each construct that should be in a template and is in none.

    To pass because nothing was looked at would leave them unchecked for ever.
    """
    from cdk_batch_mnp.template.source.errors import TemplateError

    for setup in setups:
        for path, place in setup.places.items():
            if path not in seen and place.resource is not None and place.is_written:
                yield TemplateError(
                    Stack.of(place.construct).template_file,
                    f"has no resource of the construct {path}, so that it was not checked; leave "
                    "its metadata in the template and in the assembly",
                )


def _is_of_interest(template: Path) -> bool:
    content = template.read_bytes()
    return any(each in content for each in _OF_INTEREST)


def _place(finding: Finding, stacks: Stacks) -> Place:
    from cdk_batch_mnp.template.checking import Place

    resource = stacks.resources[finding.path]
    return Place(resource.stack.document.file, resource.logical_id, resource.type, None, None)


def _file(path: str, stacks: Stacks) -> str:
    resource = stacks.resources.get(path)
    return (resource.stack if resource else stacks.all[0]).document.file
