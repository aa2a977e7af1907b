"""Multi-node parallel job definitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import jsii
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.known_nodes import QueueNodes, nodes_of_queue
from cdk_batch_mnp.cdk.jobs.container_properties import RenderContext, node_range_property
from cdk_batch_mnp.cdk.jobs.definition_base import JobDefinitionBase, facts_of_queue
from cdk_batch_mnp.cdk.jobs.definition_names import DefinitionNames
from cdk_batch_mnp.cdk.jobs.definition_resource import add_resource
from cdk_batch_mnp.cdk.jobs.execute_command import allow_execute_command
from cdk_batch_mnp.cdk.jobs.ignored_grants import (
    EXECUTE_COMMANDS,
    MOUNT_VOLUMES,
    PULL_IMAGES,
    READ_SECRETS,
    WRITE_LOGS,
    warn_about_ignored_grants,
)
from cdk_batch_mnp.cdk.jobs.images import Images
from cdk_batch_mnp.cdk.jobs.imported_definition import ImportedJobDefinition
from cdk_batch_mnp.cdk.jobs.job_launching import prepare_launching
from cdk_batch_mnp.cdk.jobs.job_nodes import nodes_of_job
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
from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer, NodeGroup, require_different_names
from cdk_batch_mnp.cdk.jobs.options import JobDefinitionOptions
from cdk_batch_mnp.cdk.jobs.volumes import EfsVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.unchanging import (
    log_group_name_of,
    path_of,
    region_of,
    role_arn_of,
)
from cdk_batch_mnp.cdk.validation.registration import stage_state

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs


@jsii.implements(batch.IJobDefinition, iam.IGrantable)
class MnpJobDefinition(JobDefinitionBase):
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

    _is_on_eks = False

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
        require_different_names(node_groups)
        _require_tasks(node_groups)
        _require_one_key(options)
        self._take(options)
        super().__init__(scope, id)
        self.node_groups = list(node_groups)
        self.num_nodes = num_nodes
        shared = shared_roles(scope)
        job_role = self._take_job_role(options.get("job_role"), shared)
        self.launcher = options.get("launcher")
        self._has_launcher = self.launcher is not None
        sharing = shared if _logs_where(shared, options) else None
        self.execution_role = options.get("execution_role") or self._own_or(sharing)
        self.log_group = options.get("log_group") or make_log_group(
            self, encryption_key=options.get("log_encryption_key")
        )
        grant_write_once(self.log_group, self.execution_role)
        state, job_queue = stage_state(scope), options.get("job_queue")
        queue_nodes = nodes_of_queue(job_queue)
        nodes = nodes_of_job(
            options.get("instance_type"), queue_nodes, efa=options.get("efa"), state=state
        )
        self._images = Images(self, self.execution_role)
        self._context = RenderContext(
            hardware=nodes.hardware,
            instance_type=nodes.instance_type,
            job_role_arn=role_arn_of(job_role),
            execution_role_arn=role_arn_of(self.execution_role),
            log_group_name=log_group_name_of(self.log_group),
            region=region_of(scope),
            address_of=self._images.address,
        )
        self._launching = self._prepare_launching(shared, queue_nodes)
        self._main_node = options.get("main_node", 0)
        self._properties = self._render(options)
        self._resource = add_resource(self, self._properties, options)
        self._names = DefinitionNames(self, self._resource, self._name)
        self._grant_permissions()
        self._warn_about_ignored_grants(options)
        state.add(self, path_of(self), self._resource, facts_of_queue(job_queue))
        if queue_nodes is not None:
            for file_system in self._file_systems():
                queue_nodes.allow_nodes_to(file_system)

    @classmethod
    @checked
    def from_job_definition_attributes(
        cls,
        scope: Construct,
        id: str,
        *,
        job_definition_arn: str,
        job_role: iam.IRole | None = None,
    ) -> ImportedJobDefinition:
        """Return a job definition that is created elsewhere, with its role.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``.
            job_definition_arn: The ARN, with or without a revision.
            job_role: The role of its containers, which grants to the definition go to. Default:
                unknown; a grant to the definition is an error.

        Raises:
            ArgumentError: It is not the ARN of a job definition.
        """
        return ImportedJobDefinition(scope, id, arn=job_definition_arn, job_role=job_role)

    def _take_job_role(self, given: iam.IRole | None, shared: SharedRoles | None) -> iam.IRole:
        """Return the role of the containers, and keep it if it is not shared."""
        has_permissions = self._executes_commands or self._volumes_of_efs()
        if given is None and shared is not None and not has_permissions:
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
        self, shared: SharedRoles | None, queue_nodes: QueueNodes | None
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
            queue_nodes=queue_nodes,
        )

    def _render(self, options: JobDefinitionOptions) -> dict[str, Any]:
        """Return the properties of the resource in the API's spelling."""
        return {
            **self._render_with(self._render_nodes()),
            "platformCapabilities": ["EC2"],
            "propagateTags": options.get("propagate_tags", True),
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

    @property
    def _executes_commands(self) -> bool:
        return any(group.enable_execute_command for group in self.node_groups)

    @property
    def _has_secrets(self) -> bool:
        """Whether the execution role reads secrets: of containers, registries or the launcher."""
        return (
            self._images.have_credentials
            or (self._launching is not None and self._launching.secret_arn is not None)
            or any(container.secrets for container in self._containers)
        )

    def _volumes_of_efs(self) -> list[EfsVolume]:
        return [
            volume
            for container in self._containers
            for volume in container.volumes
            if isinstance(volume, EfsVolume)
        ]

    def _grant_permissions(self) -> None:
        if self._executes_commands:
            allow_execute_command(self.job_role)
        for container in self._containers:
            for secret in container.secrets.values():
                secret.grant_read(self.execution_role)
        for volume in self._volumes_of_efs():
            actions = ["elasticfilesystem:ClientMount"]
            if not volume.read_only:
                actions.append("elasticfilesystem:ClientWrite")
            volume.file_system.grant(self.job_role, *actions)

    def _warn_about_ignored_grants(self, options: JobDefinitionOptions) -> None:
        if (role := options.get("execution_role")) is not None:
            needs = [WRITE_LOGS]
            needs += [PULL_IMAGES] if self._images.are_in_ecr else []
            needs += [READ_SECRETS] if self._has_secrets else []
            warn_about_ignored_grants(self, "execution_role", role, needs)
        if (role := options.get("job_role")) is not None:
            needs = [MOUNT_VOLUMES] if self._volumes_of_efs() else []
            needs += [EXECUTE_COMMANDS] if self._executes_commands else []
            warn_about_ignored_grants(self, "job_role", role, needs)

    def _file_systems(self) -> Iterable[efs.IFileSystem]:
        found = {id(volume.file_system): volume.file_system for volume in self._volumes_of_efs()}
        return found.values()

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal of the job role: a grant to the definition is a grant to its containers."""
        return self.job_role.grant_principal


def _logs_where(shared: SharedRoles | None, options: JobDefinitionOptions) -> bool:
    """Return whether a job writes to the log group that the shared roles can write to."""
    return shared is not None and options.get("log_group") is shared.log_group


def _require_one_key(options: JobDefinitionOptions) -> None:
    if options.get("log_group") is not None and options.get("log_encryption_key") is not None:
        raise ArgumentError(
            "log_encryption_key applies to the log group that is created; set the key of "
            "log_group itself, or leave one of the two out"
        )


def _require_tasks(groups: Sequence[NodeGroup]) -> None:
    names = [group.name for group in groups if group.is_on_eks]
    if names:
        raise ArgumentError(
            f"node group {names[0]!r} has containers for Amazon EKS, but the definition is for "
            "Amazon ECS; use MnpEksJobDefinition, or NodeContainer"
        )
