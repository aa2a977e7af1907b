"""What the pods of a node group may be."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from tests.rules.jobs.pods import broken, container, several


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
