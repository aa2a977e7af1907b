"""Containers of pods, and what a pod has besides them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

from aws_cdk import Size
from aws_cdk import aws_batch as batch

from cdk_batch_mnp.cdk.eks.volumes import EksVolume
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.cdk.jsii.sizes import mebibytes_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs

MAX_USER_ID = 2147483647
"""Source: Batch API, EksContainerSecurityContext."""


@checked_fields()
@dataclass(frozen=True, kw_only=True)
class EksNodeContainer:
    """A container of the pod that runs on each node of a group, on Amazon EKS.

    A node is a whole instance, with one pod of the job. CPU and memory are limits and requests at
    once. The kubelet and DaemonSets need some of both, so a pod cannot have all of an instance.

    Attributes:
        image: Image URI, or an ``ecs.ContainerImage`` in ECR. The nodes pull it with their instance
            role; other private registries need ``image_pull_secrets`` of the :class:`EksPod`.
        command: Entrypoint, which is not run in a shell. ``Ref::name`` is replaced by a parameter
            of the job. Default: the entrypoint of the image.
        args: Arguments of the entrypoint; numbers become strings. Default: the command of the
            image.
        cpu: vCPUs, a multiple of 0.25 and at least 0.25. Default: none; at least one container of
            each pod must set it.
        memory: Memory, at least 4 MiB. Default: none; at least one container of each pod must set
            it.
        gpus: Whole GPUs, at least 1. Default: none.
        environment: Environment variables; numbers become strings. Names that begin with
            ``AWS_BATCH`` are reserved. Default: none.
        volumes: Volumes of the pod that the container mounts. Default: none.
        image_pull_policy: When the node pulls the image. Default: if the node does not have it, and
            always for the tag ``latest``.
        user: ID of the user that runs the command, 0 to 2147483647. Default: the user of the image.
        group: ID of the group that runs the command, 0 to 2147483647. Default: the group of the
            image.
        run_as_non_root: Whether the container must not run as root. Default: not enforced.
        privileged: Whether the container has root permissions on the instance. Default: ``False``.
        allow_privilege_escalation: Whether a process can get more permissions than its parent.
            Default: ``False``; Kubernetes requires ``True`` for ``privileged``, which sets it.
        readonly_root_filesystem: Whether the container cannot write to its root file system.
            Default: ``False``.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type; the image or the command list is
            empty; an amount is out of range; or two volumes have the same path.

    Source: Batch API, EksContainer; Batch User Guide, memory and vCPU considerations for AWS Batch
    on Amazon EKS.
    """

    image: str | ecs.ContainerImage
    command: Sequence[str | float] | None = None
    args: Sequence[str | float] | None = None
    cpu: float | None = None
    memory: Size | None = None
    gpus: int | None = None
    environment: Mapping[str, str | float] = field(default_factory=dict)
    volumes: Sequence[EksVolume] = ()
    image_pull_policy: batch.ImagePullPolicy | None = None
    user: int | None = None
    group: int | None = None
    run_as_non_root: bool | None = None
    privileged: bool = False
    allow_privilege_escalation: bool = False
    readonly_root_filesystem: bool = False

    def __post_init__(self) -> None:
        """Check the arguments."""
        if isinstance(self.image, str) and not self.image.strip():
            raise ArgumentError("image is empty; set the image that the nodes run")
        if self.command is not None and len(self.command) == 0:
            raise ArgumentError(
                "command is an empty list; leave it out to run the image's entrypoint"
            )
        cpu = self.cpu
        if cpu is not None and not is_token(cpu) and (cpu < 0.25 or (cpu * 4) % 1):
            raise ArgumentError(f"cpu is {cpu}, but must be a multiple of 0.25, at least 0.25")
        for name, amount, minimum, unit in (
            ("memory", self.memory_mib, 4, "MiB"),
            ("gpus", self.gpus, 1, "GPU"),
        ):
            if amount is not None and not is_token(amount) and amount < minimum:
                raise ArgumentError(f"{name} is {amount}, but must be at least {minimum} {unit}")
        for name, number in (("user", self.user), ("group", self.group)):
            if number is not None and not is_token(number) and not 0 <= number <= MAX_USER_ID:
                raise ArgumentError(f"{name} is {number}, but must be 0 to {MAX_USER_ID}")
        places = [volume.mount_path.rstrip("/") for volume in self.volumes]
        twice = sorted({place or "/" for place in places if places.count(place) > 1})
        if twice:
            raise ArgumentError(f"two volumes have the mount_path {', '.join(twice)}")

    @cached_property
    def memory_mib(self) -> int | None:
        """The memory in MiB, or a token for it; ``None`` if it is not set."""
        return None if self.memory is None else mebibytes_of("memory", self.memory)


@checked_fields()
@dataclass(frozen=True, kw_only=True)
class EksPod:
    """What the pods of a node group have besides their containers.

    Attributes:
        init_containers: Up to ten containers, by name, that run one after the other before the
            containers of the group. Default: none.
        namespace: Kubernetes namespace, the same in all groups of a job. Default: that of the
            compute environment.
        service_account: Kubernetes service account in the namespace. Its IAM role is what the
            containers may do: a pod has no job role. Default: the namespace's ``default``.
        host_network: Whether the pod uses the network of its node. Default: ``True``, as in AWS
            Batch.
        dns_policy: How names are resolved. Default: ``CLUSTER_FIRST_WITH_HOST_NET``, or
            ``CLUSTER_FIRST`` if ``host_network`` is set.
        labels: Labels of the pods. Default: none.
        annotations: Annotations of the pods. Default: none.
        image_pull_secrets: Kubernetes secrets with the credentials of private registries. Default:
            none.
        share_process_namespace: Whether containers of a pod see each other's processes. Default:
            ``False``.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type.

    Source: Batch API, EksPodProperties and EksMetadata.
    """

    init_containers: Mapping[str, EksNodeContainer] = field(default_factory=dict)
    namespace: str | None = None
    service_account: str | None = None
    host_network: bool | None = None
    dns_policy: batch.DnsPolicy | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    image_pull_secrets: Sequence[str] = ()
    share_process_namespace: bool = False
