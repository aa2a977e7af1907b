"""A right setup with EFA, and small changes to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment, Ec2Configuration
from cdk_batch_mnp.model.container import Container, Device, Ulimit
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule
from tests.rules.setups import (
    container,
    definition,
    environment,
    launch_template,
    node_group,
    requirements,
)

# 96 vCPUs, 8 GPUs, 4 network cards of 15 interfaces, an EFA on each.
EFA_TYPE = "p4d.24xlarge"
EFAS = 4


def efa_group(**changes: Any) -> SecurityGroup:
    """A group that allows all traffic from itself and to itself, and all other egress."""
    itself, everywhere = (SecurityGroupRule(peer=each) for each in ("Stack/Efa", "0.0.0.0/0"))
    right = SecurityGroup(id="Stack/Efa", ingress=(itself,), egress=(itself, everywhere))
    return replace(right, **changes)


def interface(
    card: object, device: object, kind: object = None, **changes: Any
) -> NetworkInterface:
    """An interface in the EFA group."""
    right = NetworkInterface(
        network_card_index=card,  # type: ignore[arg-type]
        device_index=device,  # type: ignore[arg-type]
        interface_type=kind,  # type: ignore[arg-type]
        associate_public_ip_address=False,
        security_groups=("Stack/Efa",),
        known_groups=(efa_group(),),
    )
    return replace(right, **changes)


def efa_interfaces(number: int = EFAS, **changes: Any) -> tuple[NetworkInterface, ...]:
    """An EFA on each of the first network cards."""
    return tuple(
        interface(card, 0, "efa-only" if card else "efa", **changes) for card in range(number)
    )


def efa_environment(
    interfaces: object = None, *, template: dict[str, Any] | None = None, **changes: Any
) -> ComputeEnvironment:
    """An environment whose nodes have these interfaces, and a GPU image."""
    right: dict[str, Any] = {
        "instance_types": (EFA_TYPE,),
        "max_vcpus": 10_000,
        "ec2_configurations": (Ec2Configuration(image_type="ECS_AL2023_NVIDIA"),),
        "launch_template": launch_template(
            network_interfaces=efa_interfaces() if interfaces is None else interfaces,
            **(template or {}),
        ),
        "security_groups": None,
    }
    return environment(**(right | changes))


def efa_container(**changes: Any) -> Container:
    """A container that uses the whole node, and every EFA of it."""
    right = container(
        requirements=requirements(VCPU="96", MEMORY="1000000", GPU="8"),
        devices=uverbs(EFAS),
        ulimits=(Ulimit(name="memlock", soft_limit=-1, hard_limit=-1),),
    )
    return replace(right, **changes)


def uverbs(number: int) -> tuple[Device, ...]:
    """The devices of the first EFAs."""
    return tuple(Device(host_path=f"/dev/infiniband/uverbs{index}") for index in range(number))


def efa_job(*containers: Any, **changes: Any) -> JobDefinition:
    """A job whose nodes run these containers, or a right one."""
    group = node_group(
        container_instance_type=EFA_TYPE, containers=containers or (efa_container(),), **changes
    )
    return definition(node_groups=(group,))
