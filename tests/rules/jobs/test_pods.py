"""What the pods of a node group may be."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from cdk_batch_mnp.rules.checking import check

LIMITS = {"cpu": "35", "memory": "65000Mi"}


def container(name: Any = "solver", image: Any = "solver:1", **members: Any) -> dict[str, Any]:
    resources = members.pop("resources", {"limits": LIMITS})
    return {"name": name, "image": image, "resources": resources, **members}


def several(number: int, image: str = "solver:1", **members: Any) -> list[dict[str, Any]]:
    return [container(f"c{index}", image.format(index), **members) for index in range(number)]


def broken(definition: dict[str, Any] | None = None, **pod: Any) -> list[str]:
    """The rules about pods that a definition of this pod breaks."""
    properties = {"containers": [container()], **pod}
    ranges = [{"targetNodes": "0:", "eksProperties": {"podProperties": properties}}]
    shape = {
        "type": "multinode",
        "nodeProperties": {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": ranges},
        "timeout": {"attemptDurationSeconds": 3600},
        **(definition or {}),
    }
    job = JobDefinition.read(ApiStruct(shape), id="Job")
    findings = check(MnpSetup(job_definitions=(job,))).findings
    return sorted({finding.rule.id for finding in findings})


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        pytest.param({"containers": []}, ["MNP361"], id="no containers"),
        pytest.param({"containers": UNKNOWN}, [], id="unknown containers"),
        pytest.param({"containers": several(10)}, [], id="ten containers are the limit"),
        pytest.param({"containers": several(11)}, ["MNP361"], id="eleven containers"),
        pytest.param({"containers": [UNKNOWN] * 11}, ["MNP361"], id="eleven unknown ones"),
        pytest.param({"containers": [*several(10), PERHAPS]}, [], id="perhaps eleven"),
        pytest.param({"initContainers": several(10)}, [], id="ten init containers"),
        pytest.param({"initContainers": several(11)}, ["MNP361"], id="eleven init containers"),
        pytest.param({"containers": [container(image=UNKNOWN)]}, [], id="an unknown image"),
        pytest.param({"containers": [container(image=None)]}, ["MNP361"], id="no image"),
        pytest.param({"initContainers": several(9, "setup:{}")}, [], id="ten images"),
        pytest.param({"initContainers": several(10, "setup:{}")}, ["MNP361"], id="eleven images"),
    ],
)
def test_mnp361_contents(pod: dict[str, Any], expected: list[str]) -> None:
    assert broken(**pod) == expected


def amounts(limits: Any, requests: Any = None) -> dict[str, Any]:
    resources = {"limits": limits} if requests is None else {"limits": limits, "requests": requests}
    return {"containers": [container(resources=resources)]}


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        pytest.param(amounts({**LIMITS, "cpu": "0.25"}), [], id="the least CPU"),
        pytest.param(amounts({**LIMITS, "cpu": 2.5}), [], id="a number"),
        pytest.param(amounts({**LIMITS, "cpu": UNKNOWN}), [], id="unknown CPU"),
        pytest.param(amounts({**LIMITS, "cpu": "0.1"}), ["MNP362"], id="a tenth"),
        pytest.param(amounts({**LIMITS, "cpu": "0"}), ["MNP362"], id="no CPU"),
        pytest.param(amounts({**LIMITS, "cpu": "100m"}), ["MNP362"], id="milli-CPU"),
        pytest.param(amounts({**LIMITS, "memory": "4Mi"}), [], id="the least memory"),
        pytest.param(amounts({**LIMITS, "memory": "3Mi"}), ["MNP362"], id="3 MiB"),
        pytest.param(amounts({**LIMITS, "memory": "4096"}), ["MNP362"], id="no suffix"),
        pytest.param(amounts({**LIMITS, "nvidia.com/gpu": "1"}), [], id="one GPU"),
        pytest.param(amounts({**LIMITS, "nvidia.com/gpu": "0"}), ["MNP362"], id="zero GPUs"),
        pytest.param(amounts({**LIMITS, "example.com/device": "x"}), [], id="of another kind"),
        pytest.param(amounts(LIMITS, {"cpu": "20"}), [], id="less CPU reserved"),
        pytest.param(amounts(LIMITS, {"cpu": "36"}), ["MNP362"], id="more CPU reserved"),
        pytest.param(amounts(LIMITS, {"memory": "65000Mi"}), [], id="the same memory"),
        pytest.param(amounts(LIMITS, {"memory": "64999Mi"}), ["MNP362"], id="less memory"),
        pytest.param(amounts(LIMITS, {"memory": UNKNOWN}), [], id="unknown memory"),
        pytest.param(amounts({}, LIMITS), [], id="requests alone"),
        pytest.param(amounts({"cpu": "1"}), ["MNP362"], id="memory nowhere"),
        pytest.param(amounts({"cpu": "1"}, UNKNOWN), [], id="perhaps in the requests"),
        pytest.param(amounts(UNKNOWN), [], id="unknown limits"),
        pytest.param(
            {"containers": [container(), container("side", resources={})]}, [], id="of one of two"
        ),
        pytest.param(
            {"containers": [container(resources={}), UNKNOWN]}, [], id="of an unknown one"
        ),
    ],
)
def test_mnp362_amounts(pod: dict[str, Any], expected: list[str]) -> None:
    assert broken(**pod) == expected


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        pytest.param({"platformCapabilities": ["EC2"]}, ["MNP363"], id="capabilities"),
        pytest.param({"platformCapabilities": []}, [], id="an empty list"),
        pytest.param({"platformCapabilities": UNKNOWN}, [], id="unknown capabilities"),
        pytest.param({"propagateTags": False}, ["MNP363"], id="tags"),
        pytest.param({"propagateTags": PERHAPS}, [], id="perhaps tags"),
        pytest.param({}, [], id="neither"),
    ],
)
def test_mnp363_for_ecs_only(definition: dict[str, Any], expected: list[str]) -> None:
    assert broken(definition) == expected


def mounting(name: Any) -> list[dict[str, Any]]:
    return [container(volumeMounts=[{"name": name, "mountPath": "/data"}])]


def named(*names: Any) -> list[dict[str, Any]]:
    return [{"name": name, "emptyDir": {}} for name in names]


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        pytest.param({"containers": several(2)}, [], id="two names"),
        pytest.param({"containers": [container(), container()]}, ["MNP364"], id="one name"),
        pytest.param(
            {"containers": [container()], "initContainers": [container()]},
            ["MNP364"],
            id="an init container of that name",
        ),
        pytest.param({"containers": [container(None)] * 2}, ["MNP364"], id="both by default"),
        pytest.param({"containers": [container(UNKNOWN)] * 2}, [], id="unknown names"),
        pytest.param({"volumes": named("a", "a")}, ["MNP364"], id="volumes of one name"),
        pytest.param({"volumes": named("a"), "containers": mounting("a")}, [], id="a mount"),
        pytest.param({"containers": mounting("a")}, ["MNP364"], id="a mount of nothing"),
        pytest.param({"containers": mounting(UNKNOWN)}, [], id="a mount of something"),
        pytest.param({"volumes": UNKNOWN, "containers": mounting("a")}, [], id="unknown volumes"),
        pytest.param({"volumes": [UNKNOWN], "containers": mounting("a")}, [], id="unknown volume"),
        pytest.param({"volumes": named(UNKNOWN), "containers": mounting("a")}, [], id="or name"),
        pytest.param(
            {"volumes": [{"name": "a", "emptyDir": {}, "hostPath": {"path": "/a"}}]},
            ["MNP364"],
            id="two kinds",
        ),
        pytest.param(
            {"volumes": [{"name": "a", "emptyDir": {}, "hostPath": PERHAPS}]},
            [],
            id="perhaps two kinds",
        ),
        pytest.param(
            {"containers": [container(env=[{"name": "AWS_BATCH_X"}])]}, ["MNP364"], id="reserved"
        ),
        pytest.param({"containers": [container(env=[{"name": UNKNOWN}])]}, [], id="unknown name"),
    ],
)
def test_mnp364_names(pod: dict[str, Any], expected: list[str]) -> None:
    assert broken(**pod) == expected
