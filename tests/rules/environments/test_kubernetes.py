"""Environments on Amazon EKS, and whether their nodes hold the pods of a job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.pod import Pod, PodContainer
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import definition, environment, ids, node_group

PATH = PROPERTIES / "nodeProperties"


def on_eks(**changes: Any) -> Any:
    right = {"is_eks": True, "ec2_configurations": (), "namespace": "solvers"}
    return environment(**{**right, **changes})


def job(namespace: Any = None, *amounts: Any, requests: Any = None) -> Any:
    containers = tuple(
        PodContainer(
            path=PATH, name=f"c{number}", image="a", limits=limits, requests=requests or {}
        )
        for number, limits in enumerate(amounts or ({"cpu": "70", "memory": "130000Mi"},))
    )
    group = replace(
        node_group(),
        kinds=("eksProperties",),
        containers=(),
        namespace=namespace,
        pod=Pod(path=PATH, containers=containers),
    )
    return definition(node_groups=(group,))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="right"),
        pytest.param({"namespace": None}, ["MNP161"], id="no namespace"),
        pytest.param({"namespace": UNKNOWN}, [], id="an unknown namespace"),
        pytest.param({"namespace": "default"}, ["MNP161"], id="default"),
        pytest.param({"namespace": "kube-system"}, ["MNP161"], id="of Kubernetes"),
        pytest.param({"namespace": "kubeflow"}, [], id="without the hyphen"),
        pytest.param({"namespace": "n" * 63}, [], id="63 characters are the limit"),
        pytest.param({"namespace": "n" * 64}, ["MNP161"], id="64 characters"),
        pytest.param({"namespace": "Solvers"}, ["MNP161"], id="a capital letter"),
        pytest.param({"allocation_strategy": None}, ["MNP161"], id="no strategy"),
        pytest.param({"allocation_strategy": UNKNOWN}, [], id="an unknown strategy"),
        pytest.param({"is_eks": UNKNOWN, "namespace": None}, [], id="perhaps on EKS"),
    ],
)
def test_mnp161_namespace_and_strategy(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(job(), on_eks(**changes)) == expected


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        pytest.param("solvers", [], id="the same"),
        pytest.param("others", ["MNP162"], id="another"),
        pytest.param(None, [], id="none: that of the environment"),
        pytest.param(UNKNOWN, [], id="unknown"),
    ],
)
def test_mnp162_namespace_of_the_environment(namespace: Any, expected: list[str]) -> None:
    assert ids(job(namespace), on_eks()) == expected
    assert ids(job(namespace), on_eks(namespace=UNKNOWN)) == []


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param([{"cpu": "72"}], [], id="all vCPUs are the limit"),
        pytest.param([{"cpu": "72.25"}], ["MNP365"], id="more vCPUs"),
        pytest.param([{"cpu": "40"}, {"cpu": "33"}], ["MNP365"], id="together"),
        pytest.param([{"memory": "147456Mi"}], [], id="all memory"),
        pytest.param([{"memory": "147457Mi"}], ["MNP365"], id="more memory"),
        pytest.param([{"nvidia.com/gpu": "1"}], ["MNP365"], id="a GPU where there is none"),
        pytest.param([UNKNOWN, {"cpu": "72"}], [], id="unknown amounts"),
        pytest.param([{"cpu": UNKNOWN}], [], id="an unknown amount"),
    ],
)
def test_mnp365_pods_fit(amounts: list[Any], expected: list[str]) -> None:
    full = [
        {"cpu": "0.25", "memory": "4Mi", **limits} if isinstance(limits, dict) else limits
        for limits in amounts
    ]
    assert ids(job(None, *full), on_eks()) == expected


def test_mnp365_compares_with_the_single_type_of_the_environment() -> None:
    (group,) = job(None, {"cpu": "96", "memory": "4Mi"}).node_groups
    unnamed = definition(node_groups=(replace(group, container_instance_type=None),))
    assert ids(unnamed, on_eks()) == ["MNP365"]
    assert "MNP365" not in ids(unnamed, on_eks(instance_types=UNKNOWN))


def test_mnp365_counts_what_is_reserved() -> None:
    limits = {"cpu": "96", "memory": "130000Mi"}
    assert ids(job(None, limits, requests={"cpu": "70"}), on_eks()) == []
