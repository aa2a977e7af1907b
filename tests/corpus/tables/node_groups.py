"""Node groups: how many nodes, which ranges, and which instance types."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.corpus.changes import (
    CONTAINER,
    FIRST,
    JOB,
    LEFT_OUT,
    RESOURCES,
    SECOND,
    Table,
    acknowledged,
    base,
)


def _ranges(*targets: str) -> list[Any]:
    first = base("cluster")["Resources"]["Job"]["Properties"]["NodeProperties"][
        "NodeRangeProperties"
    ][0]
    return [{**deepcopy(first), "TargetNodes": target} for target in targets]


NODE_GROUPS: Table = {
    "MNP301": (
        (
            "six groups",
            "cluster",
            {
                f"{JOB}.NumNodes": 6,
                f"{RESOURCES}.MaxvCpus": 432,
                f"{JOB}.NodeRangeProperties": _ranges("0", "1", "2", "3", "4", "5:"),
            },
        ),
        ("no group", "isolated", {f"{JOB}.NodeRangeProperties": []}),
    ),
    "MNP302": (
        ("no node", "cluster", {f"{JOB}.NumNodes": 0}),
        ("left out", "cluster", {f"{JOB}.NumNodes": LEFT_OUT}),
        (
            "1001 nodes",
            "cluster",
            {f"{JOB}.NumNodes": 1001, f"{RESOURCES}.MaxvCpus": 72072},
        ),
    ),
    "MNP303": (
        ("one too far", "cluster", {f"{JOB}.MainNode": 4}),
        ("left out", "efa", {f"{JOB}.MainNode": LEFT_OUT}),
        ("below zero", "isolated", {f"{JOB}.MainNode": -1}),
        ("as a text", "efa", {f"{JOB}.MainNode": "7"}),
    ),
    "MNP304": (
        ("a gap", "cluster", {f"{SECOND}.TargetNodes": "2:"}),
        ("no node 0", "cluster", {f"{JOB}.NodeRangeProperties": _ranges("1:")}),
    ),
    "MNP305": (
        ("backwards", "cluster", {f"{JOB}.NodeRangeProperties": [*_ranges("3:1", ":")]}),
        ("no range", "isolated", {f"{FIRST}.TargetNodes": "all"}),
        ("negative", "efa", {f"{FIRST}.TargetNodes": "-1:"}),
        (
            "beyond the last node",
            "cluster",
            {f"{JOB}.NodeRangeProperties": _ranges(":", "4")},
        ),
    ),
    "MNP306": (
        ("a partial overlap", "cluster", {f"{JOB}.NodeRangeProperties": _ranges("0:2", "2:")}),
        ("twice the same", "cluster", {f"{JOB}.NodeRangeProperties": _ranges(":", "0:")}),
    ),
    "MNP307": (
        (
            "two types",
            "cluster",
            {
                f"{SECOND}.Container.InstanceType": "c5n.18xlarge",
                f"{RESOURCES}.InstanceTypes": ["c5.18xlarge", "c5n.18xlarge"],
            },
        ),
    ),
    "MNP308": (
        (
            "two types in a list",
            "isolated",
            {f"{FIRST}.InstanceTypes": ["hpc7a.96xlarge", "hpc7a.48xlarge"]},
        ),
        ("list and container differ", "efa", {f"{FIRST}.InstanceTypes": ["p4de.24xlarge"]}),
    ),
    "MNP309": (
        ("closed ranges", "cluster", {f"{SECOND}.TargetNodes": "1:3"}),
        ("one closed range", "isolated", {f"{FIRST}.TargetNodes": "0:7"}),
        ("closed from the start", "efa", {f"{FIRST}.TargetNodes": ":1"}),
    ),
    "MNP310": (
        ("neither form", "eks", {f"{SECOND}.EksProperties": LEFT_OUT}),
        ("a single node's container", "cluster", {"Job.ContainerProperties": {"Image": "solver"}}),
    ),
    "MNP319": (
        (
            "one node, and no more",
            "isolated",
            {
                f"{JOB}.NumNodes": 1,
                f"{FIRST}.TargetNodes": "0",
                "Job.Metadata": acknowledged("MNP309"),
            },
        ),
    ),
    "MNP322": (
        (
            "two namespaces",
            "eks",
            {f"{SECOND}.EksProperties.PodProperties.Metadata.Namespace": "others"},
        ),
        (
            "none in one",
            "eks",
            {f"{SECOND}.EksProperties.PodProperties.Metadata": LEFT_OUT},
        ),
    ),
    "MNP325": (
        (
            "any of two types",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": ["c5.18xlarge", "c5n.18xlarge"],
                f"{CONTAINER}.InstanceType": LEFT_OUT,
                f"{SECOND}.Container.InstanceType": LEFT_OUT,
            },
        ),
    ),
}
