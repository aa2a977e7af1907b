"""FireLens, which routes the logs of containers."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.log_router import LogRouter, read_log_router
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.jobs.test_tasks import named, task
from tests.rules.security.role_setups import allow, role
from tests.rules.setups import containing, findings, ids

FLUENT = LogRouter(type="fluentbit")
router = named("router", log_router=FLUENT)
app = named("app", log_driver="awsfirelens")
plain = named("plain", log_driver="awslogs")


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        pytest.param(task(app, router), [], id="both"),
        pytest.param(task(app, plain, router), [], id="both, and other logs"),
        pytest.param(task(plain), [], id="neither"),
        pytest.param(task(app), ["MNP345"], id="no router"),
        pytest.param(task(app, named("one", log_router=UNKNOWN)), [], id="perhaps a router"),
        pytest.param(task(app, UNKNOWN), [], id="perhaps another container"),
        pytest.param(task(router), ["MNP345"], id="no logs to route"),
        pytest.param(task(router, plain), ["MNP345"], id="other logs"),
        pytest.param(task(router, named("one", log_driver=UNKNOWN)), [], id="perhaps logs"),
        pytest.param(task(named("one", log_router=UNKNOWN), plain), [], id="perhaps no router"),
        pytest.param(containing(log_driver="awsfirelens"), ["MNP345"], id="a container alone"),
        pytest.param(containing(log_driver=UNKNOWN), [], id="a container's unknown driver"),
        pytest.param(task(app, possible_kinds=("container",)), [], id="perhaps no task"),
    ],
)
def test_mnp345_log_routers(job: JobDefinition, expected: list[str]) -> None:
    assert ids(job) == expected


def test_mnp345_says_where_a_log_router_can_be() -> None:
    (of_container,) = findings(containing(log_driver="awsfirelens"))
    (of_task,) = findings(task(app))
    assert "ecsProperties" in of_container.expected
    assert "ecsProperties" not in of_task.expected


def fluent(type: Any = "fluentbit", **options: Any) -> JobDefinition:
    """A job with a log router, as a job definition sets it."""
    written = {name.replace("_", "-"): value for name, value in options.items()}
    read = read_log_router(
        ApiStruct({"firelensConfiguration": {"type": type, "options": written or None}})
    )
    reader = role(allow("s3:GetObject"), id="Stack/ExecutionRole")
    return task(app, named("router", log_router=read), execution_role=reader)


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        pytest.param(fluent(), [], id="Fluent Bit"),
        pytest.param(fluent("fluentd"), [], id="Fluentd"),
        pytest.param(fluent("FluentBit"), [], id="another case"),
        pytest.param(fluent("fluent-bit"), ["MNP346"], id="a misspelt type"),
        pytest.param(fluent(None), ["MNP346"], id="no type"),
        pytest.param(fluent(UNKNOWN), [], id="an unknown type"),
        pytest.param(fluent(enable_ecs_log_metadata="true"), [], id="metadata"),
        pytest.param(fluent(enable_ecs_log_metadata=False), [], id="a Boolean"),
        pytest.param(fluent(enable_ecs_log_metadata="yes"), ["MNP346"], id="another word"),
        pytest.param(fluent(enable_ecs_log_metadata=UNKNOWN), [], id="an unknown word"),
        pytest.param(
            fluent(config_file_type="file", config_file_value="/etc/fluent.conf"), [], id="a file"
        ),
        pytest.param(
            fluent(config_file_type="http", config_file_value="/etc/fluent.conf"),
            ["MNP346"],
            id="an unknown kind of file",
        ),
        pytest.param(
            fluent(config_file_type="file", config_file_value="/fluent-bit/etc/fluent-bit.conf"),
            ["MNP346"],
            id="the file that ECS writes",
        ),
        pytest.param(
            fluent(config_file_type=UNKNOWN, config_file_value="/fluentd/etc/fluent.conf"),
            [],
            id="perhaps the file that ECS writes",
        ),
        pytest.param(
            fluent(config_file_type="s3", config_file_value="arn:aws:s3:::logs/fluent.conf"),
            [],
            id="an object",
        ),
        pytest.param(
            fluent(config_file_type="s3", config_file_value="s3://logs/fluent.conf"),
            ["MNP346"],
            id="an object without its ARN",
        ),
        pytest.param(fluent(config_file_type="s3"), ["MNP346"], id="a type without a file"),
        pytest.param(fluent(config_file_value="/a"), ["MNP346"], id="a file without its type"),
        pytest.param(
            fluent(config_file_type="s3", config_file_value=UNKNOWN), [], id="an unknown file"
        ),
    ],
)
def test_mnp346_log_router_options(job: JobDefinition, expected: list[str]) -> None:
    assert ids(job) == expected


def test_a_log_router_is_unknown_if_its_configuration_is() -> None:
    assert read_log_router(ApiStruct({"firelensConfiguration": UNKNOWN})) is UNKNOWN
    read = read_log_router(
        ApiStruct({"FirelensConfiguration": {"Type": "fluentd", "Options": UNKNOWN}})
    )
    assert read == LogRouter(
        type="fluentd", log_metadata=UNKNOWN, file_type=UNKNOWN, file_value=UNKNOWN
    )
