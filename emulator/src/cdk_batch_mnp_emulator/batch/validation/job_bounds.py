"""Bounds of job definitions and of submissions: one table, by member.

Source: Batch API, the structure and the member that each entry names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdk_batch_mnp_emulator.batch.validation.bounds import (
    Check,
    between,
    count,
    each,
    length,
    matches,
    one_of,
    shown,
)
from cdk_batch_mnp_emulator.batch.validation.names import (
    NAME,
    SHARE_IDENTIFIER,
    arn_of_services,
    iam,
)

MAX_NODES = 1000
"""User guide, node groups: numNodes is from 1 to 1000."""

_IMAGE = [
    matches(
        r"[A-Za-z0-9_:./#@-]{1,255}",
        "1 to 255 letters, digits, hyphens, underscores, colons, periods, slashes, number signs "
        "and at signs",
    )
]
_PATTERN = [
    matches(
        r"(?=[\s\S]{1,512}\Z)[A-Za-z0-9.:\s]*\*?",
        "up to 512 letters, digits, periods, colons and white space, with an asterisk only at "
        "the end",
    )
]
_PRIORITY = [between(0, 9999)]
_USER = [between(0, 2147483647)]
_VCPUS = [between(1)]
_MEMORY = [between(4)]
_STOP = [between(2)]
_DNS_NAME = [
    matches(
        r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
        "a DNS subdomain name",
    )
]
_ROLE = [iam("role"), matches(r"arn:.*", "the ARN of a role")]
_RESERVED = "AWS_BATCH"
_MOUNT_OPTIONS = frozenset(
    [
        "defaults",
        "ro",
        "rw",
        "suid",
        "nosuid",
        "dev",
        "nodev",
        "exec",
        "noexec",
        "sync",
        "async",
        "dirsync",
        "remount",
        "mand",
        "nomand",
        "atime",
        "noatime",
        "diratime",
        "nodiratime",
        "bind",
        "rbind",
        "unbindable",
        "runbindable",
        "private",
        "rprivate",
        "shared",
        "rshared",
        "slave",
        "rslave",
        "relatime",
        "norelatime",
        "strictatime",
        "nostrictatime",
        "mode",
        "uid",
        "gid",
        "nr_inodes",
        "nr_blocks",
        "mpol",
    ]
)


def _not_reserved(name: str) -> str:
    if not name.startswith(_RESERVED):
        return ""
    return f"must not start with {_RESERVED}, which Batch keeps for its own variables: {name}"


def _no_empty_string(command: Sequence[str]) -> str:
    return "must not contain an empty string" if "" in command else ""


def _mount_option(option: str) -> str:
    if option.split("=")[0] in _MOUNT_OPTIONS:
        return ""
    return f"is {shown(option)}, which is not a mount option of tmpfs"


def _text_of_keys_and_values(most: int) -> Check:
    check = length(0, most)

    def check_all(value: Mapping[str, str]) -> str:
        return next(
            (wrong for pair in value.items() for text in pair if (wrong := check(text))), ""
        )

    return check_all


def _annotation_values(value: Mapping[str, str]) -> str:
    return next((wrong for text in value.values() if (wrong := length(0, 255)(text))), "")


BOUNDS: Mapping[str, Sequence[Check]] = {
    "ArrayProperties.size": [between(2, 10000)],
    "ContainerOverrides.command": [_no_empty_string],
    "ContainerOverrides.vcpus": _VCPUS,
    "ContainerOverrides.memory": _MEMORY,
    "ContainerProperties.image": _IMAGE,
    "ContainerProperties.vcpus": _VCPUS,
    "ContainerProperties.memory": _MEMORY,
    "ContainerProperties.jobRoleArn": _ROLE,
    "ContainerProperties.executionRoleArn": _ROLE,
    "Device.hostPath": [length(1, 4096)],
    "EFSVolumeConfiguration.rootDirectory": [length(0, 4096)],
    "EFSVolumeConfiguration.transitEncryptionPort": [between(0, 65535)],
    "S3FilesVolumeConfiguration.transitEncryptionPort": [between(0, 65535)],
    "EcsProperties.taskProperties": [count(1, 1, "task")],
    "EcsPropertiesOverride.taskProperties": [count(0, 1, "task")],
    "EcsTaskProperties.containers": [count(1, 10, "containers")],
    "EcsTaskProperties.executionRoleArn": _ROLE,
    "EcsTaskProperties.taskRoleArn": _ROLE,
    "EcsTaskProperties.ipcMode": [one_of("host", "task", "none")],
    "EcsTaskProperties.pidMode": [one_of("host", "task")],
    "EcsTaskProperties.networkMode": [one_of("host")],
    "EksContainer.imagePullPolicy": [one_of("Always", "IfNotPresent", "Never")],
    "EksContainerEnvironmentVariable.name": [_not_reserved],
    "EksContainerSecurityContext.runAsUser": _USER,
    "EksContainerSecurityContext.runAsGroup": _USER,
    "EksMetadata.labels": [_text_of_keys_and_values(63)],
    "EksMetadata.annotations": [_annotation_values],
    "EksMetadata.namespace": [
        matches(
            r"(?!default\Z|kube)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
            "1 to 63 small letters, digits and hyphens, neither default nor kube...",
        )
    ],
    "EksEmptyDir.medium": [one_of("", "Memory")],
    "EksPodProperties.containers": [count(0, 10, "containers")],
    "EksPodProperties.initContainers": [count(0, 10, "containers")],
    "EksPodProperties.dnsPolicy": [one_of("Default", "ClusterFirst", "ClusterFirstWithHostNet")],
    "EksPodPropertiesOverride.containers": [count(0, 10, "containers")],
    "EksPodPropertiesOverride.initContainers": [count(0, 10, "containers")],
    "EksPodSecurityContext.runAsUser": _USER,
    "EksPodSecurityContext.runAsGroup": _USER,
    "EksPodSecurityContext.fsGroup": _USER,
    "EksSecret.secretName": _DNS_NAME,
    "EksVolume.name": _DNS_NAME,
    "EphemeralStorage.sizeInGiB": [between(21, 200)],
    "EvaluateOnExit.onStatusReason": _PATTERN,
    "EvaluateOnExit.onReason": _PATTERN,
    "EvaluateOnExit.onExitCode": [
        matches(
            r"(?=.{1,512}\Z)[0-9]*\*?",
            "up to 512 digits, with an asterisk only at the end",
        )
    ],
    "JobTimeout.attemptDurationSeconds": [between(60)],
    "KeyValuePair.name": [_not_reserved],
    "LinuxParameters.maxSwap": [between(0)],
    "LinuxParameters.sharedMemorySize": [between(0)],
    "LinuxParameters.swappiness": [between(0, 100)],
    "NodeOverrides.numNodes": [between(1, MAX_NODES)],
    "NodeOverrides.nodePropertyOverrides": [count(0, 5)],
    "NodeProperties.numNodes": [between(1, MAX_NODES)],
    "NodeProperties.nodeRangeProperties": [count(1, 5, "node groups")],
    "NodePropertyOverride.instanceTypes": [count(0, 1, "instance type")],
    "NodeRangeProperty.instanceTypes": [count(0, 1, "instance type")],
    "RegisterJobDefinitionRequest.jobDefinitionName": [NAME],
    "RegisterJobDefinitionRequest.schedulingPriority": _PRIORITY,
    "RepositoryCredentials.credentialsParameter": [arn_of_services("secretsmanager")],
    "RetryStrategy.attempts": [between(1, 10)],
    "RetryStrategy.evaluateOnExit": [count(0, 5)],
    "RuntimePlatform.cpuArchitecture": [one_of("X86_64", "ARM64")],
    "RuntimePlatform.operatingSystemFamily": [
        one_of(
            "LINUX",
            "WINDOWS_SERVER_2019_CORE",
            "WINDOWS_SERVER_2019_FULL",
            "WINDOWS_SERVER_2022_CORE",
            "WINDOWS_SERVER_2022_FULL",
        )
    ],
    "Secret.valueFrom": [length(1, 2048), arn_of_services("secretsmanager", "ssm")],
    "SubmitJobRequest.dependsOn": [count(0, 20, "jobs")],
    "SubmitJobRequest.jobName": [NAME],
    "SubmitJobRequest.schedulingPriorityOverride": _PRIORITY,
    "SubmitJobRequest.shareIdentifier": [SHARE_IDENTIFIER],
    "TaskContainerDependency.condition": [one_of("START", "COMPLETE", "SUCCESS")],
    "TaskContainerOverrides.command": [_no_empty_string],
    "TaskContainerProperties.image": _IMAGE,
    "TaskContainerProperties.startTimeout": _STOP,
    "TaskContainerProperties.stopTimeout": _STOP,
    "Tmpfs.mountOptions": [each(_mount_option)],
    "Tmpfs.size": [between(1)],
    "Ulimit.hardLimit": [between(-1)],
    "Ulimit.softLimit": [between(-1)],
    "Ulimit.name": [
        one_of(
            *[
                "core",
                "cpu",
                "data",
                "fsize",
                "locks",
                "memlock",
                "msgqueue",
                "nice",
                "nofile",
                "nproc",
                "rss",
                "rtprio",
                "rttime",
                "sigpending",
                "stack",
            ]
        )
    ],
    "Volume.name": [
        matches(r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")
    ],
}
