"""Rules over a whole compute environment, when it is created and when it is updated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdk_batch_mnp_emulator.batch.state import refused
from cdk_batch_mnp_emulator.batch.validation.bounds import count
from cdk_batch_mnp_emulator.batch.validation.instance_types import architectures

_NOT_FOR_FARGATE = (
    "allocationStrategy",
    "bidPercentage",
    "desiredvCpus",
    "ec2Configuration",
    "ec2KeyPair",
    "imageId",
    "instanceRole",
    "instanceTypes",
    "launchTemplate",
    "minvCpus",
    "placementGroup",
    "scalingPolicy",
    "spotIamFleetRole",
    "tags",
)
_MANAGED_INSTANCES = "ECS_MANAGED_INSTANCES"
_MANAGED_INSTANCES_ALONE = ("managedInstancesProvider", "capacityTags")
_MEMBERS_BY_TYPE = {
    "EC2": ("subnets", "instanceRole", "instanceTypes"),
    "SPOT": ("subnets", "instanceRole", "instanceTypes"),
    "FARGATE": ("subnets", "securityGroupIds"),
    "FARGATE_SPOT": ("subnets", "securityGroupIds"),
    _MANAGED_INSTANCES: ("managedInstancesProvider",),
}
_MOST_SUBNETS_OF_FARGATE = 16
_SERVICE_LINKED = "AWSServiceRoleForBatch"

WITHOUT_NEW_INSTANCES = frozenset({"desiredvCpus", "maxvCpus", "minvCpus", "scalingPolicy"})
"""Compute resources that change without an infrastructure update.

Source: user guide, updating compute environments.
"""


def check_new_environment(request: Mapping[str, Any]) -> None:
    """Reject an environment that cannot be created.

    Raises:
        ServiceError: Its members are not valid together.

    Source: Batch API, CreateComputeEnvironment.
    """
    if request["type"].upper() == "UNMANAGED":
        _refuse_first(_unmanaged(request))
        return
    if "unmanagedvCpus" in request:
        raise refused("unmanagedvCpus is for compute environments of type UNMANAGED only")
    resources = request.get("computeResources")
    if not resources:
        raise refused("computeResources must be provided for a MANAGED compute environment")
    is_eks = "eksConfiguration" in request
    check_resources(resources, is_eks=is_eks)
    if is_eks and not resources.get("allocationStrategy"):
        raise refused("computeResources must contain allocationStrategy, since it is for EKS")


def check_resources(resources: Mapping[str, Any], *, is_eks: bool) -> None:
    """Reject compute resources that are not valid together.

    Args:
        resources: Compute resources at creation or after an update.
        is_eks: Whether the environment is of an EKS cluster.

    Raises:
        ServiceError: For the first problem.

    Source: Batch API, ComputeResource and Ec2Configuration.
    """
    kind = resources["type"].upper()
    _refuse_first(_members_of_type(kind, resources))
    if is_eks and kind not in {"EC2", "SPOT"}:
        raise refused(f"computeResources.type must be EC2 or SPOT for EKS, not {kind}")
    if kind in {"EC2", "SPOT"}:
        _refuse_first(_ec2(kind, resources, is_eks=is_eks))
    _refuse_first(_scale(resources))


def check_update(
    environment: Mapping[str, Any], request: Mapping[str, Any], changed: frozenset[str]
) -> None:
    """Reject an update that the environment does not allow.

    Args:
        environment: The environment before the update.
        request: The UpdateComputeEnvironment request.
        changed: The compute resources that change.

    Raises:
        ServiceError: For the first problem.

    Source: Batch API, UpdateComputeEnvironment; user guide, updating compute environments.
    """
    _refuse_first(_update_of_kind(environment, request))
    _refuse_first(_update_of_role(environment, request, changed))
    before, changes = environment["computeResources"], request.get("computeResources", {})
    desired = changes.get("desiredvCpus")
    if desired is not None and desired < before.get("desiredvCpus", 0):
        raise refused(
            f"computeResources.desiredvCpus {desired} must be at least what it is now, "
            f"{before['desiredvCpus']}"
        )


def _unmanaged(request: Mapping[str, Any]) -> Iterator[str]:
    for name in ("computeResources", "eksConfiguration"):
        if name in request:
            yield f"{name} must not be provided for an UNMANAGED compute environment"
    if not request.get("serviceRole"):
        yield "serviceRole must be provided for an UNMANAGED compute environment"


def _members_of_type(kind: str, resources: Mapping[str, Any]) -> Iterator[str]:
    if missing := [name for name in _MEMBERS_BY_TYPE[kind] if not resources.get(name)]:
        yield f"computeResources must contain {', '.join(missing)}"
    if kind != _MANAGED_INSTANCES:
        for name in _MANAGED_INSTANCES_ALONE:
            if name in resources:
                yield f"computeResources.{name} is for type {_MANAGED_INSTANCES} only, not {kind}"
    if kind.startswith("FARGATE"):
        for name in _NOT_FOR_FARGATE:
            if name in resources:
                yield f"computeResources.{name} is not applicable to {kind}"
        wrong = count(0, _MOST_SUBNETS_OF_FARGATE, "subnets")(resources.get("subnets", []))
        if wrong:
            yield f"computeResources.subnets {wrong}"


def _ec2(kind: str, resources: Mapping[str, Any], *, is_eks: bool) -> Iterator[str]:
    types = resources["instanceTypes"]
    if len(found := architectures(types)) > 1:
        yield (
            f"computeResources.instanceTypes must share one architecture, not {', '.join(types)} "
            f"with {' and '.join(sorted(found))}"
        )
    strategy = (resources.get("allocationStrategy") or "BEST_FIT").upper()
    if kind == "EC2" and strategy.startswith("SPOT_"):
        yield f"computeResources.allocationStrategy {strategy} is for type SPOT only, not EC2"
    if kind == "SPOT" and strategy == "BEST_FIT_PROGRESSIVE_ORDERED":
        yield f"computeResources.allocationStrategy {strategy} is for type EC2 only, not SPOT"
    if kind == "SPOT" and strategy == "BEST_FIT" and not resources.get("spotIamFleetRole"):
        yield (
            "computeResources must contain spotIamFleetRole, since type is SPOT and "
            "allocationStrategy is BEST_FIT"
        )
    prefix = "EKS_" if is_eks else "ECS_"
    for index, configuration in enumerate(resources.get("ec2Configuration", [])):
        image_type = configuration["imageType"]
        if not image_type.startswith(prefix):
            yield (
                f"computeResources.ec2Configuration[{index}].imageType {image_type} does not "
                f"begin with {prefix}, as for this compute environment"
            )
        if not is_eks and "imageKubernetesVersion" in configuration:
            yield "computeResources.ec2Configuration.imageKubernetesVersion is for EKS only"
    for override in resources.get("launchTemplate", {}).get("overrides", []):
        for name in override["targetInstanceTypes"]:
            if not any(name == each or name.split(".")[0] == each for each in types):
                yield (
                    f"targetInstanceTypes {name} is not among computeResources.instanceTypes "
                    f"{', '.join(types)}"
                )


def _scale(resources: Mapping[str, Any]) -> Iterator[str]:
    least, most = resources.get("minvCpus", 0), resources["maxvCpus"]
    if not 0 <= least <= most:
        yield f"computeResources.minvCpus {least} must be from 0 to maxvCpus {most}"
    desired = resources.get("desiredvCpus", least)
    if not least <= desired <= most:
        yield (
            f"computeResources.desiredvCpus {desired} must be from minvCpus {least} to maxvCpus "
            f"{most}"
        )


def _update_of_kind(environment: Mapping[str, Any], request: Mapping[str, Any]) -> Iterator[str]:
    if environment["type"].upper() == "UNMANAGED":
        if "computeResources" in request:
            yield "computeResources must not be provided for an UNMANAGED compute environment"
        return
    if "unmanagedvCpus" in request:
        yield "unmanagedvCpus is for compute environments of type UNMANAGED only"
    is_eks = environment["containerOrchestrationType"] == "EKS"
    changes = request.get("computeResources", {})
    if is_eks and "desiredvCpus" in changes:
        yield "computeResources.desiredvCpus cannot be updated for EKS"
    if not is_eks and "eksConfiguration" in request:
        yield "eksConfiguration is for compute environments of EKS only"
    before, after = environment["computeResources"]["type"], changes.get("type")
    if after and _group(before) != _group(after):
        yield f"computeResources.type cannot be updated from {before} to {after}"


def _update_of_role(
    environment: Mapping[str, Any], request: Mapping[str, Any], changed: frozenset[str]
) -> Iterator[str]:
    role, other = environment["serviceRole"], request.get("serviceRole")
    if other and is_service_linked(role) != is_service_linked(other):
        yield f"serviceRole cannot be updated from {role} to {other}: only one is service-linked"
    kind = environment["computeResources"].get("type", "").upper()
    replacing = sorted(changed - WITHOUT_NEW_INSTANCES)
    if not replacing or kind not in {"EC2", "SPOT"}:
        return
    if environment["computeResources"].get("allocationStrategy", "").upper() == "BEST_FIT":
        yield (
            f"{', '.join(replacing)} cannot be updated: a compute environment with allocation "
            "strategy BEST_FIT takes no infrastructure update"
        )
    if not is_service_linked(role):
        yield (
            f"{', '.join(replacing)} cannot be updated: an infrastructure update needs the "
            f"service-linked role {_SERVICE_LINKED}, and the service role is {role}"
        )


def is_service_linked(role: str) -> bool:
    """Return whether a service role, by name or ARN, is the service-linked one of Batch."""
    return role.rsplit("/", 1)[-1] == _SERVICE_LINKED


def _group(kind: str) -> str:
    return {"SPOT": "EC2", "FARGATE_SPOT": "FARGATE"}.get(kind.upper(), kind.upper())


def _refuse_first(wrong: Iterator[str]) -> None:
    for message in wrong:
        raise refused(message)
