"""Read the jobs that resources of templates submit: EventBridge, Scheduler, Step Functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.job_request import JobRequest
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.stack import TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    PartialText,
    Pseudo,
    ReferencedResource,
    joined,
    referred,
)
from cdk_batch_mnp.template.readers.json_text import read_json
from cdk_batch_mnp.template.readers.state_machines import STATE_MACHINES, submitting_tasks

RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"
_DEFINITION = "AWS::Batch::JobDefinition"
_QUEUE = "AWS::Batch::JobQueue"
_SCHEDULED = pattern(r"arn:[^:]*:scheduler:::aws-sdk:batch:submitJob")
_ARN = pattern(r"arn:[^:]*:batch:([^:]*):([^:]*):(?:job-definition|job-queue)/(.+)", re.DOTALL)
_REVISION = pattern(r"(.+):([0-9]{1,9})", re.DOTALL)


class JobRequests:
    """The jobs that the resources of stacks submit.

    Args:
        stacks: The stacks.
        definitions: The job definitions of the stacks by ID.
        queues: The job queues of the stacks by ID.
    """

    def __init__(
        self,
        stacks: Stacks,
        definitions: Mapping[str, JobDefinition],
        queues: Mapping[str, JobQueue],
    ) -> None:
        self._stacks = stacks
        self._definitions = definitions
        self._queues = queues
        self._names: dict[str, dict[str, ReferencedResource]] = {}

    def read(self) -> Iterator[JobRequest]:
        """Read the requests of all resources; nothing without a definition to compare them with."""
        if not self._definitions:
            return
        readers: tuple[tuple[str, Callable[[TemplateResource], Iterator[JobRequest]]], ...] = (
            (RULE, self._of_rule),
            (SCHEDULE, self._of_schedule),
            *((resource_type, self._of_state_machine) for resource_type in STATE_MACHINES),
        )
        for resource_type, requests in readers:
            for resource in self._stacks.of_type(resource_type):
                file = resource.stack.document.file
                found: list[JobRequest] = []
                with self._stacks.reading(file, f"reading {resource.id}"):
                    found += requests(resource)
                yield from found

    def _of_rule(self, resource: TemplateResource) -> Iterator[JobRequest]:
        targets = resource.known.shapes("Targets")
        for position, target in enumerate(() if targets is UNKNOWN else targets or ()):
            request = target.shape("BatchParameters") if isinstance(target, ApiStruct) else None
            if isinstance(target, ApiStruct) and isinstance(request, ApiStruct):
                path = PROPERTIES / "targets" / position / "batchParameters"
                queue = target.raw("Arn")
                yield self._request(resource, request, queue, f"target {position}", path)

    def _of_schedule(self, resource: TemplateResource) -> Iterator[JobRequest]:
        target = resource.known.shape("Target")
        if not isinstance(target, ApiStruct):
            return
        arn = target.raw("Arn")
        written = arn.filled("?") if isinstance(arn, PartialText) else arn
        if isinstance(written, str) and _SCHEDULED.fullmatch(written):
            request = read_json(target.raw("Input"), self._stacks.budget.spend)
            if isinstance(request, dict):
                path = PROPERTIES / "target" / "input"
                shape = ApiStruct(request)
                queue = shape.raw("jobQueue")
                yield self._request(resource, shape, queue, "", path, is_text=True)

    def _of_state_machine(self, resource: TemplateResource) -> Iterator[JobRequest]:
        for task in submitting_tasks(resource.known, self._stacks.budget.spend):
            yield self._request(
                resource,
                task.request,
                task.request.raw("jobQueue"),
                f"state {task.name}",
                task.path,
                is_text=task.is_text,
            )

    def _request(
        self,
        resource: TemplateResource,
        request: ApiStruct,
        queue: Value,
        place: str,
        path: PropertyPath,
        *,
        is_text: bool = False,
    ) -> JobRequest:
        written = request.raw("jobDefinition")
        definition, revision = self._definition(resource, written)
        found = self._named(resource, queue, _QUEUE, "JobQueueName")
        return JobRequest.read(
            request,
            id=resource.id,
            acknowledged=resource.acknowledged,
            place=place,
            path=path,
            is_text=is_text,
            definition=definition,
            queue=UNKNOWN if found is UNKNOWN else self._queues.get(found.id, UNKNOWN),
            fixed_revision=revision,
        )

    def _definition(
        self, resource: TemplateResource, written: Value
    ) -> tuple[Maybe[JobDefinition], int | None]:
        revision = None
        name = written
        if isinstance(written, str) and (match := _REVISION.fullmatch(written)):
            name, revision = match[1], int(match[2])
        elif isinstance(written, PartialText) and isinstance(written.last, str):
            match = _REVISION.fullmatch(f"-{written.last}")
            if match is not None:
                kept = match[1].removeprefix("-")
                name = joined((*written.parts[:-1], kept))
                revision = int(match[2])
        found = self._named(resource, name, _DEFINITION, "JobDefinitionName")
        if found is UNKNOWN:
            return UNKNOWN, None
        if found.known.has("ResourceRetentionPolicy"):
            revision = None  # The definition may keep its revisions.
        return self._definitions.get(found.id, UNKNOWN), revision

    def _named(
        self, resource: TemplateResource, value: Value, type: str, property_name: str
    ) -> Maybe[ReferencedResource]:
        """Return the resource that a reference, a name, or an ARN of the same place names."""
        found = referred(value, type)
        if found is not UNKNOWN:
            return found
        name = _name_in(resource, value)
        if type not in self._names:
            self._names[type] = {
                own: named
                for named in self._stacks.of_type(type)
                if isinstance(own := named.known.raw(property_name), str)
            }
        return UNKNOWN if name is None else self._names[type].get(name, UNKNOWN)


def _name_in(resource: TemplateResource, value: Value) -> str | None:
    """Return a name, or the name in an ARN of the resource's own account and Region."""
    parts = value.parts if isinstance(value, PartialText) else (value,)
    texts = []
    for part in parts:
        if isinstance(part, Pseudo) and not part.is_of_template:
            texts.append(_shown(part.name))
        elif isinstance(part, str):
            texts.append(part)
        else:
            return None
    text = "".join(texts)
    if not text.startswith("arn:"):
        return text
    match = _ARN.fullmatch(text)
    pseudo = resource.stack.pseudo
    own = tuple(pseudo.get(name, _shown(name)) for name in ("AWS::Region", "AWS::AccountId"))
    return match[3] if match is not None and match.groups()[:2] == own else None


def _shown(pseudo: str) -> str:
    """Return what stands for a pseudo parameter; the colons of its name would divide an ARN."""
    return f"<{pseudo.replace(':', '')}>"
