"""What compute environments of all kinds have: names, tags and imports."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from aws_cdk import Fn, Resource
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from aws_cdk.interfaces.aws_batch import ComputeEnvironmentReference
from constructs import Construct

from cdk_batch_mnp.cdk.environments.imported_environment import (
    ImportedComputeEnvironment,
    ImportedNodes,
)
from cdk_batch_mnp.cdk.environments.known_nodes import EnvironmentNodes
from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.unchanging import tags_of
from cdk_batch_mnp.cdk.nodes.launch_template import NodeLaunchTemplate


class ComputeEnvironmentBase(EnvironmentNodes, Resource):
    """The base of :class:`MnpComputeEnvironment` and :class:`MnpEksComputeEnvironment`."""

    _is_on_eks: ClassVar[bool]
    _resource: batch.CfnComputeEnvironment
    _made_template: NodeLaunchTemplate | None
    _enabled: bool

    @classmethod
    @checked
    def from_compute_environment_arn(
        cls, scope: Construct, id: str, compute_environment_arn: str
    ) -> ImportedComputeEnvironment:
        """Return an environment that is created elsewhere. Its nodes are unknown.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``.
            compute_environment_arn: The ARN of the environment.

        Raises:
            ArgumentError: It is not the ARN of a compute environment.
        """
        nodes = ImportedNodes(is_on_eks=cls._is_on_eks)
        return ImportedComputeEnvironment(scope, id, arn=compute_environment_arn, nodes=nodes)

    def _tag_volumes(self) -> None:
        # Batch gives the environment's tags only to the instances.
        if self._made_template is not None and (tags := tags_of(self._resource).tag_values()):
            self._made_template.tag_volumes(tags)

    @property
    def compute_environment_arn(self) -> str:
        """The ARN of the environment."""
        return self._arn

    @property
    def compute_environment_name(self) -> str:
        """The name of the environment."""
        return Fn.select(1, Fn.split("/", self._arn))

    @property
    def compute_environment_ref(self) -> ComputeEnvironmentReference:
        """The reference to this environment."""
        return self._reference

    @property
    def service_role(self) -> iam.IRole | None:
        """``None``: Batch uses its service-linked role."""
        return None

    @property
    def enabled(self) -> bool:
        """Whether the environment accepts new jobs."""
        return self._enabled

    # Queues read these several times each.
    @cached_property
    def _arn(self) -> str:
        return self._resource.attr_compute_environment_arn

    @cached_property
    def _reference(self) -> ComputeEnvironmentReference:
        return ComputeEnvironmentReference(compute_environment_arn=self._resource.ref)
