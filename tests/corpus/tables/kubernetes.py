"""Environments on Amazon EKS, and pods."""

from __future__ import annotations

from typing import Any

from tests.corpus.changes import FIRST, LEFT_OUT, RESOURCES, Table

POD = f"{FIRST}.EksProperties.PodProperties"
_LIMITS = {"cpu": "70", "memory": "130000Mi"}


def _of_pod(**changes: Any) -> dict[str, Any]:
    """A small container of a pod."""
    amounts = {"Limits": {"cpu": "1", "memory": "1024Mi"}}
    return {"Image": "solver:1", "Resources": amounts, **changes}


KUBERNETES: Table = {
    "MNP161": (
        (
            "the default namespace",
            "eks",
            {
                "Environment.EksConfiguration.KubernetesNamespace": "default",
                "Job.Metadata.cdk-batch-mnp.acknowledged.MNP162": "another mistake",
            },
        ),
        ("no strategy", "eks", {f"{RESOURCES}.AllocationStrategy": LEFT_OUT}),
    ),
    "MNP162": (
        (
            "another namespace",
            "eks",
            {"Environment.EksConfiguration.KubernetesNamespace": "solvers"},
        ),
    ),
    "MNP361": (
        ("no containers", "eks", {f"{POD}.Containers": []}),
        (
            "eleven containers",
            "eks",
            {f"{POD}.Containers": [_of_pod(Name=f"c{number}") for number in range(11)]},
        ),
        (
            "eleven init containers",
            "eks",
            {f"{POD}.InitContainers": [_of_pod(Name=f"i{number}") for number in range(11)]},
        ),
        ("no image", "eks", {f"{POD}.Containers.0.Image": LEFT_OUT}),
        (
            "eleven images",
            "eks",
            {
                f"{POD}.InitContainers": [
                    _of_pod(Name=f"i{number}", Image=f"setup:{number}") for number in range(10)
                ]
            },
        ),
    ),
    "MNP362": (
        ("milli-CPU", "eks", {f"{POD}.Containers.0.Resources.Limits.cpu": "500m"}),
        ("thirds of a CPU", "eks", {f"{POD}.Containers.0.Resources.Limits.cpu": "0.3"}),
        ("GiB of memory", "eks", {f"{POD}.Containers.0.Resources.Limits.memory": "100Gi"}),
        (
            "half a GPU",
            "eks",
            {f"{POD}.Containers.0.Resources.Limits": {**_LIMITS, "nvidia.com/gpu": "0.5"}},
        ),
        (
            "less memory reserved",
            "eks",
            {f"{POD}.Containers.0.Resources.Requests": {"memory": "1024Mi"}},
        ),
        ("more CPU reserved", "eks", {f"{POD}.Containers.0.Resources.Requests": {"cpu": "71"}}),
        ("no memory", "eks", {f"{POD}.Containers.0.Resources.Limits.memory": LEFT_OUT}),
    ),
    "MNP363": (
        ("capabilities", "eks", {"Job.PlatformCapabilities": ["EC2"]}),
        ("tags of tasks", "eks", {"Job.PropagateTags": True}),
    ),
    "MNP364": (
        (
            "two of one name",
            "eks",
            {f"{POD}.Containers": [_of_pod(Name="solver"), _of_pod(Name="solver")]},
        ),
        (
            "a mount of no volume",
            "eks",
            {f"{POD}.Containers.0.VolumeMounts": [{"Name": "data", "MountPath": "/data"}]},
        ),
        (
            "two volumes of one name",
            "eks",
            {f"{POD}.Volumes": [{"Name": "data", "EmptyDir": {}}] * 2},
        ),
        (
            "two kinds of one volume",
            "eks",
            {
                f"{POD}.Volumes": [
                    {"Name": "data", "EmptyDir": {}, "HostPath": {"Path": "/data"}},
                ]
            },
        ),
        (
            "a reserved variable",
            "eks",
            {f"{POD}.Containers.0.Env": [{"Name": "AWS_BATCH_JOB_ID", "Value": "1"}]},
        ),
    ),
    "MNP365": (
        ("more CPU", "eks", {f"{POD}.Containers.0.Resources.Limits.cpu": "96"}),
        ("more memory", "eks", {f"{POD}.Containers.0.Resources.Limits.memory": "200000Mi"}),
        (
            "GPUs",
            "eks",
            {f"{POD}.Containers.0.Resources.Limits": {**_LIMITS, "nvidia.com/gpu": "1"}},
        ),
    ),
}
