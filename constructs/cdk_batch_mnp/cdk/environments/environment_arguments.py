"""What an environment's arguments must be, before anything is made of them."""

from __future__ import annotations

from aws_cdk import Duration

from cdk_batch_mnp.cdk.jsii.durations import minutes_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.instances import InstanceType

MIN_ROOT_VOLUME_SIZE_GIB = 30
"""Size of the snapshot in the images that Batch starts: EC2 refuses a smaller volume for it."""
MAX_ROOT_VOLUME_SIZE_GIB = 65536
"""Of a gp3 volume. Source: EBS User Guide, General Purpose SSD volumes."""
MAX_UPDATE_TIMEOUT_MINUTES = 7200
"""Five days. Source: Batch API, UpdatePolicy."""


def refuse_node_counts(place: str, max_nodes: int, min_nodes: int) -> None:
    """Refuse numbers of nodes that are out of range, or not known now."""
    for name, count in (("max_nodes", max_nodes), ("min_nodes", min_nodes)):
        if is_token(count):
            raise ValueError(
                f"{place}: {name} is only known at deployment, but max vCPUs are computed from it "
                "now; give a number, from the context or from settings"
            )
    if max_nodes < 1:
        raise ValueError(f"{place}: max_nodes is {max_nodes}, but at least 1 is needed")
    if not 0 <= min_nodes <= max_nodes:
        raise ValueError(
            f"{place}: min_nodes is {min_nodes}, but 0 to max_nodes ({max_nodes}) are possible"
        )


def refuse_root_volume(place: str, size_gib: int | None) -> None:
    """Refuse a root volume that EC2 refuses."""
    if size_gib is None or is_token(size_gib):
        return
    if not MIN_ROOT_VOLUME_SIZE_GIB <= size_gib <= MAX_ROOT_VOLUME_SIZE_GIB:
        raise ValueError(
            f"{place}: root_volume_size_gib is {size_gib}, but {MIN_ROOT_VOLUME_SIZE_GIB} to "
            f"{MAX_ROOT_VOLUME_SIZE_GIB} GiB are possible"
        )


def refuse_beside_template(place: str, **given: tuple[bool, str]) -> None:
    """Refuse what only a launch template that is made can have, beside one of the user's.

    Args:
        place: The construct's path.
        given: For each argument whether it was given, and what to set in the user's template.
    """
    for name, (was_given, what) in given.items():
        if was_given:
            raise ValueError(
                f"{place}: {name} is for the launch template that is made; set {what} in the "
                "launch_template that you give, or leave one of the two out"
            )


def instance_facts(
    place: str, name: str, vcpus_per_node: int | None, setup: StageState
) -> InstanceType:
    """Give what is known of the type, of the catalogue or of the user."""
    if is_token(name) and vcpus_per_node is None:
        raise ValueError(
            f"{place}: instance_type is only known at deployment, but max vCPUs are computed from "
            "it now; name the type, from the context or from settings, or give vcpus_per_node"
        )
    found = setup.catalogue.find(name)
    if vcpus_per_node is not None:
        if vcpus_per_node < 1:
            raise ValueError(
                f"{place}: vcpus_per_node is {vcpus_per_node}, but at least 1 is needed"
            )
        if found is None:
            found = InstanceType(name=name, vcpus=vcpus_per_node)
            setup.register_instance_type(found)
        elif found.vcpus != vcpus_per_node:
            raise ValueError(
                f"{place}: vcpus_per_node is {vcpus_per_node}, but {name} has {found.vcpus} vCPUs; "
                "leave it out"
            )
    if found is None:
        near = setup.catalogue.near(name)
        meant = (
            f"did you mean {' or '.join(map(repr, near))}? Otherwise" if near else "if it exists"
        )
        raise ValueError(
            f"{place}: nothing is known of the instance type {name!r}, so max vCPUs cannot be "
            f"computed from max_nodes; {meant} give vcpus_per_node"
        )
    return found


def update_timeout_minutes(place: str, timeout: Duration | None) -> int:
    """How long jobs go on while the instances are updated; as long as possible if left out."""
    if timeout is None:
        return MAX_UPDATE_TIMEOUT_MINUTES
    minutes = minutes_of(place, "update_timeout", timeout)
    if not is_token(minutes) and not 1 <= minutes <= MAX_UPDATE_TIMEOUT_MINUTES:
        raise ValueError(
            f"{place}: update_timeout is {minutes} minutes, but 1 to {MAX_UPDATE_TIMEOUT_MINUTES} "
            "(five days) are possible"
        )
    return minutes
