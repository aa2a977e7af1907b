"""Check the constructs of this library in the synthesized templates.

Templates are what CloudFormation reads, and include overrides, Aspects and what other constructs
add. Facts that only constructs know are in the Metadata of their resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from pathlib import Path

from aws_cdk import Stack
from constructs import IConstruct

from cdk_batch_mnp.cdk.jsii.unchanging import node_of
from cdk_batch_mnp.cdk.validation.stage_state import StageState, takes_defaults
from cdk_batch_mnp.cdk.validation.tree_metadata import tree_metadata
from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.template.cases import in_every_case
from cdk_batch_mnp.template.checking import Located, Place
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.readers.setup import read_setup
from cdk_batch_mnp.template.source.assembly import groups_of
from cdk_batch_mnp.template.source.budget import BudgetSpentError
from cdk_batch_mnp.template.source.errors import TemplateError


@dataclass(slots=True)
class WrittenReport:
    """The result of checking the constructs of this library in templates.

    Attributes:
        findings: The findings and their places.
        unusable: What could not be checked.
    """

    findings: list[Located] = field(default_factory=list)
    unusable: list[TemplateError] = field(default_factory=list)


def check_written(
    folder: Path, states: Sequence[StageState], app: IConstruct | None = None
) -> WrittenReport:
    """Check the templates of a cloud assembly for the constructs of this library.

    What cannot be checked is part of the result, and does not affect the rest.

    Args:
        folder: The assembly.
        states: The stages in it.
        app: The app, if it is known.
    """
    report = WrittenReport()
    root = _root_of(states) if app is None else app
    options = Options(use_defaults=True if root is None else takes_defaults(node_of(root)))
    groups, report.unusable = groups_of(folder, options, tree_metadata(lambda: root))
    seen: set[str] = set()
    try:
        for read in groups:
            stacks = read()
            _check_stacks(stacks, states, report)
            report.unusable += stacks.problems
            seen |= stacks.resources.keys() | stacks.left_out
    except BudgetSpentError as error:
        report.unusable.append(error)
    if not report.unusable:
        report.unusable += _missing(states, seen)
    return report


def _root_of(states: Iterable[StageState]) -> IConstruct | None:
    """Return the app of the constructs in its stages, ``None`` if there are none."""
    registered = (known for state in states for known in state.registered.values())
    first = next(registered, None)
    return None if first is None else node_of(first.construct).root


def _check_stacks(stacks: Stacks, states: Iterable[StageState], report: WrittenReport) -> None:
    state = next((each for each in states if has_resources_of(stacks, each)), None)
    if state is None:
        return
    file = stacks.all[0].document.file
    with stacks.reading(file, "checking it"):
        left = stacks.budget.left
        setup = read_setup(stacks)
        checked = in_every_case(
            stacks,
            setup,
            check(setup, catalogue=state.catalogue),
            steps=left - stacks.budget.left,
            rules=None,
            catalogue=state.catalogue,
        )
        paths = library_paths(setup, state.registered.keys())
        report.findings += [
            Located(finding, _place(finding, stacks))
            for finding in checked.findings
            if finding.resource_id in paths
        ]
        report.unusable += [
            CheckCrashedError(
                _file(crash.resource_id, stacks),
                f"rule {crash.rule.id} at {crash.resource_id}",
                crash.error,
            )
            for crash in checked.crashes
        ]


def has_resources_of(stacks: Stacks, state: StageState) -> bool:
    """Whether the resources of a stage's constructs are in these stacks."""
    return any(path in stacks.resources for path in state.registered)


def library_paths(setup: MnpSetup, registered: AbstractSet[str]) -> AbstractSet[str]:
    """Return the paths of all resources that the library's own plugin reports on.

    These are the resources of this library's constructs, the queues and environments of other
    constructs that were passed to them, the roles and keys that any of them uses, and what submits
    their jobs.

    Args:
        setup: All that was read from the templates.
        registered: The paths of this library's constructs.
    """
    given = {
        definition.job_queue for definition in setup.job_definitions if definition.id in registered
    }
    queues = [
        job_queue
        for job_queue in setup.job_queues
        if job_queue.id in registered or job_queue.id in given
    ]
    environments = [environment for queue in queues for environment in queue.known_environments]
    environments += [
        environment for environment in setup.compute_environments if environment.id in registered
    ]
    used = [resource for environment in environments for resource in environment.uses]
    used += [
        role
        for definition in setup.job_definitions
        if definition.id in registered
        for role in definition.roles
    ]
    requests = [
        request
        for request in setup.job_requests
        if request.definition is not UNKNOWN and request.definition.id in registered
    ]
    return {*registered, *(each.id for each in (*queues, *environments, *used, *requests))}


def _missing(states: Iterable[StageState], seen: AbstractSet[str]) -> Iterator[TemplateError]:
    """Return an error for each construct that should be in a template but is not.

    Otherwise such a construct would silently stay unchecked.
    """
    for state in states:
        for path, registered in state.registered.items():
            if path not in seen and registered.is_in_tree:
                yield TemplateError(
                    Stack.of(registered.construct).template_file,
                    f"has no resource of the construct {path}, so the construct was not checked; "
                    "leave its logical ID and its aws:cdk:path as the CDK writes them",
                )


def _place(finding: Finding, stacks: Stacks) -> Place:
    resource = stacks.resources[finding.resource_id]
    return Place(resource.stack.document.file, resource.logical_id, resource.type, None, None)


def _file(path: str, stacks: Stacks) -> str:
    resource = stacks.resources.get(path)
    return (resource.stack if resource else stacks.all[0]).document.file
