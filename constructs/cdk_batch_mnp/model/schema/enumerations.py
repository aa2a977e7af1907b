"""Enumerated values, by the names that the structures give them."""

from __future__ import annotations

from collections.abc import Mapping

MANAGEMENT = ("MANAGED", "UNMANAGED")
COMPUTE_TYPES = ("EC2", "SPOT", "FARGATE", "FARGATE_SPOT", "ECS_MANAGED_INSTANCES")
STRATEGIES = (
    "BEST_FIT",
    "BEST_FIT_PROGRESSIVE",
    "BEST_FIT_PROGRESSIVE_ORDERED",
    "SPOT_CAPACITY_OPTIMIZED",
    "SPOT_PRICE_CAPACITY_OPTIMIZED",
    "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED",
)
DEFINITION_TYPES = ("multinode", "container")
PLACEMENT_STRATEGIES = ("cluster", "spread", "partition")
RESOURCE_TYPES = ("VCPU", "MEMORY", "GPU")
INTERFACE_TYPES = ("interface", "efa", "efa-only")
MARKET_TYPES = ("spot", "capacity-block", "interruptible-capacity-reservation", "on-demand")
TOKENS = ("required", "optional")
SWITCH = ("ENABLED", "DISABLED")
INSIGHTS = ("ENABLED", "ENHANCED", "DISABLED")

_OF_BATCH = {
    "AccessEntryState": "ENABLED DISABLED INHERIT_FROM_CLUSTER",
    "CapacityOption": "ON_DEMAND SPOT RESERVED",
    "CpuArchitecture": "X86_64 ARM64",
    "DevicePermission": "READ WRITE MKNOD",
    "DnsPolicy": "Default ClusterFirst ClusterFirstWithHostNet None",
    "IdleResourceStrategy": "FIFO",
    "ImagePullPolicy": "Always IfNotPresent Never",
    "IpcMode": "host task none",
    "JobQueueType": "EKS ECS ECS_FARGATE SAGEMAKER_TRAINING ECS_MANAGED_INSTANCES",
    "LogDriver": "awslogs json-file syslog journald gelf fluentd splunk awsfirelens",
    "NetworkMode": "host",
    "PidMode": "host task",
    "PlatformCapability": "EC2 FARGATE MANAGED_INSTANCES",
    "TagSource": "CAPACITY_PROVIDER NONE",
    "UserdataType": "EKS_BOOTSTRAP_SH EKS_NODEADM",
}

_OF_EC2 = {
    "Ability": "enabled disabled",
    "AutoRecovery": "default disabled",
    "BandwidthWeighting": "default vpc-1 ebs-1",
    "CpuCredits": "standard unlimited",
    "HostnameType": "ip-name resource-name",
    "Inclusion": "included required excluded",
    "Interruption": "hibernate stop terminate",
    "ReservationPreference": "capacity-reservations-only open none",
    "ShutdownBehavior": "stop terminate",
    "SpotInstanceType": "one-time persistent",
    "SpreadLevel": "host rack",
    "Tenancy": "default dedicated host",
    "VolumeType": "standard io1 io2 gp2 gp3 sc1 st1",
}

WORDS: Mapping[str, tuple[str, ...]] = {
    "AllocationStrategy": STRATEGIES,
    "ComputeType": COMPUTE_TYPES,
    "ContainerInsights": INSIGHTS,
    "HttpTokens": TOKENS,
    "InterfaceType": INTERFACE_TYPES,
    "Management": MANAGEMENT,
    "MarketType": MARKET_TYPES,
    "ResourceType": RESOURCE_TYPES,
    "State": SWITCH,
    "Switch": SWITCH,
    **{name: tuple(words.split()) for name, words in (_OF_BATCH | _OF_EC2).items()},
}
"""Source: AWS Batch API; EC2 API, RequestLaunchTemplateData; Kubernetes, for its own policies."""

CLOSED = frozenset({"Ability", "Management", "State", "Switch"})
"""Those that only have two opposite values, to which AWS adds none."""

CASE_SENSITIVE = frozenset({*_OF_EC2, "HttpTokens", "InterfaceType", "MarketType"})
"""Those of Amazon EC2, which may reject another case. AWS Batch accepts any."""
