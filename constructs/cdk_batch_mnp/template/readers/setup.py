"""Read the setup that the rules check from the resources of templates."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

from cdk_batch_mnp.model.access import read_access
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.consumable import ConsumableResource, read_consumables
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.job_queue import JobQueue
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.resource import Location
from cdk_batch_mnp.model.resource_name import cannot_be_name
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN, Maybe
from cdk_batch_mnp.model.word_faults import (
    WordFault,
    as_meant,
    definition_faults,
    environment_faults,
    policy_faults,
)
from cdk_batch_mnp.template.evaluation.stack import TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import PartialText, Pseudo, referred, tail
from cdk_batch_mnp.template.readers.built_images import image_platforms
from cdk_batch_mnp.template.readers.exports import outputs_exporting_arn
from cdk_batch_mnp.template.readers.file_systems import FileSystems
from cdk_batch_mnp.template.readers.imports import imported_queue_of, with_imported_environments
from cdk_batch_mnp.template.readers.job_requests import JobRequests
from cdk_batch_mnp.template.readers.launch_templates import LaunchTemplates
from cdk_batch_mnp.template.readers.metadata import (
    job_queue_of,
    subnet_facts,
    vcpus_of_types,
)
from cdk_batch_mnp.template.readers.network import Network
from cdk_batch_mnp.template.readers.network_needs import needs_of
from cdk_batch_mnp.template.readers.roles import Roles
from cdk_batch_mnp.template.readers.security_groups import SecurityGroups
from cdk_batch_mnp.template.readers.sources import TemplateSources
from cdk_batch_mnp.template.readers.texts import Texts

JOB_DEFINITION = "AWS::Batch::JobDefinition"
JOB_QUEUE = "AWS::Batch::JobQueue"
COMPUTE_ENVIRONMENT = "AWS::Batch::ComputeEnvironment"
_SCHEDULING_POLICY = "AWS::Batch::SchedulingPolicy"
_QUOTA_SHARE = "AWS::Batch::QuotaShare"
_CONSUMABLE = "AWS::Batch::ConsumableResource"


def read_setup(stacks: Stacks) -> MnpSetup:
    """Read the setup of multi-node parallel jobs from stacks that are checked together."""
    return _Reader(stacks).setup()


def read_definitions(
    stacks: Stacks, resources: Iterable[TemplateResource]
) -> dict[str, JobDefinition]:
    """Read some of the job definitions, by ID, without those that are unknown."""
    reader = _Reader(stacks)
    found = {each.id: reader.definition(each) for each in resources}
    return {resource_id: each for resource_id, each in found.items() if each is not UNKNOWN}


class _Reader:
    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        groups = SecurityGroups(stacks)
        self._groups = groups
        self._network = Network(stacks, groups)
        self._file_systems = FileSystems(stacks, groups, self._network)
        self._texts = Texts(stacks)
        self._roles = Roles(stacks, self._texts)
        self._sources = TemplateSources(stacks, self._texts, self._roles)
        self._templates = LaunchTemplates(stacks, groups, self._file_systems, self._sources)
        self._environments: dict[str, Maybe[ComputeEnvironment]] = {}
        self._imported_queues: dict[str, JobQueue] = {}
        self._by_name: dict[Value, TemplateResource] | None = None

    def setup(self) -> MnpSetup:
        definitions = tuple(
            definition
            for resource in self._stacks.of_type(JOB_DEFINITION)
            if (definition := self.definition(resource)) is not UNKNOWN
        )
        queues = tuple(self._queue(resource) for resource in self._stacks.of_type(JOB_QUEUE))
        queues += tuple(self._imported_queues.values())
        in_queues = {id(used) for queue in queues for used in queue.known_environments}
        return MnpSetup(
            job_definitions=definitions,
            job_queues=queues,
            job_requests=tuple(
                JobRequests(
                    self._stacks,
                    {each.id: each for each in definitions},
                    {each.id: each for each in queues},
                ).read()
            ),
            compute_environments=tuple(
                environment
                for resource in self._stacks.of_type(COMPUTE_ENVIRONMENT)
                if (environment := self._environment(resource)) is not UNKNOWN
                and id(environment) not in in_queues
            ),
            vcpus_of_types=vcpus_of_types(self._stacks.of_type(COMPUTE_ENVIRONMENT)),
        )

    def _reading(self, resource: TemplateResource) -> AbstractContextManager[None]:
        return self._stacks.reading(resource.stack.document.file, f"reading {resource.id}")

    def definition(self, resource: TemplateResource) -> Maybe[JobDefinition]:
        with self._reading(resource):
            properties = resource.properties
            if properties is not UNKNOWN:
                location = _location(resource)
                words = tuple(definition_faults(properties))
                properties = as_meant(properties, words)
                imported = imported_queue_of(resource)
                if imported is not None:
                    self._imported_queues[imported.id] = imported
                return JobDefinition.read(
                    properties,
                    id=resource.id,
                    role_of=self._roles.of,
                    size=_size(properties),
                    acknowledged=resource.acknowledged,
                    job_queue=job_queue_of(resource) if imported is None else imported.id,
                    location=location,
                    needs=needs_of(properties, location.region, self._file_systems),
                    access=read_access(properties, self._sources),
                    exported_by=outputs_exporting_arn(resource),
                    consumables=read_consumables(properties, _consumable_of),
                    deployers=self._roles.deployers,
                    image_platforms=image_platforms(properties, self._stacks.assembly.platform_of),
                    words=words,
                )
        return UNKNOWN

    def _queue(self, resource: TemplateResource) -> JobQueue:
        with self._reading(resource):
            properties = resource.properties
            if properties is not UNKNOWN:
                queue = JobQueue.read(
                    properties,
                    id=resource.id,
                    environment_of=self._environment_of,
                    has_fair_share=_has_fair_share(properties),
                    has_quota_shares=self._has_quota_shares(resource, properties),
                    acknowledged=resource.acknowledged,
                    is_dedicated=resource.is_dedicated,
                    location=_location(resource),
                    policy_words=_policy_words(properties),
                    policy_name=_policy_name(properties),
                )
                return with_imported_environments(queue, resource)
        # It may run any job, and has everything that a queue should have.
        return JobQueue(
            id=resource.id,
            environments=UNKNOWN,
            time_limit_actions=UNKNOWN,
            has_fair_share=UNKNOWN,
            has_quota_shares=UNKNOWN,
            runs_service_jobs=UNKNOWN,
        )

    def _has_quota_shares(self, resource: TemplateResource, queue: ApiStruct) -> Maybe[bool]:
        """Whether the queue's policy is a quota share policy, or a quota share is of the queue."""
        for share in self._stacks.of_type(_QUOTA_SHARE):
            of = referred(share.known.raw("JobQueue"), JOB_QUEUE)
            if share.is_certain and of is not UNKNOWN and of.id == resource.id:
                return True
        if not queue.has("SchedulingPolicyArn"):
            return False
        policy = referred(queue.raw("SchedulingPolicyArn"), _SCHEDULING_POLICY)
        if policy is UNKNOWN or policy.properties is UNKNOWN:
            return UNKNOWN
        quota = policy.known.shape("QuotaSharePolicy")
        return UNKNOWN if quota is UNKNOWN else quota is not None

    def _environment_of(self, value: Value) -> Maybe[ComputeEnvironment]:
        reference = referred(value, COMPUTE_ENVIRONMENT)
        resource = (
            self._named(value) if reference is UNKNOWN else self._stacks.resources[reference.id]
        )
        return UNKNOWN if resource is UNKNOWN else self._environment(resource)

    def _named(self, value: Value) -> Maybe[TemplateResource]:
        """The environment with this fixed name, or with the name in this ARN."""
        name = tail(value)
        if isinstance(name, PartialText) and UNKNOWN in name.parts:
            return UNKNOWN
        if not isinstance(name, (str, PartialText, Pseudo)):
            return UNKNOWN
        if self._by_name is None:
            self._by_name = {
                own: resource
                for resource in self._stacks.of_type(COMPUTE_ENVIRONMENT)
                if isinstance(
                    own := resource.known.raw("ComputeEnvironmentName"),
                    (str, PartialText, Pseudo),
                )
            }
        return self._by_name.get(name, UNKNOWN)

    def _environment(self, resource: TemplateResource) -> Maybe[ComputeEnvironment]:
        if resource.id not in self._environments:
            self._environments[resource.id] = UNKNOWN
            with self._reading(resource):
                properties = resource.properties
                if properties is not UNKNOWN:
                    self._environments[resource.id] = self._read_environment(resource, properties)
        return self._environments[resource.id]

    def _read_environment(
        self, resource: TemplateResource, properties: ApiStruct
    ) -> ComputeEnvironment:
        words = tuple(environment_faults(properties))
        properties = as_meant(properties, words)
        resources = properties.shape("ComputeResources")
        inside = resources if isinstance(resources, ApiStruct) else ApiStruct({})
        groups, instance_role = inside.items("SecurityGroupIds"), inside.raw("InstanceRole")
        template = inside.shape("LaunchTemplate")
        if groups is None:
            groups_of_nodes: Maybe[tuple[Value, ...]] = self._templates.groups_of(template)
        else:
            groups_of_nodes = groups
        service_role = properties.raw("ServiceRole")
        if service_role == "":
            service_role = None  # As if it were not set: the service-linked role.
        return ComputeEnvironment.read(
            properties,
            id=resource.id,
            launch_template=self._templates.of(template),
            placement_group=self._network.placement_group(inside.raw("PlacementGroup")),
            subnets=self._network.subnets(inside.items("Subnets"), subnet_facts(resource)),
            security_groups=self._groups.listed(groups),
            vpc=self._network.vpc_of_groups(groups_of_nodes),
            instance_role=self._roles.of_profile(instance_role),
            instance_role_is_profile=self._roles.is_profile(instance_role),
            instance_role_name=None if instance_role is None else self._texts.of(instance_role),
            instance_profile=self._roles.profile(instance_role),
            service_role=self._roles.of(service_role),
            service_role_name=None if service_role is None else self._texts.of(service_role),
            acknowledged=resource.acknowledged,
            is_dedicated=resource.is_dedicated,
            words=words,
        )


def _location(resource: TemplateResource) -> Location:
    pseudo = resource.stack.pseudo
    return Location(
        account=pseudo.get("AWS::AccountId", UNKNOWN), region=pseudo.get("AWS::Region", UNKNOWN)
    )


def _consumable_of(value: Value) -> Maybe[ConsumableResource]:
    resource = referred(value, _CONSUMABLE)
    if resource is UNKNOWN:
        return UNKNOWN
    return ConsumableResource(
        id=resource.id,
        acknowledged=resource.acknowledged,
        total_quantity=resource.known.integer("TotalQuantity"),
        type=resource.known.constant("ResourceType"),
    )


def _has_fair_share(queue: ApiStruct) -> Maybe[bool] | None:
    policy = referred(queue.raw("SchedulingPolicyArn"), _SCHEDULING_POLICY)
    if policy is UNKNOWN or policy.properties is UNKNOWN:
        return None
    return True if policy.known.shape("FairsharePolicy") is not None else UNKNOWN


def _policy_name(queue: ApiStruct) -> Maybe[str] | None:
    policy = referred(queue.raw("SchedulingPolicyArn"), _SCHEDULING_POLICY)
    return UNKNOWN if policy is UNKNOWN else policy.known.text_if("Name", cannot_be_name)


def _policy_words(queue: ApiStruct) -> tuple[WordFault, ...]:
    """What is wrong with the words of the scheduling policy, at the property that names it."""
    policy = referred(queue.raw("SchedulingPolicyArn"), _SCHEDULING_POLICY)
    if policy is UNKNOWN or policy.properties is UNKNOWN:
        return ()
    return tuple(
        replace(
            fault,
            path=PropertyPath(("schedulingPolicyArn", *fault.path)),
            problem=f"{fault.problem} (in {policy.id})",
        )
        for fault in policy_faults(policy.properties)
    )


def _size(definition: ApiStruct) -> Maybe[int]:
    """Minimum size of a definition as JSON in bytes, without its unknown parts."""
    members = {name: definition.raw(name) for name in definition if definition.sets(name)}
    try:
        try:
            text = json.dumps(members, default=_shortest, separators=(",", ":"))
        except _MayBeLeftOutError:
            text = json.dumps(_certain(members), default=_shortest, separators=(",", ":"))
    except (RecursionError, ValueError):
        return UNKNOWN
    return len(text.encode(errors="replace"))


class _MayBeLeftOutError(Exception):
    """A member that may be left out has no shortest value."""


def _certain(value: Value) -> Value:
    """Return a value without the members that may be left out."""
    if isinstance(value, dict):
        return {name: _certain(each) for name, each in value.items() if each is not PERHAPS}
    if isinstance(value, list):
        return [_certain(each) for each in value if each is not PERHAPS]
    return value


def _shortest(value: object) -> object:
    """Return the shortest JSON value that may stand for one that is not known."""
    if value is PERHAPS:
        raise _MayBeLeftOutError
    return value.filled("") if isinstance(value, PartialText) else 0
