"""Checking what an app sets up when the CDK validates its constructs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jsii
from aws_cdk import CfnResource, Stack, Stage, Validations
from aws_cdk import aws_batch as batch
from constructs import Construct, IConstruct, IValidation, Node

from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.validation.acknowledgements import Acknowledgements
from cdk_batch_mnp.cdk.validation.imported import find_queues, read_environment, read_queue
from cdk_batch_mnp.cdk.validation.written_stage import WrittenStage
from cdk_batch_mnp.cdk.validation.written_templates import WrittenTemplates, stage_state_holder
from cdk_batch_mnp.engine.finding import Crash, Finding, Report
from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.resource import METADATA_KEY
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.template.crashed import CheckCrashedError

INSTANCES_CONTEXT = "cdk-batch-mnp:instances"
"""Key of the app's context that names a catalogue of instance types, as ``refresh`` writes it."""

_KEPT = "_cdk_batch_mnp"

Model = JobDefinition | JobQueue | ComputeEnvironment


class Modelled(Protocol):
    """A construct with a model beside it."""

    @property
    def model(self) -> Model:
        """What the rules see of the construct, read anew."""


@dataclass(slots=True)
class Place:
    """A construct that findings are about.

    Attributes:
        construct: Where warnings are told, and where they can be acknowledged.
        resource: Whose Metadata tells the template what was acknowledged.
        teller: Path of the construct of this library that tells the errors.
    """

    construct: Construct
    resource: CfnResource | None
    teller: str

    @property
    def is_written(self) -> bool:
        """Whether the resource is still in the construct tree, and so in a template."""
        resource = self.resource
        around = resource.node.scope if resource is not None else None
        if resource is None or around is None:
            return False
        return around.node.try_find_child(resource.node.id) is not None


@dataclass(slots=True)
class StageSetup:
    """The constructs of one stage (an app, mostly) that are checked together.

    A definition may be in another stack than its queue, so that stacks are too narrow; and what is
    in another stage is deployed elsewhere.
    """

    catalogue: Catalogue
    _registered: dict[str, Place] = field(default_factory=dict)
    _bound: dict[str, object] = field(default_factory=dict)
    """The queue that a definition is held against alone, by the definition's path."""
    _places: dict[str, Place] = field(default_factory=dict)
    _models: dict[str, Maybe[Model]] = field(default_factory=dict)
    _findings: dict[str, list[Finding]] | None = None
    _crashes: dict[str, list[Crash]] = field(default_factory=dict)
    """By the path of the construct that reports them."""
    _told: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, construct: Construct) -> StageSetup:
        """The setup of the stage that a construct is in."""
        stage = _stage_of(construct)
        keeper = stage if _KEPT in vars(stage) else stage_state_holder(lambda: _stage_of(construct))
        kept: dict[str, Any] = vars(keeper)
        if _KEPT not in kept:
            node = keeper.node
            chosen = node.try_get_context(INSTANCES_CONTEXT)
            kept[_KEPT] = setup = cls(
                default_catalogue() if chosen is None else Catalogue.load(chosen)
            )
            WrittenTemplates.watch(lambda: node.root, setup)
            if stage.parent_stage is not None:
                node.add_validation(WrittenStage(lambda: _stage_of(construct), setup))
        found: StageSetup = kept[_KEPT]
        return found

    def learn(self, facts: InstanceType) -> None:
        """Know an instance type that the catalogue has no facts of."""
        self.catalogue = self.catalogue.with_types(facts)

    def add(self, construct: Construct, path: str, resource: CfnResource) -> None:
        """Have a construct, which is :class:`Modelled`, checked at synthesis."""
        self._registered[path] = Place(construct, resource, path)
        self._bound.pop(path, None)
        self._findings = None
        construct.node.add_validation(_Validation(self, path))

    def bind(self, path: str, queue: object) -> None:
        """Hold a definition against one queue alone."""
        self._bound[path] = queue

    def environment(self, value: object, *, teller: str) -> Maybe[ComputeEnvironment]:
        """Model an environment, of this library or the CDK's own; an imported one is unknown."""
        if not isinstance(value, Construct):
            return UNKNOWN
        path = value.node.path
        if path not in self._models:
            model = read_environment(value, path, Acknowledgements(value))
            self._remember(value, path, teller, model)
        found = self._models[path]
        return found if isinstance(found, ComputeEnvironment) else UNKNOWN

    def queue(self, value: object, *, teller: str) -> Maybe[JobQueue]:
        """Model a queue, of this library or the CDK's own; an imported one is unknown."""
        if not isinstance(value, Construct):
            return UNKNOWN
        path = value.node.path
        if path not in self._models:
            model = read_queue(
                value,
                path,
                Acknowledgements(value),
                lambda each: self.environment(each, teller=teller),
            )
            self._remember(value, path, teller, model)
        found = self._models[path]
        return found if isinstance(found, JobQueue) else UNKNOWN

    def findings_on(self, path: str) -> list[Finding]:
        """The findings that a construct tells at this synthesis: its own, and of what it brought.

        The CDK asks each construct once each time that it synthesizes: who is asked again is asked
        about constructs that may have changed.
        """
        if self._findings is None or path in self._told:
            self._findings = self._check()
            self._told = set()
        self._told.add(path)
        return self._findings.get(path, [])

    def crashes_on(self, path: str) -> list[Crash]:
        """The rules that failed at this synthesis, as far as a construct reports them."""
        return self._crashes.get(path, [])

    def has_errors(self) -> bool:
        """Whether the arguments of constructs are wrong; this begins a new synthesis."""
        self._findings = self._check()
        self._told = set()
        return bool(self._crashes) or any(
            each.severity is Severity.ERROR for told in self._findings.values() for each in told
        )

    @property
    def places(self) -> Mapping[str, Place]:
        """The constructs that findings were about at this synthesis, stock ones included."""
        return self._in_tree() if self._findings is None else self._places

    def has_warned(self, finding: Finding) -> bool:
        """Whether the constructs have told a warning at this synthesis; an error would end it."""
        return finding.severity is not Severity.ERROR and any(
            (each.path, each.rule.id) == (finding.path, finding.rule.id)
            for told in (self._findings or {}).values()
            for each in told
        )

    def check_written(self, written: MnpSetup) -> Report:
        """Check what templates have made of the constructs; leave out what is accepted.

        Args:
            written: All of a group of stacks. What is not of this library is only looked at where
                it meets what is.
        """
        places = self.places
        queues = {each.id: each for each in written.job_queues}
        definitions = [each for each in written.job_definitions if each.id in places]
        free = tuple(each for each in definitions if each.id not in self._bound)
        alone = tuple(each for each in written.compute_environments if each.id in places)
        reports = [self._run((), written.job_queues, alone)]
        for together, near in _meeting(free, written.job_queues, places):
            reports.append(self._run(together, near))
        for definition in definitions:
            if definition.id in self._bound:
                queue = self._bound[definition.id]
                path = queue.node.path if isinstance(queue, Construct) else ""
                found = (queues[path],) if path in queues else ()
                reports.append(self._run((definition,), found))
        report = _merged(reports)
        return Report(
            crashes=report.crashes,
            findings=tuple(
                each
                for each in report.findings
                if each.path in places
                # The template's own check cannot see what is accepted for a whole app.
                and each.rule.id not in Acknowledgements(places[each.path].construct)
            ),
            acknowledged=report.acknowledged,
        )

    def place(self, path: str) -> Place:
        """Where a finding belongs; the nearest known construct around it."""
        around = (each for each in _upwards(path) if each in self._places)
        return self._places[next(around, next(iter(self._places)))]

    def _remember(self, construct: Construct, path: str, teller: str, model: Maybe[Model]) -> None:
        self._models[path] = model
        resource = construct.node.default_child
        self._places[path] = Place(
            construct, resource if isinstance(resource, CfnResource) else None, teller
        )

    def _check(self) -> dict[str, list[Finding]]:
        report = self._report()
        for each in report.acknowledged:
            resource = self.place(each.finding.path).resource
            if resource is not None:
                _tell_template(resource, each.finding.rule.id, each.reason)
        by_teller: dict[str, list[Finding]] = {}
        for finding in report.findings:
            by_teller.setdefault(self.place(finding.path).teller, []).append(finding)
        self._crashes = {}
        for crash in report.crashes:
            self._crashes.setdefault(self.place(crash.path).teller, []).append(crash)
        return by_teller

    def _report(self) -> Report:
        self._models, self._places = {}, self._in_tree()
        definitions: list[JobDefinition] = []
        queues: list[JobQueue] = []
        environments: list[ComputeEnvironment] = []
        # Environments first, since queues ask for their models.
        for path, place in sorted(self._places.items(), key=_queues_last):
            model = self._models[path] = _model_of(place.construct)
            if isinstance(model, JobDefinition):
                definitions.append(model)
            elif isinstance(model, JobQueue):
                queues.append(model)
            else:
                environments.append(model)
        queued = {each.id for queue in queues for each in queue.known_environments}
        free = tuple(each for each in definitions if each.id not in self._bound)
        alone = tuple(each for each in environments if each.id not in queued)
        reports = [
            self._run((), tuple(queues), alone),
            *self._check_free(free, tuple(queues)),
        ]
        for definition in definitions:
            if definition.id in self._bound:
                queue = self.queue(self._bound[definition.id], teller=definition.id)
                reports.append(self._run((definition,), () if queue is UNKNOWN else (queue,)))
        return _merged(reports)

    def _in_tree(self) -> dict[str, Place]:
        """The constructs that are still there, and were not removed from the one around them."""
        if not self._registered:
            return {}
        root = next(iter(self._registered.values())).construct.node.root.node
        nodes: dict[str, Node | None] = {"": None, root.path: root}

        def node_of(path: str) -> Node | None:
            if path not in nodes:
                around = node_of(path.rpartition("/")[0])
                child = around.try_find_child(path.rpartition("/")[2]) if around else None
                nodes[path] = child.node if child is not None else None
            return nodes[path]

        return {
            path: place
            for path, place in self._registered.items()
            # The CDK writes ids with slashes otherwise.
            if node_of(path) or node_of(place.construct.node.path)
        }

    def _check_free(
        self, definitions: tuple[JobDefinition, ...], queues: tuple[JobQueue, ...]
    ) -> Iterator[Report]:
        """Hold definitions against the queues of their account and Region."""
        for together, near in _meeting(definitions, queues, self._places):
            report = self._run(together, near)
            wrong = {each.path for each in report.errors}
            if near and any(each.id in wrong for each in together):
                # The queue that takes them may be one that this library has not made. Visiting all
                # constructs takes a while, so they are looked for only now.
                others = tuple(self._other_queues(teller=together[0].id))
                ((_, reached),) = _meeting(together, (*near, *others), self._places)
                if others:
                    report = self._run(together, reached)
            yield report

    def _other_queues(self, *, teller: str) -> list[JobQueue]:
        stage = _stage_of(self._registered[teller].construct)
        found = (self.queue(each, teller=teller) for each in find_queues(stage))
        return [each for each in found if each is not UNKNOWN and each.id not in self._registered]

    def _run(
        self,
        definitions: tuple[JobDefinition, ...],
        queues: tuple[JobQueue, ...],
        environments: tuple[ComputeEnvironment, ...] = (),
    ) -> Report:
        return check(
            MnpSetup(
                job_definitions=definitions, job_queues=queues, compute_environments=environments
            ),
            catalogue=self.catalogue,
        )


_Environment = tuple[str | None, str | None]
"""Account and Region, each ``None`` if only deployment tells."""


def _meeting(
    definitions: tuple[JobDefinition, ...],
    queues: tuple[JobQueue, ...],
    places: Mapping[str, Place],
) -> Iterator[tuple[tuple[JobDefinition, ...], tuple[JobQueue, ...]]]:
    """Definitions of one account and Region, each time with the queues that may be there too."""
    by_environment: dict[_Environment, list[JobDefinition]] = {}
    for definition in definitions:
        by_environment.setdefault(_environment(places[definition.id]), []).append(definition)
    if not by_environment:
        return
    located = [(each, _environment(places.get(each.id))) for each in queues]
    for environment, together in by_environment.items():
        near = tuple(queue for queue, its in located if _may_meet(environment, its))
        yield tuple(together), near


def _environment(place: Place | None) -> _Environment:
    if place is None:
        return None, None
    stack = Stack.of(place.construct)
    account, region = stack.account, stack.region
    return None if is_token(account) else account, None if is_token(region) else region


def _may_meet(one: _Environment, other: _Environment) -> bool:
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def _stage_of(construct: IConstruct) -> Stage:
    stage = Stage.of(construct)
    assert stage is not None  # noqa: S101 - whoever has no stage has no stack either
    return stage


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _model_of(construct: Any) -> Model:
    # jsii's classes say nothing of ``model`` to the type checker.
    model: Model = construct.model
    return model


def _queues_last(registered: tuple[str, Place]) -> bool:
    return isinstance(registered[1].construct, batch.JobQueue)


def _merged(reports: list[Report]) -> Report:
    findings = {
        (each.path, each.rule.id, each.property_path, each.message): each
        for report in reports
        for each in report.findings
    }
    return Report(
        findings=tuple(findings[key] for key in sorted(findings)),
        acknowledged=tuple(each for report in reports for each in report.acknowledged),
        crashes=tuple(
            {
                (each.rule.id, each.path): each for report in reports for each in report.crashes
            }.values()
        ),
    )


def _tell_template(resource: CfnResource, rule_id: str, reason: str) -> None:
    told = dict(resource.get_metadata(METADATA_KEY) or {})
    accepted = {**told.get("acknowledged", {}), rule_id: reason}
    resource.add_metadata(METADATA_KEY, {**told, "acknowledged": accepted})


@jsii.implements(IValidation)
class _Validation:
    """What the CDK calls on each construct before it writes the templates."""

    def __init__(self, setup: StageSetup, path: str) -> None:
        self._setup = setup
        self._path = path

    def validate(self) -> list[str]:
        """Return the errors; warnings become the CDK's own, which a user can acknowledge."""
        try:
            return self._errors()
        except Exception as error:
            # Raised, it would hide the errors of all other constructs.
            return [str(CheckCrashedError(self._path, "the check of this construct", error))]

    def _errors(self) -> list[str]:
        errors = []
        for finding in self._setup.findings_on(self._path):
            if finding.severity is Severity.ERROR:
                errors.append(str(finding))
            else:
                place = self._setup.place(finding.path)
                Validations.of(place.construct).add_warning(finding.rule.id, str(finding))
        errors += [
            str(CheckCrashedError(each.path, f"rule {each.rule.id}", each.error))
            for each in self._setup.crashes_on(self._path)
        ]
        return errors
