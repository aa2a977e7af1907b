"""Node groups and the containers that run on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_cdk import Size
from aws_cdk import aws_batch as batch
from aws_cdk.interfaces.aws_batch import IConsumableResourceRef

from cdk_batch_mnp.cdk.eks.node_container import EksNodeContainer, EksPod
from cdk_batch_mnp.cdk.jobs.additional_properties import IN_CONTAINER, IN_TASK, require_valid
from cdk_batch_mnp.cdk.jobs.consumable_resources import require_quantities
from cdk_batch_mnp.cdk.jobs.volumes import EfsVolume, HostVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError, at_path
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.cdk.jsii.sizes import mebibytes_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.node_range import NodeRange

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs


@checked_fields()
@dataclass(frozen=True, kw_only=True)
class NodeContainer:
    """A container that runs on each node of a group.

    A node is a whole instance, used by one job at a time. A container without vCPUs, memory or GPUs
    gets everything of the instance that the other containers of the group do not request.

    Attributes:
        image: Image URI, or any ``ecs.ContainerImage``. The execution role is allowed to pull CDK
            images and URIs in private ECR repositories. For a URI that is only known at deployment,
            such as a parameter, call ``repository.grant_pull(definition.execution_role)``.
        command: Command. ``Ref::name`` is replaced by a parameter of the job; numbers become
            strings. Default: the command of the image.
        vcpus: Whole vCPUs, at least 1. Default: all of the instance.
        memory: Hard limit of memory, at least 4 MiB. Default: all that the ECS agent and the
            operating system of the instance leave.
        gpus: Whole GPUs, at least 1. Default: all of the instance.
        environment: Environment variables; numbers become strings. Names that begin with
            ``AWS_BATCH`` are reserved. Default: none.
        secrets: Environment variables whose values are read from Secrets Manager or Systems
            Manager when the container starts. Default: none.
        volumes: Host directories and EFS file systems. Default: none.
        node_volumes: Whether the container mounts the file systems that its cluster mounts on every
            node (``lustre``, ``scratch_path``), at the same paths. Default: ``True``.
        ulimits: Process limits; -1 is unlimited. Default: the Docker defaults, with unlimited
            locked memory for containers with EFA devices.
        devices: Devices of the instance, in addition to those of ``efa`` and ``neuron``. Default:
            none.
        efa: Whether the container gets the node's EFA devices, and can lock memory for them.
            Default: ``True`` if the node has any.
        neuron: Whether the container gets the node's Trainium or Inferentia devices. Default:
            ``True`` if the node has any.
        shared_memory_size: Size of ``/dev/shm``, at least 1 MiB. Default: half of the container's
            memory on nodes with EFA, GPUs or Neuron devices, otherwise 64 MiB.
        user: Name or ID of the user that runs the command. Default: the user of the image.
        privileged: Whether the container has root permissions on the instance. Default: ``False``.
        readonly_root_filesystem: Whether the container cannot write to its root file system.
            Default: ``False``.
        init_process_enabled: Whether an init process forwards signals and reaps processes.
            Default: no init process.
        essential: Whether the task of the node ends when this container exits, if there are several
            containers. Default: ``True``.
        additional_properties: Container properties that this class has no argument for, in the
            API's spelling. Structures are merged, and lists are joined. Names and types are checked
            against the CDK's ``CfnJobDefinition``. Default: none.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type; the image or the command list is
            empty; a size is below its minimum; two volumes have the same path; or an additional
            property is not valid.

    Source: Batch API, ContainerProperties and TaskContainerProperties.
    """

    image: str | ecs.ContainerImage
    command: Sequence[str | float] | None = None
    vcpus: int | None = None
    memory: Size | None = None
    gpus: int | None = None
    environment: Mapping[str, str | float] = field(default_factory=dict)
    secrets: Mapping[str, batch.Secret | ecs.Secret] = field(default_factory=dict)
    volumes: Sequence[HostVolume | EfsVolume] = ()
    node_volumes: bool = True
    ulimits: Sequence[batch.Ulimit] = ()
    devices: Sequence[batch.Device] = ()
    efa: bool | None = None
    neuron: bool | None = None
    shared_memory_size: Size | None = None
    user: str | None = None
    privileged: bool = False
    readonly_root_filesystem: bool = False
    init_process_enabled: bool | None = None
    essential: bool = True
    additional_properties: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the arguments."""
        if isinstance(self.image, str) and not self.image.strip():
            raise ArgumentError("image is empty; set the image that the nodes run")
        if self.command is not None and len(self.command) == 0:
            raise ArgumentError("command is an empty list; leave it out to run the image's command")
        shared_memory = (
            None
            if self.shared_memory_size is None
            else mebibytes_of("shared_memory_size", self.shared_memory_size)
        )
        for name, amount, minimum, unit in (
            ("vcpus", self.vcpus, 1, "vCPU"),
            ("memory", self.memory_mib, 4, "MiB"),
            ("gpus", self.gpus, 1, "GPU"),
            ("shared_memory_size", shared_memory, 1, "MiB"),
        ):
            if amount is not None and not is_token(amount) and amount < minimum:
                raise ArgumentError(
                    f"{name} is {amount}, but must be at least {minimum} {unit}; leave it out for "
                    f"{_LEFT_OUT[name]}"
                )
        self._validate_volume_paths()
        twice = set(self.environment) & set(self.secrets)
        if twice:
            raise ArgumentError(f"{', '.join(sorted(twice))}: both in environment and in secrets")
        if self.additional_properties:
            require_valid(self.additional_properties, IN_CONTAINER, IN_TASK)

    def _validate_volume_paths(self) -> None:
        places = [volume.container_path.rstrip("/") for volume in self.volumes]
        twice = sorted({place or "/" for place in places if places.count(place) > 1})
        if twice:
            raise ArgumentError(f"two volumes have the container_path {', '.join(twice)}")

    @cached_property
    def memory_mib(self) -> int | None:
        """The hard limit of memory in MiB, or a token for it; ``None`` if it is not set."""
        return None if self.memory is None else mebibytes_of("memory", self.memory)


_CONTAINER_NAME = pattern(r"[A-Za-z0-9_-]{1,255}")

_LEFT_OUT = {
    "vcpus": "all vCPUs of the instance",
    "memory": "all available memory of the instance",
    "gpus": "all GPUs of the instance",
    "shared_memory_size": "the default",
}


@checked_fields("node group")
@dataclass(frozen=True)
class NodeGroup:
    """A range of nodes that run the same containers.

    Args:
        name: Name of the group within its job, used in log stream names and messages.
        nodes: Node range in the format of ``targetNodes``: ``"0"``, ``"1:"``, ``"1:4"``, ``":"``.
            With an open-ended range, a submission can override the number of nodes. Ranges can be
            nested; the inner range overrides the outer one.
        container: The container on each node; on Amazon EKS, an :class:`EksNodeContainer`. Default:
            the ``containers``.
        containers: Several containers on each node, by name, instead of ``container``. Default:
            the one ``container``.
        enable_execute_command: Whether ``aws ecs execute-command`` can run commands in the
            containers (ECS Exec). The job role gets the permissions of the SSM agent. For Amazon
            ECS only. Default: ``False``.
        consumable_resources: Consumable resources of the group, such as
            ``batch.ConsumableResource``, and quantities of at least 1, in addition to those of the
            job. It is not documented whether each node counts. Default: none.
        pod: On Amazon EKS, what the pod of each node has besides its containers. Default: nothing.

    Raises:
        ArgumentError: An argument is of the wrong type; the range is malformed or empty; a name
            has invalid characters; both or neither of ``container`` and ``containers`` are set;
            containers for Amazon ECS and Amazon EKS are mixed; a quantity is less than 1; or a
            container has a property that does not exist for its kind.

    Source: Batch API, NodeRangeProperty.
    """

    name: str
    nodes: str | int | NodeRange
    container: NodeContainer | EksNodeContainer | None = None
    containers: Mapping[str, NodeContainer | EksNodeContainer] = field(default_factory=dict)
    enable_execute_command: bool = False
    consumable_resources: Mapping[IConsumableResourceRef, int] = field(default_factory=dict)
    pod: EksPod | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not self.name:
            raise ArgumentError("name is empty")
        # The names of log streams begin with it. Source: CloudWatch Logs API, CreateLogStream.
        if not is_token(self.name) and {":", "*"} & set(self.name):
            raise ArgumentError(
                "name must not contain ':' or '*', because log stream names begin with it"
            )
        wrong = [
            name
            for name in self.containers
            if not _CONTAINER_NAME.fullmatch(name) and not is_token(name)
        ]
        if wrong:
            raise ArgumentError(
                f"the name {wrong[0]!r} of a container must have 1 to 255 letters, digits, hyphens "
                "and underscores"
            )
        if isinstance(self.nodes, str | float) and is_token(self.nodes):
            raise ArgumentError(
                "nodes is known only at deployment, but groups are checked against each other now; "
                "pass a range, from the context or from settings"
            )
        try:
            NodeRange.of(self.nodes)
        except ValueError as error:
            raise ArgumentError(str(error)) from None
        if (self.container is None) == (not self.containers):
            raise ArgumentError("set either container or containers, with at least one container")
        require_quantities(self.consumable_resources)
        self._validate_orchestration()
        structure = IN_TASK if self.container is None else IN_CONTAINER
        for name, container in self.all_containers.items():
            if container.additional_properties:
                with at_path(f"container {name!r}"):
                    require_valid(container.additional_properties, structure)

    @property
    def node_range(self) -> NodeRange:
        """The node range of the group."""
        return NodeRange.of(self.nodes)

    def _validate_orchestration(self) -> None:
        if self.is_on_eks and self.all_containers:
            raise ArgumentError(
                "containers has both NodeContainer and EksNodeContainer; a node runs a task of "
                "Amazon ECS or a pod of Amazon EKS"
            )
        if self.pod is not None and not self.is_on_eks:
            raise ArgumentError("pod is set, but the containers are not EksNodeContainer")
        if self.enable_execute_command and self.is_on_eks:
            raise ArgumentError(
                "enable_execute_command is for Amazon ECS; use kubectl exec on Amazon EKS"
            )

    @property
    def _by_name(self) -> Mapping[str, NodeContainer | EksNodeContainer]:
        return {self.name: self.container} if self.container is not None else self.containers

    @property
    def all_containers(self) -> Mapping[str, NodeContainer]:
        """The containers of Amazon ECS by name; a single one has the name of the group."""
        return {
            name: container
            for name, container in self._by_name.items()
            if isinstance(container, NodeContainer)
        }

    @property
    def is_on_eks(self) -> bool:
        """Whether a container of the group is for Amazon EKS."""
        return bool(self.pod_containers)

    @property
    def pod_containers(self) -> Mapping[str, EksNodeContainer]:
        """The containers of the pod by name; a single one has the name of the group."""
        return {
            name: container
            for name, container in self._by_name.items()
            if isinstance(container, EksNodeContainer)
        }


def require_different_names(groups: Sequence[NodeGroup]) -> None:
    """Raise ArgumentError if two groups have one name."""
    names = [group.name for group in groups]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ArgumentError(f"two node groups have the name {', '.join(map(repr, repeated))}")
