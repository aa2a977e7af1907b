"""AWS CDK constructs, rules and checks for AWS Batch multi-node parallel (MNP) jobs.

All that users import is here. A name is loaded when it is first used, so that checking templates
starts without the CDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdk_batch_mnp.cdk.cluster import MnpCluster
    from cdk_batch_mnp.cdk.environments.compute_environment import MnpComputeEnvironment
    from cdk_batch_mnp.cdk.environments.job_queue import MnpJobQueue
    from cdk_batch_mnp.cdk.jobs.job_definition import MnpJobDefinition
    from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer, NodeGroup
    from cdk_batch_mnp.cdk.jobs.volumes import EfsVolume, HostVolume
    from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation
    from cdk_batch_mnp.cdk.nodes.lustre import LustreMount
    from cdk_batch_mnp.cdk.validation.policy_validation import MnpPolicyValidation
    from cdk_batch_mnp.model.container import Device, Ulimit
    from cdk_batch_mnp.model.job_definition import EvaluateOnExit
    from cdk_batch_mnp.model.node_range import NodeRange
    from cdk_batch_mnp.template.asserting import assert_mnp_valid

__all__ = [
    "CapacityReservation",
    "Device",
    "EfsVolume",
    "EvaluateOnExit",
    "HostVolume",
    "LustreMount",
    "MnpCluster",
    "MnpComputeEnvironment",
    "MnpJobDefinition",
    "MnpJobQueue",
    "MnpPolicyValidation",
    "NodeContainer",
    "NodeGroup",
    "NodeRange",
    "Ulimit",
    "assert_mnp_valid",
]

_LAZY_EXPORTS = {
    "CapacityReservation": "cdk.nodes.capacity_reservation",
    "Device": "model.container",
    "EfsVolume": "cdk.jobs.volumes",
    "EvaluateOnExit": "model.job_definition",
    "HostVolume": "cdk.jobs.volumes",
    "LustreMount": "cdk.nodes.lustre",
    "MnpCluster": "cdk.cluster",
    "MnpComputeEnvironment": "cdk.environments.compute_environment",
    "MnpJobDefinition": "cdk.jobs.job_definition",
    "MnpJobQueue": "cdk.environments.job_queue",
    "MnpPolicyValidation": "cdk.validation.policy_validation",
    "NodeContainer": "cdk.jobs.node_group",
    "NodeGroup": "cdk.jobs.node_group",
    "NodeRange": "model.node_range",
    "Ulimit": "model.container",
    "assert_mnp_valid": "template.asserting",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _LAZY_EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_LAZY_EXPORTS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return __all__
