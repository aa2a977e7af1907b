"""Checking the setup of a stack when the CDK validates its constructs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jsii
from aws_cdk import CfnResource, Stack, Validations
from constructs import Construct, IValidation

from cdk_batch_mnp.instances import Catalogue, InstanceType, default_catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.finding import Finding, Report, Severity

METADATA_KEY = "cdk-batch-mnp"
"""Key of a resource's Metadata under which a template tells the template check what it must know."""

_ANNOTATION = "Annotation::"


class Modelled(Protocol):
    """A construct with a model beside it."""

    @property
    def model(self) -> JobDefinition | JobQueue | ComputeEnvironment: ...


@dataclass(slots=True)
class StackSetup:
    """The constructs of one stack that are checked together."""

    constructs: dict[str, Construct] = field(default_factory=dict)
    resources: dict[str, CfnResource] = field(default_factory=dict)
    facts: dict[str, InstanceType] = field(default_factory=dict)
    alone_with: dict[str, str] = field(default_factory=dict)
    """Definitions that are held against one queue alone, by path."""
    _findings: dict[str, list[Finding]] | None = None

    @classmethod
    def of(cls, construct: Construct) -> StackSetup:
        """The setup of the stack that a construct is in."""
        # The stack's Python object lives as long as the app: jsii never lets go of one.
        kept: dict[str, Any] = vars(Stack.of(construct))
        setup: StackSetup = kept.setdefault("_cdk_batch_mnp_setup", cls())
        return setup

    @property
    def catalogue(self) -> Catalogue:
        """Facts of the instance types, the user's own first."""
        catalogue = default_catalogue()
        return catalogue.with_types(*self.facts.values()) if self.facts else catalogue

    def add(self, construct: Construct, resource: CfnResource) -> str:
        """Have a construct checked at synthesis.

        Returns:
            The construct's path, its id in the model.
        """
        path = construct.node.path
        self.constructs[path] = construct
        self.resources[path] = resource
        construct.node.add_validation(_Validation(self, path))
        return path

    def findings_on(self, path: str) -> list[Finding]:
        """The findings that a construct tells: its own, and those of what it made."""
        if self._findings is None:
            self._findings = self._check()
        return self._findings.get(path, [])

    def _check(self) -> dict[str, list[Finding]]:
        by_owner: dict[str, list[Finding]] = {}
        for finding in self._report().findings:
            owner = self._owner(finding.path)
            reason = self._acknowledgement(owner, finding.rule.id)
            if reason is None:
                by_owner.setdefault(owner, []).append(finding)
            else:
                self._tell_template(owner, finding.rule.id, reason)
        return by_owner

    def _report(self) -> Report:
        definitions, queues, environments = self._models()
        free = [each for each in definitions if each.id not in self.alone_with]
        used = {id(each) for queue in queues for each in queue.known_environments}
        catalogue = self.catalogue
        reports = [
            check(
                MnpSetup(
                    job_definitions=tuple(free),
                    job_queues=tuple(queues),
                    compute_environments=tuple(
                        each for each in environments if id(each) not in used
                    ),
                ),
                catalogue=catalogue,
            )
        ]
        for queue in queues:
            bound = tuple(each for each in definitions if self.alone_with.get(each.id) == queue.id)
            if bound:
                reports.append(
                    check(MnpSetup(job_definitions=bound, job_queues=(queue,)), catalogue=catalogue)
                )
        once = {
            (each.path, each.rule.id, each.property_path, each.message): each
            for report in reports
            for each in report.findings
        }
        return Report(findings=tuple(once[key] for key in sorted(once)))

    def _models(
        self,
    ) -> tuple[list[JobDefinition], list[JobQueue], list[ComputeEnvironment]]:
        definitions: list[JobDefinition] = []
        queues: list[JobQueue] = []
        environments: list[ComputeEnvironment] = []
        for construct in self.constructs.values():
            model = getattr(construct, "model")  # noqa: B009 - jsii hides it from the type checker
            if isinstance(model, JobDefinition):
                definitions.append(model)
            elif isinstance(model, JobQueue):
                queues.append(model)
            else:
                environments.append(model)
        return definitions, queues, environments

    def _owner(self, path: str) -> str:
        """The construct that tells a finding: the nearest one around its place."""
        around = [each for each in self.constructs if path == each or path.startswith(f"{each}/")]
        return max(around, key=len) if around else next(iter(self.constructs))

    def _acknowledgement(self, path: str, rule_id: str) -> str | None:
        """Why a rule is accepted at a construct or at one around it, ``None`` if it is not."""
        for scope in reversed(self.constructs[path].node.scopes):
            for entry in scope.node.metadata:
                if entry.type != Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                    continue
                for acknowledged, reason in _items(entry.data):
                    if acknowledged in (rule_id, f"{_ANNOTATION}{rule_id}"):
                        return str(reason)
        return None

    def _tell_template(self, path: str, rule_id: str, reason: str) -> None:
        resource = self.resources[path]
        told = dict(resource.get_metadata(METADATA_KEY) or {})
        accepted = dict(told.get("acknowledged", {}))
        resource.add_metadata(METADATA_KEY, {**told, "acknowledged": {**accepted, rule_id: reason}})


def _items(data: object) -> Iterator[tuple[str, object]]:
    if isinstance(data, Mapping):
        yield from data.items()


@jsii.implements(IValidation)
class _Validation:
    """What the CDK calls on each construct before it writes the templates."""

    def __init__(self, setup: StackSetup, path: str) -> None:
        self._setup = setup
        self._path = path

    def validate(self) -> list[str]:
        """Give the errors; warnings become the CDK's own, which a user can acknowledge."""
        errors = []
        for finding in self._setup.findings_on(self._path):
            if finding.severity is Severity.ERROR:
                errors.append(str(finding))
            else:
                scope = self._setup.constructs[self._path]
                Validations.of(scope).add_warning(finding.rule.id, str(finding))
        return errors
