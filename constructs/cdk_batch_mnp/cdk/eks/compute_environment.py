"""The managed On-Demand compute environment on Amazon EKS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

import jsii
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.eks.options import EksComputeEnvironmentOptions
from cdk_batch_mnp.cdk.environments.environment_base import ComputeEnvironmentBase
from cdk_batch_mnp.cdk.environments.environment_plan import EnvironmentPlan, plan_environment
from cdk_batch_mnp.cdk.environments.environment_resource import (
    acknowledge_disabled,
    add_instance_role,
    add_resource,
    environment_properties,
    facts_of_environment,
    placement_group_of,
)
from cdk_batch_mnp.cdk.environments.imported_environment import (
    ImportedComputeEnvironment,
    ImportedNodes,
)
from cdk_batch_mnp.cdk.environments.options import ComputeEnvironmentOptions
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked, select
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import path_of, stack_of
from cdk_batch_mnp.cdk.nodes.encryption_keys import allow_auto_scaling_to_use
from cdk_batch_mnp.cdk.nodes.launch_template import NodeLaunchTemplate, specification_of
from cdk_batch_mnp.cdk.nodes.node_hardware import name_of_type
from cdk_batch_mnp.cdk.nodes.security_groups import group_id_of
from cdk_batch_mnp.cdk.validation.registration import stage_state
from cdk_batch_mnp.instances.image_type import image_type as image_type_of
from cdk_batch_mnp.lazy.pattern import pattern

if TYPE_CHECKING:
    from aws_cdk import aws_eks as eks

_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
)
"""Source: Amazon EKS User Guide, Amazon EKS node IAM role."""

_CLUSTER_NAME = pattern(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
_CLUSTER_ARN = pattern(rf"arn:[^:]+:eks:[^:]+:[^:]+:cluster/{_CLUSTER_NAME.pattern}")
"""Source: Amazon EKS API, CreateCluster."""


@jsii.implements(batch.IComputeEnvironment, ec2.IConnectable, iam.IGrantable)
class MnpEksComputeEnvironment(ComputeEnvironmentBase):
    """A managed On-Demand compute environment for multi-node parallel jobs on an EKS cluster.

    The cluster and the namespace must exist, and AWS Batch must be allowed to manage pods in the
    namespace; the instance role needs an access entry of the cluster. AWS Batch launches the nodes
    and joins them to the cluster. Unless you pass your own, the construct creates a cluster
    placement group, a launch template (IMDSv2 only, encrypted gp3 root volume) and an instance
    role.

    Nodes have no EFA: the API of pods has no members for its devices.

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``.
        cluster: The EKS cluster: a construct, its ARN, or its name in this account and Region. A
            token is an ARN.
        namespace: Kubernetes namespace of the pods, not ``default`` or ``kube-...``.
        vpc: VPC of the cluster and its nodes.
        instance_type: Instance type of all nodes.
        max_nodes: Maximum number of running nodes over all jobs, at least 1. Determines max vCPUs.
        enabled: Whether the environment accepts new jobs. ``False`` also acknowledges MNP142.
            Default: ``True``.
        **options: See :class:`EksComputeEnvironmentOptions`, which documents each option and its
            default.

    Raises:
        ArgumentError: An argument is unknown, of the wrong type or out of range; ``cluster`` is
            neither the name nor the ARN of an EKS cluster; the cluster's security group is unknown
            and ``security_groups`` is not set; the instance type is unknown and ``vcpus_per_node``
            is not set; no subnet is found; or two arguments contradict each other.

    Source: Batch API, CreateComputeEnvironment and EksConfiguration; Batch User Guide, Amazon EKS
    compute environments.
    """

    _is_on_eks = True

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: str | eks.ICluster,
        namespace: str,
        vpc: ec2.IVpc,
        instance_type: str | ec2.InstanceType,
        max_nodes: int,
        enabled: bool = True,
        **options: Unpack[EksComputeEnvironmentOptions],
    ) -> None:
        shared = select(ComputeEnvironmentOptions, _without_image_type(options))
        shared["security_groups"] = options.get("security_groups") or _groups_of(cluster)
        if options.get("launch_template") is None:
            shared["efa"] = False
        plan = plan_environment(
            scope, vpc=vpc, instance_type=instance_type, max_nodes=max_nodes, options=shared
        )
        super().__init__(scope, id)
        self.vpc = vpc
        self.max_nodes = max_nodes
        self.instance = plan.instance
        self.instance_type = plan.instance_type
        self.hardware = plan.node.hardware
        self.namespace = namespace
        self.cluster_arn = _arn_of(self, cluster)
        self.security_groups: list[ec2.ISecurityGroup] = list(plan.security_groups)
        self._connections = ec2.Connections(security_groups=self.security_groups)
        self.placement_group = placement_group_of(self, plan.capacity)
        self.instance_role = options.get("instance_role") or add_instance_role(
            self, "Lets the kubelet on the nodes join the cluster and pull images.", *_POLICIES
        )
        self._enabled = enabled
        self._made_template = None
        self._resource = add_resource(self, self._render(plan, options))
        if not enabled:
            acknowledge_disabled(self)
        facts = facts_of_environment(plan, vpc, options.get("vcpus_per_node"))
        stage_state(scope).add(self, path_of(self), self._resource, facts, self._tag_volumes)

    @classmethod
    @checked
    def from_compute_environment_attributes(
        cls,
        scope: Construct,
        id: str,
        *,
        compute_environment_arn: str,
        instance_type: str | ec2.InstanceType | None = None,
        max_nodes: int | None = None,
        vcpus_per_node: int | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
    ) -> ImportedComputeEnvironment:
        """Return an environment on Amazon EKS that is created elsewhere, with its nodes.

        Job definitions of its queue are checked against what is stated here, and nothing else.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``.
            compute_environment_arn: The ARN of the environment.
            instance_type: Instance type of all nodes. Default: unknown.
            max_nodes: Maximum number of running nodes, at least 1. Default: unknown.
            vcpus_per_node: vCPUs of an instance type that is not in the catalogue. Default: from
                the catalogue.
            security_groups: Security groups of the nodes. Default: unknown.

        Raises:
            ArgumentError: It is not the ARN of a compute environment, ``max_nodes`` is less than 1,
                or ``vcpus_per_node`` contradicts the catalogue.
        """
        return ImportedComputeEnvironment(
            scope,
            id,
            arn=compute_environment_arn,
            nodes=ImportedNodes(
                instance_type=None if instance_type is None else name_of_type(instance_type),
                vcpus_per_node=vcpus_per_node,
                max_nodes=max_nodes,
                is_on_eks=True,
            ),
            security_groups=security_groups,
        )

    def _render(
        self, plan: EnvironmentPlan, options: EksComputeEnvironmentOptions
    ) -> dict[str, Any]:
        """Return the properties of the resource in the API's spelling."""
        group = self.placement_group
        group_ids = [group_id_of(own) for own in self.security_groups]
        return {
            **environment_properties(
                self,
                plan,
                is_enabled=self._enabled,
                name=options.get("compute_environment_name"),
                instance_role=self.instance_role,
                compute_resources={
                    "securityGroupIds": group_ids if plan.names_groups else None,
                    "placementGroup": None if group is None else group.placement_group_name,
                    "ec2Configuration": [_image(plan, options)],
                    "launchTemplate": self._template(plan, options),
                },
            ),
            "eksConfiguration": {
                "eksClusterArn": self.cluster_arn,
                "kubernetesNamespace": self.namespace,
            },
        }

    def _template(
        self, plan: EnvironmentPlan, options: EksComputeEnvironmentOptions
    ) -> dict[str, Any]:
        given = options.get("launch_template")
        if given is not None:
            return specification_of(given)
        key = options.get("root_volume_encryption_key")
        if key is not None:
            allow_auto_scaling_to_use(key)
        self._made_template = NodeLaunchTemplate(
            self,
            "LaunchTemplate",
            root_volume=plan.root_volume,
            root_volume_key_arn=None if key is None else key.key_arn,
            capacity_reservation=options.get("capacity_reservation"),
        )
        return self._made_template.specification

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the nodes, and of pods that use the network of their node."""
        return self._connections

    @property
    def node_connections(self) -> ec2.Connections:
        """The connections of the nodes."""
        return self._connections

    def install_launcher(self) -> None:
        """Raise an error: the launcher is for Amazon ECS.

        Raises:
            ArgumentError: Always.
        """
        raise ArgumentError("the launcher is delivered from nodes of Amazon ECS only")

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Raise an error: an environment has no permissions.

        Raises:
            ArgumentError: Always.
        """
        raise ArgumentError(
            "an MnpEksComputeEnvironment has no permissions of its own: containers have those of "
            "the Kubernetes service account; grant to the IAM role of EksPod.service_account, or "
            "to instance_role, the role of the instances",
            path=path_of(self),
        )


def _without_image_type(options: EksComputeEnvironmentOptions) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "image_type"}


def _arn_of(scope: Construct, cluster: str | eks.ICluster) -> str:
    if not isinstance(cluster, str):
        return cluster.cluster_arn
    if is_token(cluster) or _CLUSTER_ARN.fullmatch(cluster):
        return cluster
    if not _CLUSTER_NAME.fullmatch(cluster):
        raise ArgumentError(
            f"cluster is {cluster!r}, but must be the name of an EKS cluster, or its ARN "
            "(arn:aws:eks:REGION:ACCOUNT:cluster/NAME)"
        )
    return stack_of(scope).format_arn(service="eks", resource="cluster", resource_name=cluster)


def _groups_of(cluster: str | eks.ICluster) -> list[ec2.ISecurityGroup]:
    if not isinstance(cluster, str):
        try:
            return [cluster.cluster_security_group]
        except (AttributeError, RuntimeError):
            pass  # An imported cluster whose security group is not set.
    raise ArgumentError("the security group of the cluster is not known; set security_groups to it")


def _image(plan: EnvironmentPlan, options: EksComputeEnvironmentOptions) -> dict[str, str]:
    """Return the Ec2Configuration; Batch has the same image types for both orchestrators."""
    known = (image_type_of(plan.instance) or "ECS_AL2023").replace("ECS_", "EKS_")
    chosen = options.get("image_type") or known
    image = {"imageType": chosen.value if isinstance(chosen, batch.EksMachineImageType) else chosen}
    version = options.get("kubernetes_version")
    return image if version is None else {**image, "imageKubernetesVersion": version}
