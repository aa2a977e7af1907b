"""What the execution role needs for FireLens."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.model.log_router import LogRouter
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.jobs.test_tasks import named, task
from tests.rules.security.role_setups import allow, role
from tests.rules.setups import findings, ids

FILE = "arn:aws:s3:::logs/fluent.conf"
app = named("app", log_driver="awsfirelens")


def routed(execution_role: Any, type: Any = "s3", value: Any = FILE) -> Any:
    router = LogRouter(type="fluentbit", file_type=type, file_value=value)
    return task(app, named("router", log_router=router), execution_role=execution_role)


def only_read(name: str) -> Any:
    return role(allow("s3:GetObject", resources=((name,),)))


@pytest.mark.parametrize(
    ("execution_role", "expected"),
    [
        pytest.param(only_read(FILE), [], id="the file"),
        pytest.param(only_read("arn:aws:s3:::logs/*"), [], id="the bucket"),
        pytest.param(only_read("arn:aws:s3:::others/*"), ["MNP622"], id="another bucket"),
        pytest.param(role(), ["MNP622"], id="nothing"),
        pytest.param(role(UNKNOWN), [], id="an unknown policy"),
        pytest.param(None, ["MNP622"], id="no role"),
        pytest.param(UNKNOWN, [], id="an unknown role"),
        pytest.param(role(service="ec2.amazonaws.com"), ["MNP605"], id="another service"),
    ],
)
def test_mnp622_the_configuration_can_be_read(execution_role: Any, expected: list[str]) -> None:
    assert ids(routed(execution_role)) == expected
    is_other = expected != ["MNP605"]
    assert ids(routed(execution_role, "file", "/a")) == ([] if is_other else expected)
    assert ids(routed(execution_role, UNKNOWN, UNKNOWN)) == ([] if is_other else expected)


def test_mnp622_an_unknown_file_may_be_any() -> None:
    assert ids(routed(only_read("arn:aws:s3:::others/*"), value=UNKNOWN)) == []
    assert ids(routed(role(), value=UNKNOWN)) == ["MNP622"]


def only(*found: Finding) -> Finding:
    (finding,) = found
    return finding


def test_mnp622_is_certain_only_without_a_role() -> None:
    assert only(*findings(routed(None))).severity == "error"
    lacking = only(*findings(routed(role())))
    assert (lacking.severity, lacking.resource_id) == ("warning", "Stack/Role")
