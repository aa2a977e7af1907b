"""Multi-node parallel job definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import jsii
from aws_cdk import Duration, Resource
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.job_queue import MnpJobQueue
from cdk_batch_mnp.cdk.jobs.container_properties import RenderContext, node_range_property, text_of
from cdk_batch_mnp.cdk.jobs.definition_names import DefinitionNames
from cdk_batch_mnp.cdk.jobs.images import Images
from cdk_batch_mnp.cdk.jobs.job_launching import prepare_launching
from cdk_batch_mnp.cdk.jobs.job_roles import (
    SharedRoles,
    add_execution_role,
    add_job_role,
    can_share_execution_role,
    grant_write_once,
    shared_roles,
)
from cdk_batch_mnp.cdk.jobs.launched_containers import Launching, launched
from cdk_batch_mnp.cdk.jobs.log_group import make_log_group
from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer, NodeGroup
from cdk_batch_mnp.cdk.jobs.options import JobDefinitionOptions
from cdk_batch_mnp.cdk.jobs.retries import retry_strategy_property
from cdk_batch_mnp.cdk.jobs.volumes import EfsVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.jsii.unchanging import (
    log_group_name_of,
    path_of,
    region_of,
    role_arn_of,
)
from cdk_batch_mnp.cdk.nodes.node_hardware import NodeHardware, interfaces_with_efa
from cdk_batch_mnp.cdk.validation.registration import stage_state
from cdk_batch_mnp.cdk.validation.stage_state import StageState

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs
    from aws_cdk.interfaces.aws_batch import JobDefinitionReference


_KEEP_REVISIONS: Any = {"skipDeregisterOnUpdate": True}


@jsii.implements(batch.IJobDefinition, iam.IGrantable)
class MnpJobDefinition(Resource):
    """A multi-node parallel job definition: a job that spans several instances.

    Each node is a separate instance. The main node starts first. The job ends when the main node
    exits, with its exit status.

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``.
        node_groups: One to five node groups that together cover every node.
        num_nodes: Number of nodes of a job, 1 to 1000. A submission can override it if a node range
            is open-ended.
        **options: See :class:`JobDefinitionOptions`, which documents each option and its default.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type; two groups have the same name; a
            container does not set a size that cannot be computed; EFA is requested on a type that
            does not support it; or both ``log_group`` and ``log_encryption_key`` are set.

    Source: Batch API, RegisterJobDefinition; Batch User Guide, multi-node parallel jobs.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        node_groups: Sequence[NodeGroup],
        num_nodes: int,
        **options: Unpack[JobDefinitionOptions],
    ) -> None:
        _require_different_names(node_groups)
        _require_one_key(options)
        self._timeout = options.get("timeout")
        seconds = None if self._timeout is None else seconds_of("timeout", self._timeout)
        super().__init__(scope, id)
        self.node_groups = list(node_groups)
        self.num_nodes = num_nodes
        shared = shared_roles(scope)
        job_role = self._take_job_role(options.get("job_role"), shared)
        self.launcher = options.get("launcher")
        self.execution_role = options.get("execution_role") or self._own_or(shared)
        self.log_group = options.get("log_group") or make_log_group(
            self, encryption_key=options.get("log_encryption_key")
        )
        grant_write_once(self.log_group, self.execution_role)
        self._retry_attempts = options.get("retry_attempts")
        self._retry_strategies = list(options.get("retry_strategies", ()))
        self._parameters = {
            name: text_of(value) for name, value in (options.get("parameters") or {}).items()
        }
        self._scheduling_priority = options.get("scheduling_priority")
        self._name = options.get("job_definition_name")
        state, job_queue = stage_state(scope), options.get("job_queue")
        instance_type = _name_of(options.get("instance_type"))
        self._context = RenderContext(
            hardware=_hardware(instance_type, state, job_queue, options.get("efa")),
            instance_type=instance_type,
            job_role_arn=role_arn_of(job_role),
            execution_role_arn=role_arn_of(self.execution_role),
            log_group_name=log_group_name_of(self.log_group),
            region=region_of(scope),
            address_of=Images(self, self.execution_role).address,
        )
        self._launching = self._prepare_launching(shared, job_queue)
        self._main_node = options.get("main_node", 0)
        self._properties = self._render(seconds)
        self._resource = _add_resource(self, self._properties, options)
        self._names = DefinitionNames(self._resource, options.get("job_definition_name"))
        self._grant_secrets_and_volumes()
        state.add(
            self,
            path_of(self),
            self._resource,
            None if job_queue is None else {"jobQueue": path_of(job_queue)},
        )
        if isinstance(job_queue, MnpJobQueue):
            for file_system in self._file_systems():
                job_queue.allow_nodes_to(file_system)

    def _take_job_role(self, given: iam.IRole | None, shared: SharedRoles | None) -> iam.IRole:
        """Return the role of the containers, and keep it if it is not shared."""
        if given is None and shared is not None and not self._volumes_of_efs():
            self._job_role: iam.IRole | None = None
            return shared.without_permissions
        self._job_role = role = given or add_job_role(self)
        return role

    def _own_or(self, shared: SharedRoles | None) -> iam.IRole:
        image = None if self.launcher is None else self.launcher.delivery.init_image
        if shared is not None and can_share_execution_role(self._containers, image):
            if self.launcher is None or self.launcher.insecure:
                return shared.execution_role
            if self.launcher.secret is None:
                return shared.launching_role
        return add_execution_role(self)

    def _prepare_launching(
        self, shared: SharedRoles | None, job_queue: batch.IJobQueue | None
    ) -> Launching | None:
        if self.launcher is None:
            return None
        return prepare_launching(
            self,
            self.launcher,
            container_names=(name for group in self.node_groups for name in group.all_containers),
            context=self._context,
            execution_role=self.execution_role,
            shared=shared,
            job_queue=job_queue,
        )

    def _render(self, timeout_seconds: int | None) -> dict[str, Any]:
        """Return the properties of the resource in the API's spelling."""
        retries = self._render_retries()
        return {
            "type": "multinode",
            "nodeProperties": self._render_nodes(),
            "platformCapabilities": ["EC2"],
            "schedulingPriority": self._scheduling_priority,
            **({} if timeout_seconds is None else {"timeout": _timeout(timeout_seconds)}),
            **({"parameters": self._parameters} if self._parameters else {}),
            **({} if retries is None else {"retryStrategy": retries}),
            **({} if self._name is None else {"jobDefinitionName": self._name}),
        }

    def _render_nodes(self) -> dict[str, Any]:
        return {
            "numNodes": self.num_nodes,
            "mainNode": self._main_node,
            "nodeRangeProperties": list(map(self._render_group, self.node_groups)),
        }

    def _render_group(self, group: NodeGroup) -> dict[str, Any]:
        node_range = node_range_property(group, self._context)
        return (
            node_range if self._launching is None else launched(node_range, group, self._launching)
        )

    def _render_retries(self) -> dict[str, Any] | None:
        return retry_strategy_property(
            self,
            self._retry_attempts,
            self._retry_strategies,
            has_launcher=self.launcher is not None,
        )

    @property
    def job_role(self) -> iam.IRole:
        """The role that gives the containers their permissions.

        Jobs of a cluster share a role without permissions. On first use of this property, the
        definition gets its own role.
        """
        if self._job_role is None:
            self._job_role = add_job_role(self)
            self._context = replace(self._context, job_role_arn=role_arn_of(self._job_role))
            nodes: Any = self._render_nodes()
            self._properties["nodeProperties"] = self._resource.node_properties = nodes
        return self._job_role

    @property
    def _containers(self) -> Iterable[NodeContainer]:
        return (
            container for group in self.node_groups for container in group.all_containers.values()
        )

    def _volumes_of_efs(self) -> list[EfsVolume]:
        return [
            volume
            for container in self._containers
            for volume in container.volumes
            if isinstance(volume, EfsVolume)
        ]

    def _grant_secrets_and_volumes(self) -> None:
        for container in self._containers:
            for secret in container.secrets.values():
                secret.grant_read(self.execution_role)
        for volume in self._volumes_of_efs():
            actions = ["elasticfilesystem:ClientMount"]
            if not volume.read_only:
                actions.append("elasticfilesystem:ClientWrite")
            volume.file_system.grant(self.job_role, *actions)

    def _file_systems(self) -> Iterable[efs.IFileSystem]:
        found = {id(volume.file_system): volume.file_system for volume in self._volumes_of_efs()}
        return found.values()

    def grant_submit(
        self, grantee: iam.IGrantable, queue: batch.IJobQueue | None = None
    ) -> iam.Grant:
        """Allow submissions with this definition and, if a queue is passed, to that queue.

        The grant covers all revisions, because every deployment that changes the definition creates
        a new revision under the same name.

        Args:
            grantee: Who may submit jobs.
            queue: The queue to submit them to. Default: no queue; ``MnpJobQueue.grant_submit``
                allows submissions to a queue.

        Source: Service Authorization Reference, AWS Batch.
        """
        arn = self.job_definition_arn_without_revision
        arns = [arn, f"{arn}:*"]
        if queue is not None:
            arns.append(queue.job_queue_arn)
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["batch:SubmitJob"], resource_arns=arns
        )

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal of the job role: a grant to the definition is a grant to its containers."""
        return self.job_role.grant_principal

    @property
    def job_definition_arn(self) -> str:
        """The ARN of the definition, with the revision.

        In another stack, the ARN is without the revision, because CloudFormation does not update an
        ARN that another stack imports.
        """
        return self._names.arn

    @property
    def job_definition_arn_without_revision(self) -> str:
        """The ARN of the definition, which an update of the definition does not change.

        A job that is submitted with it runs the latest active revision. Stacks in another account
        or Region can use it if ``job_definition_name`` is set.

        Source: Batch API, SubmitJob.
        """
        return self._names.arn_without_revision

    @property
    def job_definition_name(self) -> str:
        """The name of the definition, without the revision."""
        return self._names.name

    @property
    def job_definition_ref(self) -> JobDefinitionReference:
        """The reference to this definition."""
        return self._resource.job_definition_ref

    @property
    def parameters(self) -> Mapping[str, str]:
        """Default values of the ``Ref::name`` placeholders."""
        return self._parameters

    @property
    def retry_attempts(self) -> int | None:
        """The number of attempts."""
        return self._retry_attempts

    @property
    def retry_strategies(self) -> list[batch.RetryStrategy]:
        """The retry strategies, which decide whether a failed job is retried."""
        return self._retry_strategies

    @property
    def scheduling_priority(self) -> int | None:
        """The scheduling priority among jobs with the same share identifier."""
        return self._scheduling_priority

    @property
    def timeout(self) -> Duration | None:
        """The timeout of an attempt."""
        return self._timeout

    def add_retry_strategy(self, strategy: batch.RetryStrategy) -> None:
        """Add a retry strategy, which only takes effect with ``retry_attempts``."""
        self._retry_strategies.append(strategy)
        retries: Any = self._render_retries()
        self._properties["retryStrategy"] = retries
        self._resource.retry_strategy = retries


def _add_resource(
    scope: Construct, properties: Mapping[str, Any], options: JobDefinitionOptions
) -> batch.CfnJobDefinition:
    tags = options.get("tags")
    keeps_revisions = options.get("skip_deregister_on_update", False)
    return batch.CfnJobDefinition(
        scope,
        "Resource",
        type=properties["type"],
        job_definition_name=properties.get("jobDefinitionName"),
        node_properties=properties["nodeProperties"],
        parameters=properties.get("parameters"),
        platform_capabilities=properties["platformCapabilities"],
        propagate_tags=options.get("propagate_tags", True),
        resource_retention_policy=_KEEP_REVISIONS if keeps_revisions else None,
        retry_strategy=properties.get("retryStrategy"),
        scheduling_priority=properties["schedulingPriority"],
        tags=dict(tags) if tags else None,
        timeout=properties.get("timeout"),
    )


def _name_of(instance_type: str | ec2.InstanceType | None) -> str | None:
    if isinstance(instance_type, ec2.InstanceType):
        return instance_type.to_string()
    return instance_type


def _timeout(seconds: int) -> dict[str, int]:
    return {"attemptDurationSeconds": seconds}


def _hardware(
    instance_type: str | None,
    state: StageState,
    queue: batch.IJobQueue | None,
    efa: bool | None,
) -> NodeHardware | None:
    instance = state.catalogue.find(instance_type) if instance_type is not None else None
    if instance is None:
        if efa:
            raise ArgumentError("efa is True, but the instance type is unknown; set instance_type")
        return None
    found = queue.hardware_of(instance.name) if isinstance(queue, MnpJobQueue) else None
    hardware = found or NodeHardware(instance=instance)
    if efa is None:
        return hardware
    interfaces = interfaces_with_efa(instance, efa)
    return replace(hardware, efa_devices=sum(interface.is_efa for interface in interfaces))


def _require_one_key(options: JobDefinitionOptions) -> None:
    if options.get("log_group") is not None and options.get("log_encryption_key") is not None:
        raise ArgumentError(
            "log_encryption_key applies to the log group that is created; set the key of "
            "log_group itself, or leave one of the two out"
        )


def _require_different_names(groups: Sequence[NodeGroup]) -> None:
    names = [group.name for group in groups]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ArgumentError(f"two node groups have the name {', '.join(map(repr, repeated))}")
