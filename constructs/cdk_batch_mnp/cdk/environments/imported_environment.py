"""A compute environment that is created elsewhere, with what is said about its nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Resource
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.environments.environment_plan import instance_of
from cdk_batch_mnp.cdk.environments.known_nodes import EnvironmentNodes
from cdk_batch_mnp.cdk.jobs.volumes import HostVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.arns import arn_of, name_in
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import path_of
from cdk_batch_mnp.cdk.nodes.node_hardware import (
    NodeHardware,
    interfaces_with_efa,
    single_threaded,
)
from cdk_batch_mnp.cdk.validation.registration import stage_state
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.instances import InstanceType
from cdk_batch_mnp.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_batch import ComputeEnvironmentReference, IComputeEnvironmentRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedNodes:
    """What is said about the nodes of an environment that is created elsewhere.

    Attributes:
        instance_type: Name of the instance type of all nodes; ``None`` if it is unknown.
        vcpus_per_node: vCPUs of an instance type that is not in the catalogue.
        max_nodes: Maximum number of running nodes; ``None`` if it is unknown.
        efa: Whether the nodes have EFA; ``None`` if it is unknown.
        threads_per_core: 1 if the nodes run one thread per core; ``None`` if it is unknown.
        is_on_eks: Whether they are nodes of Amazon EKS; otherwise of Amazon ECS.
    """

    instance_type: str | None = None
    vcpus_per_node: int | None = None
    max_nodes: int | None = None
    efa: bool | None = None
    threads_per_core: int | None = None
    is_on_eks: bool = False

    def hardware(self, state: StageState) -> NodeHardware | None:
        """Return the hardware of a node; ``None`` if the type is unknown.

        Raises:
            ArgumentError: ``max_nodes`` is less than 1, ``vcpus_per_node`` contradicts the
                catalogue, or the type does not support EFA, or one thread per core, as stated.
        """
        if self.max_nodes is not None and not is_token(self.max_nodes) and self.max_nodes < 1:
            raise ArgumentError(f"max_nodes is {self.max_nodes}, but must be at least 1")
        instance = self._instance(state)
        if instance is None:
            if self.efa:
                raise ArgumentError(
                    "efa is True, but the instance type is unknown; set instance_type"
                )
            return None
        interfaces = interfaces_with_efa(instance, self.efa) if self.efa else ()
        if self.threads_per_core is not None:
            instance = single_threaded(instance, self.threads_per_core)
        return NodeHardware(
            instance=instance, efa_devices=sum(interface.is_efa for interface in interfaces)
        )

    def _instance(self, state: StageState) -> InstanceType | None:
        name = self.instance_type
        if self.vcpus_per_node is not None:
            if name is None:
                raise ArgumentError("vcpus_per_node is set without instance_type; set both")
            return instance_of(name, self.vcpus_per_node, state)
        return None if name is None or is_token(name) else state.catalogue.find(name)

    def facts(self, state: StageState) -> dict[str, object]:
        """Return what the checks of templates need to know."""
        name, instance = self.instance_type, self._instance(state)
        facts: dict[str, object] = {}
        if name is not None and not is_token(name):
            facts["instanceTypes"] = [name]
        if instance is not None and self.max_nodes is not None and not is_token(self.max_nodes):
            facts["maxvCpus"] = self.max_nodes * instance.vcpus
        hardware = self.hardware(state)
        if self.efa is not None and hardware is not None:
            facts["efaInterfaces"] = hardware.efa_devices
        if self.threads_per_core is not None:
            facts["threadsPerCore"] = self.threads_per_core
        if self.is_on_eks:
            facts["isOnEks"] = True
        return facts


@jsii.implements(batch.IComputeEnvironment, ec2.IConnectable)
class ImportedComputeEnvironment(EnvironmentNodes, Resource):
    """A compute environment that is created elsewhere. See the ``from_`` methods that return it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        arn: str,
        nodes: ImportedNodes,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        volumes: Sequence[HostVolume] = (),
    ) -> None:
        state = stage_state(scope)
        hardware = nodes.hardware(state)
        super().__init__(scope, id, environment_from_arn=arn_of("compute_environment_arn", arn))
        self._arn = arn
        self.instance_type = nodes.instance_type
        self.max_nodes = nodes.max_nodes
        self.hardware = hardware
        self.volumes = list(volumes)
        self.security_groups = list(security_groups)
        self._connections = ec2.Connections(security_groups=self.security_groups)
        self._facts = {"id": path_of(self), "arn": arn, **nodes.facts(state)}

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the checks of templates need to know."""
        return self._facts

    def install_launcher(self) -> None:
        """Raise an error: the user data of the nodes is elsewhere."""
        raise ArgumentError(
            f"the launcher is delivered from the nodes, but {path_of(self)} is imported, so its "
            "user data cannot be changed; choose another delivery"
        )

    @property
    def connections(self) -> ec2.Connections:
        """The connections of the ``security_groups`` that were stated; without them, none."""
        return self._connections

    @property
    def node_connections(self) -> ec2.Connections:
        """The same connections."""
        return self._connections

    @property
    def compute_environment_arn(self) -> str:
        """The ARN of the environment."""
        return self._arn

    @property
    def compute_environment_name(self) -> str:
        """The name of the environment."""
        return name_in(self._arn)

    @property
    def compute_environment_ref(self) -> ComputeEnvironmentReference:
        """The reference to this environment."""
        from aws_cdk.interfaces.aws_batch import ComputeEnvironmentReference

        return ComputeEnvironmentReference(compute_environment_arn=self._arn)

    @property
    def service_role(self) -> iam.IRole | None:
        """``None``: it is unknown."""
        return None

    @property
    def enabled(self) -> bool:
        """``True``: an imported environment is assumed to accept jobs."""
        return True


def facts_of(environments: Sequence[IComputeEnvironmentRef]) -> dict[str, object]:
    """Return what is stated about the imported environments of a queue, for its Metadata."""
    imported = [
        environment.facts
        for environment in environments
        if isinstance(environment, ImportedComputeEnvironment)
    ]
    return {"importedEnvironments": imported} if imported else {}
