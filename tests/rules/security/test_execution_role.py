"""What the execution role may do before a container starts."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.access import (
    READ_PARAMETER,
    READ_SECRET,
    ContainerAccess,
    GroupAccess,
    Image,
    Key,
    Logs,
    NamedSource,
    ValueSource,
)
from cdk_batch_mnp.model.node_group import NODE_RANGES
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.security.role_setups import CONTAINER, accessing, allow, allow_to, policy, role
from tests.rules.setups import definition, environment, findings, ids, node_group

TASKS = policy("service-role/AmazonECSTaskExecutionRolePolicy")
LOGS = allow("logs:*")
PULL = allow("ecr:*")
REPOSITORY = ("arn:aws:ecr:eu-west-1:123456789012:repository/solver",)
own = Image(shown="123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver:1", is_own=True)
logs = Logs(group=("/solvers",))


@pytest.mark.parametrize(
    ("execution", "image", "expected"),
    [
        pytest.param(role(*TASKS), own, [], id="may pull"),
        pytest.param(role(LOGS), own, ["MNP612"], id="may not"),
        pytest.param(role(LOGS), None, [], id="another registry"),
        pytest.param(role(LOGS), UNKNOWN, [], id="an unknown registry"),
        pytest.param(role(LOGS), Image(shown="theirs"), [], id="perhaps another account"),
        pytest.param(role(LOGS, UNKNOWN), own, [], id="an unknown policy"),
        pytest.param(UNKNOWN, own, [], id="an unknown role"),
        pytest.param(
            role(LOGS, service="ec2.amazonaws.com"), own, ["MNP605"], id="a role for EC2, once"
        ),
    ],
)
def test_mnp612_the_role_may_pull(execution: Any, image: Any, expected: list[str]) -> None:
    assert ids(accessing(execution, image=image)) == expected


@pytest.mark.parametrize(
    ("repository_policy", "expected"),
    [
        pytest.param((), ["MNP612"], id="no policy"),
        pytest.param((allow_to(("*",), "ecr:*"),), [], id="a policy that allows it"),
        pytest.param(UNKNOWN, [], id="an unknown policy"),
    ],
)
def test_mnp612_the_policy_of_a_repository_may_allow_the_pull(
    repository_policy: Any, expected: list[str]
) -> None:
    image = Image(shown="solver", is_own=True, repository=REPOSITORY, policy=repository_policy)
    login = allow("ecr:GetAuthorizationToken")
    assert ids(accessing(role(LOGS, login), image=image)) == expected


@pytest.mark.parametrize(
    ("execution", "writes", "expected"),
    [
        pytest.param(role(*TASKS), logs, [], id="may write"),
        pytest.param(role(PULL), logs, ["MNP612"], id="may not"),
        pytest.param(
            role(allow("logs:*", resources=(("arn:aws:logs:*:*:log-group:/other:*",),))),
            logs,
            ["MNP612"],
            id="to another group",
        ),
        pytest.param(
            role(allow("logs:*", resources=(("arn:aws:logs:*:*:log-group:/solvers:*",),))),
            logs,
            [],
            id="to the group",
        ),
        pytest.param(role(PULL), None, [], id="another driver"),
        pytest.param(role(PULL), UNKNOWN, [], id="an unknown driver"),
    ],
)
def test_mnp612_the_role_may_write_logs(execution: Any, writes: Any, expected: list[str]) -> None:
    assert ids(accessing(execution, logs=writes)) == expected


@pytest.mark.parametrize(
    ("creates", "expected"),
    [
        pytest.param(True, ["MNP612"], id="created by the driver"),
        pytest.param(False, [], id="created elsewhere"),
        pytest.param(UNKNOWN, [], id="perhaps created"),
    ],
)
def test_mnp612_the_role_may_create_the_group(creates: Any, expected: list[str]) -> None:
    writes = Logs(group=("/solvers",), creates_group=creates)
    assert ids(accessing(role(*TASKS), logs=writes)) == expected


SECRET = ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",)
KEY = Key(id="Stack/Key", arn=("arn:aws:kms:eu-west-1:123456789012:key/1",), policy=())


def source(**changes: Any) -> tuple[NamedSource, ...]:
    """A secret of the template."""
    found = ValueSource(
        **{
            "shown": "Stack/Secret",
            "action": READ_SECRET,
            "arn": SECRET,
            "policy": (),
            "key": None,
            **changes,
        }
    )
    return (NamedSource(name="the secret KEY", path=CONTAINER / "secrets" / 0, source=found),)


READS = role(allow("secretsmanager:GetSecretValue", resources=(SECRET,)))


@pytest.mark.parametrize(
    ("execution", "changes", "expected"),
    [
        pytest.param(READS, {}, [], id="may read it"),
        pytest.param(role(*TASKS), {}, ["MNP613"], id="may not"),
        pytest.param(
            role(allow(READ_SECRET, resources=(("arn:aws:secretsmanager:*:*:secret:x*",),))),
            {},
            ["MNP613"],
            id="may read another",
        ),
        pytest.param(
            role(), {"policy": (allow_to(("*",), READ_SECRET),)}, [], id="the secret allows it"
        ),
        pytest.param(role(), {"policy": (UNKNOWN,)}, [], id="perhaps the secret allows it"),
        pytest.param(role(), {"policy": UNKNOWN}, ["MNP613"], id="a secret from elsewhere"),
        pytest.param(role(UNKNOWN), {}, [], id="an unknown policy"),
        pytest.param(READS, {"action": UNKNOWN}, [], id="a source of either kind"),
        pytest.param(role(), {"action": UNKNOWN}, ["MNP613"], id="neither kind"),
        pytest.param(
            role(allow("ssm:GetParameter")),
            {"action": READ_PARAMETER},
            ["MNP613"],
            id="one parameter, not several",
        ),
        pytest.param(READS, {"key": KEY}, ["MNP613"], id="not with its key"),
        pytest.param(
            role(allow(READ_SECRET, "kms:Decrypt")), {"key": KEY}, [], id="also with its key"
        ),
        pytest.param(
            READS,
            {"key": Key(id="Stack/Key", arn=KEY.arn, policy=(allow_to(READS.arn, "kms:*"),))},
            [],
            id="the key allows it",
        ),
        pytest.param(READS, {"key": UNKNOWN}, [], id="an unknown key"),
    ],
)
def test_mnp613_the_role_may_read_each_secret(
    execution: Any, changes: dict[str, Any], expected: list[str]
) -> None:
    assert ids(accessing(execution, sources=source(**changes))) == expected


def test_mnp613_is_a_warning_for_a_secret_from_elsewhere() -> None:
    (own_secret,) = findings(accessing(role(), sources=source()))
    (other,) = findings(accessing(role(), sources=source(policy=UNKNOWN)))
    assert (own_secret.severity, other.severity) == (Severity.ERROR, Severity.WARNING)
    assert own_secret.resource_id == "Stack/Role"


@pytest.mark.parametrize(
    ("outer", "expected"),
    [
        pytest.param(role(*TASKS), ["MNP613"], id="inherited"),
        pytest.param(UNKNOWN, [], id="perhaps inherited"),
    ],
)
def test_mnp613_a_nested_group_inherits_the_role_of_its_outer_group(
    outer: Any, expected: list[str]
) -> None:
    inner = node_group(path=NODE_RANGES / 1, target_nodes="0", execution_role=None)
    of_container = ContainerAccess(path=inner.path / "container", sources=source())
    found = definition(
        node_groups=(node_group(execution_role=outer), inner),
        access={inner.path: GroupAccess(containers=(of_container,))},
    )
    assert ids(found) == expected


def instances(*statements: Any) -> Any:
    """A role for instances, with what the agent needs to register."""
    return role(allow("ecs:*"), *statements, service="ec2.amazonaws.com")


@pytest.mark.parametrize(
    ("instance_role", "expected"),
    [
        pytest.param(instances(LOGS, PULL), [], id="may do both"),
        pytest.param(instances(LOGS), ["MNP614"], id="may not pull"),
        pytest.param(instances(PULL), ["MNP614"], id="may not write logs"),
        pytest.param(instances(UNKNOWN), [], id="an unknown policy"),
        pytest.param(UNKNOWN, [], id="an unknown role"),
        pytest.param(role(service="ec2.amazonaws.com"), ["MNP611"], id="cannot even register"),
    ],
)
def test_mnp614_the_instance_role_stands_in_for_the_execution_role(
    instance_role: Any, expected: list[str]
) -> None:
    found = accessing(None, image=own, logs=logs)
    assert ids(found, environment(instance_role=instance_role)) == expected


def test_mnp614_is_not_about_groups_with_an_execution_role() -> None:
    found = accessing(role(*TASKS), image=own, logs=logs)
    assert ids(found, environment(instance_role=instances())) == []
