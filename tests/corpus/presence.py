"""How every rule uses that something is set although its value is unknown.

A rule that does not has a reason in ``WITHOUT``. A new rule needs an entry in one of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.corpus.changes import (
    CONSUMABLES,
    CONTAINER,
    FIRST,
    JOB,
    LEFT_OUT,
    RESOURCES,
    SECOND,
    TASK,
    TEMPLATE,
    ref,
)

NO_CONDITIONAL_CHANGE = {
    "MNP416": "a separate resource removes the rules of the default security group",
    "MNP424": "user data and a file system together; see the tests of the rule",
    "MNP426": "network ACLs are separate resources",
    "MNP428": "two separate resources add rules to a group",
    "MNP621": "a separate policy lets a role register definitions",
    "MNP337": "an assembly says how images are built",
    "MNP701": "outputs export the revision of a definition",
    **dict.fromkeys(
        ("MNP702", "MNP703", "MNP704", "MNP705", "MNP706", "MNP707", "MNP708"),
        "the resource that submits the job is added as a whole; see the tests of its reader",
    ),
}
"""Rules for which no change of one property in the corpus breaks them, and why."""

TEXT, OTHER, NUMBER, LIST = "Open", "Another", "Count", "Several"
PARAMETERS = {
    TEXT: {"Type": "String"},
    OTHER: {"Type": "String"},
    NUMBER: {"Type": "Number", "MinValue": 5},
    LIST: {"Type": "List<AWS::EC2::SecurityGroup::Id>"},
}
"""Parameters without defaults, whose values are unknown."""


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


_EFS = {
    "Name": "data",
    "EfsVolumeConfiguration": {
        "FileSystemId": "fs-1",
        "AuthorizationConfig": {"AccessPointId": ref(TEXT)},
    },
}

PRESENT: dict[str, tuple[str, Mapping[str, Any]]] = {
    "MNP105": ("cluster", {f"{RESOURCES}.SecurityGroupIds": [ref(TEXT)] * 6}),
    "MNP106": ("cluster", {f"{JOB}.NumNodes": ref(NUMBER)}),
    "MNP113": (
        "cluster",
        {
            "Environment.ComputeEnvironmentName": ref(TEXT),
            "Environment.ReplaceComputeEnvironment": LEFT_OUT,
        },
    ),
    "MNP122": ("cluster", {f"{RESOURCES}.LaunchTemplate.LaunchTemplateName": ref(TEXT)}),
    "MNP130": ("cluster", {f"{RESOURCES}.DesiredvCpus": ref(TEXT)}),
    "MNP141": (
        "cluster",
        {f"{RESOURCES}.Ec2Configuration.0.ImageIdOverride": sub("/aws/service/ecs/${Open}/image")},
    ),
    "MNP201": (
        "cluster",
        {
            "Queue.ComputeEnvironmentOrder": [
                {"Order": 1, "ComputeEnvironment": ref("Environment")},
                *({"Order": ref(NUMBER), "ComputeEnvironment": ref(TEXT)} for _ in range(3)),
            ]
        },
    ),
    "MNP209": (
        "cluster",
        {"Queue.ServiceEnvironmentOrder": [{"Order": 1, "ServiceEnvironment": ref(TEXT)}]},
    ),
    "MNP304": ("cluster", {f"{FIRST}.TargetNodes": sub("1:${Open}")}),
    "MNP305": ("cluster", {f"{FIRST}.TargetNodes": sub("0-${Open}")}),
    "MNP308": ("cluster", {f"{FIRST}.InstanceTypes": [ref(TEXT), ref(OTHER)]}),
    "MNP314": ("cluster", {f"{CONTAINER}.RuntimePlatform": {"CpuArchitecture": ref(TEXT)}}),
    "MNP315": (
        "cluster",
        {"Job.RetryStrategy.EvaluateOnExit": [{"OnReason": ref(TEXT), "Action": "EXIT"}] * 6},
    ),
    "MNP318": ("cluster", {"Job.JobDefinitionName": sub("${AWS::StackName}.job")}),
    "MNP320": (
        "cluster",
        {f"{CONTAINER}.Environment": [{"Name": sub("AWS_BATCH_${Open}"), "Value": "1"}]},
    ),
    "MNP322": (
        "eks",
        {f"{SECOND}.EksProperties.PodProperties.Metadata.Namespace": sub("kube-${Open}")},
    ),
    "MNP324": ("cluster", {f"{CONTAINER}.Command": [sub("x" * 25_000 + "${Open}")]}),
    "MNP325": (
        "cluster",
        {
            f"{RESOURCES}.InstanceTypes": ["c5.18xlarge", ref(TEXT)],
            f"{CONTAINER}.InstanceType": LEFT_OUT,
            f"{SECOND}.Container.InstanceType": LEFT_OUT,
        },
    ),
    "MNP328": (
        "cluster",
        {f"{CONTAINER}.MountPoints": [{"SourceVolume": ref(TEXT), "ContainerPath": "/data"}]},
    ),
    "MNP329": ("isolated", {f"{TASK}.Volumes": [_EFS]}),
    "MNP332": ("efa", {f"{CONTAINER}.Secrets": [{"Name": ref(TEXT), "ValueFrom": ref(OTHER)}]}),
    "MNP345": ("isolated", {f"{TASK}.Containers.1.FirelensConfiguration": {"Type": ref(TEXT)}}),
    "MNP349": (
        "cluster",
        {
            f"{FIRST}.{CONSUMABLES}": [
                {"ConsumableResource": sub("licenses-${Open}"), "Quantity": ref(NUMBER)}
            ]
        },
    ),
    "MNP361": (
        "eks",
        {f"{SECOND}.EksProperties.PodProperties.Containers": [ref(TEXT)] * 11},
    ),
    "MNP363": ("eks", {"Job.PropagateTags": ref(TEXT)}),
    "MNP409": ("efa", {f"{RESOURCES}.SecurityGroupIds": ref(LIST)}),
    "MNP412": (
        "cluster",
        {
            f"{JOB}.NumNodes": ref(NUMBER),
            f"{RESOURCES}.MaxvCpus": 100_000,
            f"{FIRST}.TargetNodes": "0:2100",
            f"{SECOND}.TargetNodes": "2101:",
        },
    ),
    "MNP419": ("cluster", {f"{TEMPLATE}.UserData": sub("#!/bin/bash\n${Open}")}),
}
"""A change to a right template that sets something of unknown value, and breaks the rule."""

BY_VALUE = "the value decides, and no known part of it, nor its number, suffices"
BY_ABSENCE = "reports what certainly is not set; what may be set is silent"
BY_REFERENCE = "reads the resource that is referred to; the reference of an unknown one is silent"
BY_NAME = "names of properties are always known"
IN_UNIT_TESTS = "tested with the rule: the parts that are known count"

WITHOUT: dict[str, str] = {
    **dict.fromkeys(
        (
            *("MNP101", "MNP102", "MNP103", "MNP104", "MNP107", "MNP108", "MNP109", "MNP110"),
            *("MNP111", "MNP114", "MNP115", "MNP116", "MNP118", "MNP140", "MNP142"),
            *("MNP147", "MNP148"),
            *("MNP202", "MNP203", "MNP205", "MNP206", "MNP207", "MNP208", "MNP220", "MNP221"),
            *("MNP303", "MNP306", "MNP307", "MNP309", "MNP313", "MNP319", "MNP321", "MNP323"),
            *("MNP327", "MNP330", "MNP331", "MNP333", "MNP335", "MNP403", "MNP601", "MNP603"),
            *(
                "MNP123",
                "MNP124",
                "MNP126",
                "MNP144",
                "MNP342",
                "MNP343",
                "MNP344",
                "MNP346",
                "MNP348",
            ),
            *("MNP162", "MNP350", "MNP362", "MNP364", "MNP365"),
        ),
        BY_VALUE,
    ),
    **dict.fromkeys(
        (
            *("MNP112", "MNP120", "MNP204", "MNP311", "MNP317", "MNP326", "MNP401", "MNP415"),
            *("MNP146", "MNP161", "MNP223", "MNP347", "MNP351", "MNP602", "MNP606"),
        ),
        BY_ABSENCE,
    ),
    **dict.fromkeys(
        (
            *("MNP119", "MNP121", "MNP402", "MNP404", "MNP405", "MNP406", "MNP407", "MNP408"),
            *("MNP414", "MNP416", "MNP420", "MNP421", "MNP422", "MNP423", "MNP424", "MNP604"),
            *("MNP605", "MNP607", "MNP608", "MNP609", "MNP610", "MNP611", "MNP612", "MNP613"),
            *("MNP614", "MNP615", "MNP616", "MNP617", "MNP618", "MNP619"),
            *("MNP210", "MNP425", "MNP426", "MNP427", "MNP428", "MNP620", "MNP621", "MNP622"),
            *("MNP624", "MNP701"),
        ),
        BY_REFERENCE,
    ),
    **dict.fromkeys(("MNP143", "MNP145", "MNP222", "MNP341"), BY_NAME),
    **dict.fromkeys(
        (
            *("MNP117", "MNP301", "MNP302", "MNP310", "MNP312", "MNP334", "MNP336", "MNP340"),
            *("MNP410", "MNP411", "MNP413", "MNP417", "MNP418"),
            *("MNP125", "MNP211", "MNP337"),
            *("MNP702", "MNP703", "MNP704", "MNP705", "MNP706", "MNP707", "MNP708"),
        ),
        IN_UNIT_TESTS,
    ),
}
"""Why a rule has no such change."""
