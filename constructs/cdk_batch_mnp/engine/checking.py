"""Run rules on a setup: match definitions with queues, and collect findings."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from cdk_batch_mnp.engine.finding import Crash, Report
from cdk_batch_mnp.engine.results import Result, report_of, resource_id_of, result_of
from cdk_batch_mnp.engine.rule import AnyRule, Candidate, Submission
from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.job_request import JobRequest
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value

MAX_NOTES = 10
"""Maximum number of other queues in a finding, and of reasons for each."""


def run_rules(
    setup: MnpSetup,
    rules: Iterable[AnyRule],
    *,
    catalogue: Catalogue | None = None,
    only: Container[str] | None = None,
) -> Report:
    """Check a setup against rules and return all findings together.

    A definition is valid if at least one queue of the setup can run it, and a queue can run it if
    at least one of its environments can. If none can, the findings are those of the nearest miss,
    with the reasons of the others. A queue that is certainly for other jobs (no placement group,
    EFA or Capacity Block) does not hide one that is made for multi-node parallel jobs, that none of
    the definitions can use, and that could run the job if it were On-Demand or larger. If only one
    of them has the job's instance type alone, that one is meant. A queue that a resource submits a
    definition to must run it, whatever other queues can. Queues and environments that no multi-node
    job uses are not checked, unless they are dedicated to such jobs. Imported environments have no
    findings of their own.

    Args:
        setup: The setup to check.
        rules: The rules to run.
        catalogue: Facts about instance types. Default: the default catalogue.
        only: IDs of the job definitions whose findings are wanted. Default: all findings.

    Returns:
        The report. If a rule raises an exception, the other rules and resources are still checked,
        and the exception is in ``crashes``.
    """
    run = _Run(
        _with_types(catalogue or default_catalogue(), setup.vcpus_of_types),
        tuple(rules),
        setup.job_definitions,
        _wanted_types(setup.job_definitions),
    )
    queues = [queue for queue in setup.job_queues if queue.runs_batch_jobs is not False]
    results: list[Result] = []
    for definition in setup.job_definitions:
        if definition.is_multinode and (only is None or definition.id in only):
            results += run.definition(
                definition, [queue for queue in queues if _may_be_submitted(definition, queue)]
            )
    if only is None:
        for request in setup.job_requests:
            if request.definition is not UNKNOWN and request.definition.is_multinode:
                results += run.request(request, request.definition)
        for resource in _queues_and_environments(setup):
            if resource.is_dedicated:
                results += run.on(resource)
    elsewhere = {
        environment.id
        for queue in setup.job_queues
        for environment in queue.known_environments
        if environment.is_imported
    }
    here = [result for result in results if result.finding.resource_id not in elsewhere]
    return report_of(here, run.crashes)


def _with_types(catalogue: Catalogue, vcpus: Mapping[str, int]) -> Catalogue:
    unlisted = [
        InstanceType(name=name, vcpus=number)
        for name, number in vcpus.items()
        if catalogue.find(name) is None
    ]
    return catalogue.with_types(*unlisted) if unlisted else catalogue


def _queues_and_environments(setup: MnpSetup) -> Iterator[JobQueue | ComputeEnvironment]:
    for queue in setup.job_queues:
        yield queue
        yield from queue.known_environments
    yield from setup.compute_environments


def _may_be_submitted(definition: JobDefinition, queue: JobQueue) -> bool:
    if definition.job_queue is not None:
        return definition.job_queue == queue.id
    return definition.location.may_be(queue.location)


def _wanted_types(definitions: Iterable[JobDefinition]) -> Maybe[frozenset[str]]:
    """Return the instance types that definitions set; unknown if one may run on any type."""
    named = {
        definition.instance_type if definition.is_multinode else None for definition in definitions
    }
    types = frozenset(name for name in named if has_value(name))
    return types if len(types) == len(named) else UNKNOWN


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The findings for jobs of a definition that are submitted to a queue."""

    queue: JobQueue
    blocking: tuple[Result, ...]
    """Why the queue cannot run the job; empty if it can."""
    others: tuple[Result, ...]
    """Other findings on the queue and on the environments that would run the job."""
    is_for_other_jobs: bool = False
    """Whether nothing but perhaps its instance types shows that the queue is for the job."""
    has_type_alone: bool = False
    """Whether an environment of the queue has the job's instance type and no other."""

    @property
    def rank(self) -> tuple[int, bool, int, int, str]:
        open_others = [other for other in self.others if other.reason is None and not other.is_hint]
        return (
            sum(result.finding.rule.distance for result in self.blocking),
            self.is_for_other_jobs and not self.has_type_alone,
            sum(other.is_error for other in open_others),
            len(open_others),
            self.queue.id,
        )


@dataclass(slots=True)
class _Run:
    catalogue: Catalogue
    rules: Sequence[AnyRule]
    definitions: Sequence[JobDefinition]
    wanted_types: Maybe[frozenset[str]]
    crashes: list[Crash] = field(default_factory=list)
    _by_subject: dict[type, list[AnyRule]] = field(default_factory=dict)
    _seen: dict[int, tuple[Result, ...]] = field(default_factory=dict)
    _running: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule in self.rules:
            self._by_subject.setdefault(rule.subject, []).append(rule)

    def of(self, subject: object) -> tuple[Result, ...]:
        """Return the findings of the rules about this kind of subject."""
        results = []
        for rule in self._by_subject.get(type(subject), ()):
            try:
                for violation in rule.check(subject, self.catalogue):
                    results.append(result_of(rule, violation, subject))
            except Exception as error:
                self.crashes.append(
                    Crash(rule=rule, resource_id=resource_id_of(subject), error=error)
                )
        return tuple(results)

    def on(self, resource: JobQueue | ComputeEnvironment) -> tuple[Result, ...]:
        """As :meth:`of`, but only once per resource, however many definitions use it."""
        key = id(resource)
        if key not in self._seen:
            self._seen[key] = self.of(resource)
        return self._seen[key]

    def definition(self, definition: JobDefinition, queues: Sequence[JobQueue]) -> Iterator[Result]:
        yield from self.of(definition)
        verdicts = [self.verdict(definition, queue) for queue in queues]
        if not verdicts:
            return
        nearest = self._meant(definition, verdicts)
        notes: tuple[str, ...] = ()
        if nearest.blocking and len(verdicts) > 1:
            others = sorted(
                (verdict for verdict in verdicts if verdict is not nearest),
                key=lambda verdict: verdict.queue.id,
            )
            notes = tuple(
                f"queue {other.queue.id} cannot take it: "
                + "; ".join(misfit.finding.message for misfit in other.blocking[:MAX_NOTES])
                if other.blocking
                else f"queue {other.queue.id} could take it, but appears to be for other jobs: it "
                "has no placement group, EFA or Capacity Block"
                for other in others[:MAX_NOTES]
            )
            if len(others) > MAX_NOTES:
                notes += (f"{len(others) - MAX_NOTES} more queues are not for it",)
        for result in nearest.blocking:
            yield replace(result, finding=replace(result.finding, notes=notes))
        yield from nearest.others

    def request(self, request: JobRequest, definition: JobDefinition) -> Iterator[Result]:
        yield from self.of(request)
        queue = request.queue
        # Overrides may change the number of nodes and the instance type.
        if queue is UNKNOWN or request.changes_nodes or queue.runs_batch_jobs is not True:
            return
        place = f", {request.place}," if request.place else ""
        note = f"{request.id}{place} submits {definition.id} to queue {queue.id}"
        for result in self.verdict(definition, queue).blocking:
            yield replace(result, finding=replace(result.finding, notes=(note,)))

    def _meant(self, definition: JobDefinition, verdicts: Sequence[_Verdict]) -> _Verdict:
        """Return the verdict on the queue that jobs of the definition are most likely meant for."""
        nearest = min(verdicts, key=lambda verdict: verdict.rank)
        if not nearest.is_for_other_jobs:
            return nearest
        name = definition.instance_type
        meant = [
            verdict
            for verdict in verdicts
            if self._is_meant(definition, verdict)
            # The queue that lists the job's own type, or no other, is as likely.
            and (verdict.queue.lists(name) or not nearest.queue.lists(name))
            and (verdict.has_type_alone or not nearest.has_type_alone)
        ]
        return min(meant, key=lambda verdict: verdict.rank, default=nearest)

    def _is_meant(self, definition: JobDefinition, verdict: _Verdict) -> bool:
        """Return whether a queue that cannot run the job was probably meant for it.

        It is made for multi-node parallel jobs, no other definition can use it, and it would run
        the job with On-Demand instances and at most a larger size.
        """
        return (
            bool(verdict.blocking)
            and any(
                environment.type in ("EC2", "SPOT")
                and environment.is_made_for_multi_node is True
                and all(
                    result.finding.rule.distance == 1
                    for result in self.of(
                        Candidate(
                            definition=definition,
                            queue=verdict.queue,
                            environment=environment.on_demand,
                            wanted_types=self.wanted_types,
                        )
                    )
                    if result.is_error
                )
                for environment in verdict.queue.known_environments
            )
            and not self._runs_some_job(verdict.queue)
        )

    def _runs_some_job(self, queue: JobQueue) -> bool:
        """Return whether a queue can run a job of any multi-node definition."""
        if queue.id not in self._running:
            self._running[queue.id] = any(
                not self.verdict(definition, queue).blocking
                for definition in self.definitions
                if definition.is_multinode and _may_be_submitted(definition, queue)
            )
        return self._running[queue.id]

    def verdict(self, definition: JobDefinition, queue: JobQueue) -> _Verdict:
        if queue.runs_batch_jobs is UNKNOWN:
            return _Verdict(queue, (), ())
        of_submission = self.of(Submission(definition=definition, queue=queue))
        blocking = [result for result in of_submission if result.is_error]
        others = [result for result in of_submission if not result.is_error]
        # An error of the queue itself blocks no job, unless the queue has no environment.
        has_no_environment = queue.environments == ()
        for result in self.on(queue):
            (blocking if has_no_environment and result.is_error else others).append(result)
        candidates = [
            (
                environment,
                self.of(
                    Candidate(
                        definition=definition,
                        queue=queue,
                        environment=environment,
                        wanted_types=self.wanted_types,
                    )
                ),
            )
            for environment in queue.known_environments
        ]
        if candidates:
            distances = [
                sum(result.finding.rule.distance for result in results if result.is_error)
                for _, results in candidates
            ]
            nearest = min(distances)
            # An environment that cannot be read may be the one that runs the job.
            may_be_taken = nearest == 0 or queue.shows_all_environments
            taking = [
                candidate
                for candidate, distance in zip(candidates, distances, strict=True)
                if distance == nearest
            ]
            # If several are equally near misses, one is enough to report.
            for environment, results in taking if nearest == 0 else taking[:1]:
                if not may_be_taken:
                    break
                blocking += [result for result in results if result.is_error]
                others += [result for result in results if not result.is_error]
                others += self.on(environment)
        return _Verdict(
            queue,
            tuple(blocking),
            tuple(others),
            is_for_other_jobs=_is_for_other_jobs(definition, queue, others),
            has_type_alone=any(
                environment.instance_types == (definition.instance_type,)
                for environment in queue.known_environments
            ),
        )


def _is_for_other_jobs(
    definition: JobDefinition, queue: JobQueue, results: Iterable[Result]
) -> bool:
    """Return whether nothing shows that a queue is meant for jobs of the definition."""
    if queue.is_made_for_multi_node is not False or definition.job_queue is not None:
        return False
    # A finding about it that is acknowledged shows that it is meant for such jobs.
    own = {queue.id, *(environment.id for environment in queue.known_environments)}
    return all(result.reason is None or result.finding.resource_id not in own for result in results)
