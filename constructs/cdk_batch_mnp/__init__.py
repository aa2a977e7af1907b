"""AWS CDK constructs, rules and checks for AWS Batch multi-node parallel (MNP) jobs.

All public names are exported here. They are loaded on first use, so that checking templates does
not import the CDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cdk_batch_mnp.lazy.importing import importing

if TYPE_CHECKING:
    from cdk_batch_mnp.cdk.cluster import MnpCluster
    from cdk_batch_mnp.cdk.eks.compute_environment import MnpEksComputeEnvironment
    from cdk_batch_mnp.cdk.eks.job_definition import MnpEksJobDefinition
    from cdk_batch_mnp.cdk.eks.node_container import EksNodeContainer, EksPod
    from cdk_batch_mnp.cdk.eks.options import EksComputeEnvironmentOptions, EksJobDefinitionOptions
    from cdk_batch_mnp.cdk.eks.volumes import EksVolume
    from cdk_batch_mnp.cdk.environments.compute_environment import MnpComputeEnvironment
    from cdk_batch_mnp.cdk.environments.job_queue import MnpJobQueue
    from cdk_batch_mnp.cdk.environments.options import (
        ClusterOptions,
        ComputeEnvironmentOptions,
        JobQueueOptions,
    )
    from cdk_batch_mnp.cdk.environments.queue_metrics import JobQueueMetricOptions
    from cdk_batch_mnp.cdk.jobs.job_definition import MnpJobDefinition
    from cdk_batch_mnp.cdk.jobs.launcher import Launcher
    from cdk_batch_mnp.cdk.jobs.launcher_delivery import LauncherDelivery
    from cdk_batch_mnp.cdk.jobs.node_group import NodeContainer, NodeGroup
    from cdk_batch_mnp.cdk.jobs.options import JobDefinitionOptions, JobOptions
    from cdk_batch_mnp.cdk.jobs.submission_options import NodeGroupOverride, SubmitJobOptions
    from cdk_batch_mnp.cdk.jobs.submit_job import MnpSubmitJob
    from cdk_batch_mnp.cdk.jobs.volumes import EfsVolume, HostVolume
    from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
    from cdk_batch_mnp.cdk.nodes.capacity_reservation import CapacityReservation
    from cdk_batch_mnp.cdk.nodes.lustre import LustreMount
    from cdk_batch_mnp.cdk.validation.policy_validation import MnpPolicyValidation
    from cdk_batch_mnp.model.node_range import NodeRange
    from cdk_batch_mnp.template.asserting import assert_mnp_valid

__all__ = [
    "ArgumentError",
    "CapacityReservation",
    "ClusterOptions",
    "ComputeEnvironmentOptions",
    "EfsVolume",
    "EksComputeEnvironmentOptions",
    "EksJobDefinitionOptions",
    "EksNodeContainer",
    "EksPod",
    "EksVolume",
    "HostVolume",
    "JobDefinitionOptions",
    "JobOptions",
    "JobQueueMetricOptions",
    "JobQueueOptions",
    "Launcher",
    "LauncherDelivery",
    "LustreMount",
    "MnpCluster",
    "MnpComputeEnvironment",
    "MnpEksComputeEnvironment",
    "MnpEksJobDefinition",
    "MnpJobDefinition",
    "MnpJobQueue",
    "MnpPolicyValidation",
    "MnpSubmitJob",
    "NodeContainer",
    "NodeGroup",
    "NodeGroupOverride",
    "NodeRange",
    "SubmitJobOptions",
    "assert_mnp_valid",
]

_LAZY_EXPORTS = {
    "ArgumentError": "cdk.jsii.argument_error",
    "CapacityReservation": "cdk.nodes.capacity_reservation",
    "ClusterOptions": "cdk.environments.options",
    "ComputeEnvironmentOptions": "cdk.environments.options",
    "EfsVolume": "cdk.jobs.volumes",
    "EksComputeEnvironmentOptions": "cdk.eks.options",
    "EksJobDefinitionOptions": "cdk.eks.options",
    "EksNodeContainer": "cdk.eks.node_container",
    "EksPod": "cdk.eks.node_container",
    "EksVolume": "cdk.eks.volumes",
    "HostVolume": "cdk.jobs.volumes",
    "JobDefinitionOptions": "cdk.jobs.options",
    "JobOptions": "cdk.jobs.options",
    "JobQueueMetricOptions": "cdk.environments.queue_metrics",
    "JobQueueOptions": "cdk.environments.options",
    "Launcher": "cdk.jobs.launcher",
    "LauncherDelivery": "cdk.jobs.launcher_delivery",
    "LustreMount": "cdk.nodes.lustre",
    "MnpCluster": "cdk.cluster",
    "MnpComputeEnvironment": "cdk.environments.compute_environment",
    "MnpEksComputeEnvironment": "cdk.eks.compute_environment",
    "MnpEksJobDefinition": "cdk.eks.job_definition",
    "MnpJobDefinition": "cdk.jobs.job_definition",
    "MnpJobQueue": "cdk.environments.job_queue",
    "MnpPolicyValidation": "cdk.validation.policy_validation",
    "MnpSubmitJob": "cdk.jobs.submit_job",
    "NodeContainer": "cdk.jobs.node_group",
    "NodeGroup": "cdk.jobs.node_group",
    "NodeGroupOverride": "cdk.jobs.submission_options",
    "NodeRange": "model.node_range",
    "SubmitJobOptions": "cdk.jobs.submission_options",
    "assert_mnp_valid": "template.asserting",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _LAZY_EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with importing():
        value = getattr(import_module(f"{__name__}.{_LAZY_EXPORTS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
