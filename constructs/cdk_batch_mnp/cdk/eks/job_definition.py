"""Multi-node parallel job definitions on Amazon EKS."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Unpack

import jsii
from aws_cdk import Aws
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.eks.options import EksJobDefinitionOptions
from cdk_batch_mnp.cdk.eks.rendering import override_metadata, pod_range_property
from cdk_batch_mnp.cdk.environments.known_nodes import nodes_of_queue
from cdk_batch_mnp.cdk.grants import reject_pods_as_grantee
from cdk_batch_mnp.cdk.jobs.definition_base import JobDefinitionBase, facts_of_queue
from cdk_batch_mnp.cdk.jobs.definition_names import DefinitionNames
from cdk_batch_mnp.cdk.jobs.definition_resource import add_resource
from cdk_batch_mnp.cdk.jobs.images import Images
from cdk_batch_mnp.cdk.jobs.job_nodes import nodes_of_job
from cdk_batch_mnp.cdk.jobs.node_group import NodeGroup, require_different_names
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.unchanging import path_of
from cdk_batch_mnp.cdk.validation.registration import stage_state

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs


@jsii.implements(batch.IJobDefinition, iam.IGrantable)
class MnpEksJobDefinition(JobDefinitionBase):
    """A multi-node parallel job definition for Amazon EKS: one pod on each node.

    The job ends when the main node's pod ends. What the containers may do is the role of the
    Kubernetes service account (``EksPod.service_account``), and their logs go where the cluster
    sends them: there are no arguments for a job role, an execution role and a log group. The
    launcher, EFA devices and EFS volumes are for Amazon ECS.

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``.
        node_groups: One to five node groups with :class:`EksNodeContainer` that together cover
            every node.
        num_nodes: Number of nodes of a job, 1 to 1000. A submission can override it if a node range
            is open-ended.
        **options: See :class:`EksJobDefinitionOptions`, which documents each option and its
            default.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type; two groups have the same name; a
            group has containers for Amazon ECS; two different volumes of a pod have the same name;
            a quantity is less than 1; or an image has credentials that only Amazon ECS uses.

    Source: Batch API, RegisterJobDefinition; Batch User Guide, create an Amazon EKS MNP job
    definition.
    """

    _is_on_eks = True

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        node_groups: Sequence[NodeGroup],
        num_nodes: int,
        **options: Unpack[EksJobDefinitionOptions],
    ) -> None:
        require_different_names(node_groups)
        _require_pods(node_groups)
        self._take(options)
        super().__init__(scope, id)
        self.node_groups = list(node_groups)
        self.num_nodes = num_nodes
        self._has_launcher = False
        state, queue = stage_state(scope), options.get("job_queue")
        nodes = nodes_of_job(
            options.get("instance_type"), nodes_of_queue(queue), efa=None, state=state
        )
        # Batch rejects platformCapabilities and propagateTags.
        self._properties = self._render_with(
            {
                "numNodes": num_nodes,
                "mainNode": options.get("main_node", 0),
                "nodeRangeProperties": [
                    pod_range_property(group, nodes.instance_type, self._address_of)
                    for group in node_groups
                ],
            }
        )
        self._resource = add_resource(self, self._properties, options)
        override_metadata(self._resource, node_groups)
        self._names = DefinitionNames(self, self._resource, self._name)
        state.add(self, path_of(self), self._resource, facts_of_queue(queue))

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Raise an error: a pod has the permissions of its service account.

        Raises:
            ArgumentError: Always.
        """
        reject_pods_as_grantee(self)

    @cached_property
    def _images(self) -> Images:
        # CDK images grant a role to pull them. The nodes' role may pull from every repository of
        # the account, so the grants are not needed.
        arn = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/nodes"
        return Images(self, iam.Role.from_role_arn(self, "Nodes", arn, mutable=False))

    def _address_of(self, image: str | ecs.ContainerImage) -> str:
        if isinstance(image, str):
            return image
        found = self._images.address(image)
        if found.repository_credentials is not None:
            raise ArgumentError(
                "the image has credentials for Amazon ECS; pass its address, and set "
                "image_pull_secrets of the EksPod"
            )
        return found.address


def _require_pods(groups: Sequence[NodeGroup]) -> None:
    names = [group.name for group in groups if not group.is_on_eks]
    if names:
        raise ArgumentError(
            f"node group {names[0]!r} has containers for Amazon ECS, but the definition is for "
            "Amazon EKS; use MnpJobDefinition, or EksNodeContainer"
        )
