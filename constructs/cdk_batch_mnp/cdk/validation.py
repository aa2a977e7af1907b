"""Checking what an app sets up when the CDK validates its constructs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import jsii
from aws_cdk import CfnResource, Stage, Validations
from aws_cdk import aws_batch as batch
from constructs import Construct, IConstruct, IValidation

from cdk_batch_mnp.cdk.acknowledgements import Acknowledgements
from cdk_batch_mnp.cdk.imported import find_queues, read_environment, read_queue
from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.finding import Finding, Report, Severity

METADATA_KEY = "cdk-batch-mnp"
"""Key of a resource's Metadata under which a template tells its check what it must know."""

INSTANCES_CONTEXT = "cdk-batch-mnp:instances"
"""Key of the app's context that names a catalogue of instance types, as ``refresh`` writes it."""

_KEPT = "_cdk_batch_mnp"
_KEEPER = "CdkBatchMnp"

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
    _told: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, construct: Construct) -> StageSetup:
        """The setup of the stage that a construct is in."""
        stage = Stage.of(construct)
        assert stage is not None  # noqa: S101 - whoever has no stage has no stack either
        if _KEPT not in vars(stage) and stage is not Stage.of(construct):
            # A stage that Node has made is another object in Python each time that it is asked
            # for; what Python has made stays the same.
            keeper = stage.node.try_find_child(_KEEPER) or Construct(stage, _KEEPER)
            return cls._kept_on(keeper)
        return cls._kept_on(stage)

    @classmethod
    def _kept_on(cls, keeper: IConstruct) -> StageSetup:
        kept: dict[str, Any] = vars(keeper)
        if _KEPT not in kept:
            chosen = keeper.node.try_get_context(INSTANCES_CONTEXT)
            kept[_KEPT] = cls(default_catalogue() if chosen is None else Catalogue.load(chosen))
        setup: StageSetup = kept[_KEPT]
        return setup

    def learn(self, facts: InstanceType) -> None:
        """Know an instance type that the catalogue has no facts of."""
        self.catalogue = self.catalogue.with_types(facts)

    def add(self, construct: Construct, path: str, resource: CfnResource) -> None:
        """Have a construct, which is :class:`Modelled`, checked at synthesis."""
        self._registered[path] = Place(construct, resource, path)
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
        return by_teller

    def _report(self) -> Report:
        self._models, self._places = {}, dict(self._registered)
        definitions: list[JobDefinition] = []
        queues: list[JobQueue] = []
        environments: list[ComputeEnvironment] = []
        # Environments first, since queues ask for their models.
        for path, place in sorted(self._registered.items(), key=_queues_last):
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
        reports = [self._check_free(free, tuple(queues), alone)]
        for definition in definitions:
            if definition.id in self._bound:
                queue = self.queue(self._bound[definition.id], teller=definition.id)
                reports.append(self._run((definition,), () if queue is UNKNOWN else (queue,)))
        return _merged(reports)

    def _check_free(
        self,
        definitions: tuple[JobDefinition, ...],
        queues: tuple[JobQueue, ...],
        environments: tuple[ComputeEnvironment, ...],
    ) -> Report:
        report = self._run(definitions, queues, environments)
        wrong = {each.path for each in report.errors}
        if queues and any(each.id in wrong for each in definitions):
            # The queue that takes them may be one that this library has not made. Visiting all
            # constructs takes a while, so they are looked for only now.
            others = self._other_queues(teller=definitions[0].id)
            if others:
                report = self._run(definitions, (*queues, *others), environments)
        return report

    def _other_queues(self, *, teller: str) -> list[JobQueue]:
        stage = Stage.of(self._registered[teller].construct)
        assert stage is not None  # noqa: S101 - it was found before
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
        """Give the errors; warnings become the CDK's own, which a user can acknowledge."""
        errors = []
        for finding in self._setup.findings_on(self._path):
            if finding.severity is Severity.ERROR:
                errors.append(str(finding))
            else:
                place = self._setup.place(finding.path)
                Validations.of(place.construct).add_warning(finding.rule.id, str(finding))
        return errors
