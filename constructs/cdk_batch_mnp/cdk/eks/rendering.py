"""Render a node group of pods in the API's spelling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_batch as batch

from cdk_batch_mnp.cdk.eks.node_container import EksNodeContainer, EksPod
from cdk_batch_mnp.cdk.jobs.consumable_resources import consumable_resource_properties
from cdk_batch_mnp.cdk.jobs.container_properties import text_of
from cdk_batch_mnp.cdk.jobs.node_group import NodeGroup
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError, at_path
from cdk_batch_mnp.cdk.jsii.tokens import is_token

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs

_PULL_POLICIES = {
    batch.ImagePullPolicy.ALWAYS: "Always",
    batch.ImagePullPolicy.IF_NOT_PRESENT: "IfNotPresent",
    batch.ImagePullPolicy.NEVER: "Never",
}
_DNS_POLICIES = {
    batch.DnsPolicy.DEFAULT: "Default",
    batch.DnsPolicy.CLUSTER_FIRST: "ClusterFirst",
    batch.DnsPolicy.CLUSTER_FIRST_WITH_HOST_NET: "ClusterFirstWithHostNet",
}

AddressOf = Callable[["str | ecs.ContainerImage"], str]


def pod_range_property(
    group: NodeGroup, instance_type: str | None, address_of: AddressOf
) -> dict[str, Any]:
    """Return a NodeRangeProperty with the pod of a node group.

    Raises:
        ArgumentError: Two containers mount different volumes of one name, or an image has
            credentials.
    """
    pod = group.pod or EksPod()
    with at_path(f"node group {group.name!r}"):
        properties = {
            "containers": _containers(group.pod_containers, address_of),
            **_present(
                initContainers=_containers(pod.init_containers, address_of),
                volumes=_volumes([*group.pod_containers.values(), *pod.init_containers.values()]),
                metadata=_present(labels=dict(pod.labels)),
                serviceAccountName=pod.service_account,
                hostNetwork=pod.host_network,
                dnsPolicy=None if pod.dns_policy is None else _DNS_POLICIES[pod.dns_policy],
                imagePullSecrets=[{"name": name} for name in pod.image_pull_secrets],
                shareProcessNamespace=pod.share_process_namespace or None,
            ),
        }
    return {
        "targetNodes": str(group.node_range),
        "eksProperties": {"podProperties": properties},
        **_present(
            instanceTypes=None if instance_type is None else [instance_type],
            consumableResourceProperties=consumable_resource_properties(group.consumable_resources),
        ),
    }


def override_metadata(resource: batch.CfnJobDefinition, groups: Iterable[NodeGroup]) -> None:
    """Set namespaces and annotations, which CloudFormation has and the CDK's L1 drops."""
    for position, group in enumerate(groups):
        pod = group.pod or EksPod()
        metadata = _present(Annotations=dict(pod.annotations), Namespace=pod.namespace)
        place = f"NodeProperties.NodeRangeProperties.{position}.EksProperties.PodProperties"
        for name, value in metadata.items():
            resource.add_property_override(f"{place}.Metadata.{name}", value)


def _containers(
    containers: Mapping[str, EksNodeContainer], address_of: AddressOf
) -> list[dict[str, Any]]:
    rendered = []
    for name, container in containers.items():
        with at_path(f"container {name!r}"):
            rendered.append(_container(name, container, address_of))
    return rendered


def _container(name: str, container: EksNodeContainer, address_of: AddressOf) -> dict[str, Any]:
    policy = container.image_pull_policy
    limits = _present(
        cpu=None if container.cpu is None else _cpu(container.cpu),
        memory=None if container.memory_mib is None else f"{text_of(container.memory_mib)}Mi",
    )
    if container.gpus is not None:
        limits["nvidia.com/gpu"] = text_of(container.gpus)
    return {
        "name": name,
        "image": address_of(container.image),
        **_present(
            command=None if container.command is None else list(map(text_of, container.command)),
            args=None if container.args is None else list(map(text_of, container.args)),
            env=[
                {"name": key, "value": text_of(value)}
                for key, value in sorted(container.environment.items())
            ],
            resources=_present(limits=limits),
            volumeMounts=[volume.mount for volume in container.volumes],
            imagePullPolicy=None if policy is None else _PULL_POLICIES[policy],
        ),
        "securityContext": {
            "allowPrivilegeEscalation": container.allow_privilege_escalation
            # Kubernetes rejects a privileged container without it.
            or container.privileged,
            "privileged": container.privileged,
            "readOnlyRootFilesystem": container.readonly_root_filesystem,
            **_present(
                runAsUser=container.user,
                runAsGroup=container.group,
                runAsNonRoot=container.run_as_non_root,
            ),
        },
    }


def _cpu(amount: float) -> str:
    whole = not is_token(amount) and amount == int(amount)
    return text_of(int(amount) if whole else amount)


def _volumes(containers: Iterable[EksNodeContainer]) -> list[dict[str, Any]]:
    volumes: dict[str, dict[str, Any]] = {}
    for container in containers:
        for volume in container.volumes:
            written = volume.volume
            if volumes.setdefault(volume.name, written) != written:
                raise ArgumentError(f"the pod has two different volumes named {volume.name!r}")
    return list(volumes.values())


def _present(**members: Any) -> dict[str, Any]:
    return {
        key: value
        for key, value in members.items()
        if value is not None and value != [] and value != {}
    }
