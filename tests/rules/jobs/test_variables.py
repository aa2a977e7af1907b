"""Variables of containers, and the secrets among them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.access import (
    ContainerAccess,
    GroupAccess,
    NamedSource,
    ValueSource,
)
from cdk_batch_mnp.model.container import EnvironmentVariable
from cdk_batch_mnp.model.presence import PartialList
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from tests.rules.setups import (
    FIRST_GROUP,
    container,
    containing,
    definition,
    findings,
    ids,
    node_group,
)


def plain(*names: object) -> tuple[EnvironmentVariable, ...]:
    """Variables of these names."""
    return tuple(EnvironmentVariable(name=name, value="1") for name in names)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"environment": plain("A", "B")}, [], id="two variables"),
        pytest.param({"environment": plain("A", "A")}, ["MNP331"], id="one twice"),
        pytest.param({"environment": plain("A", UNKNOWN)}, [], id="an unknown name"),
        pytest.param({"environment": (*plain("A"), UNKNOWN)}, [], id="an unknown variable"),
        pytest.param({"environment": UNKNOWN}, [], id="unknown variables"),
        pytest.param({"secrets": ("A", "A")}, ["MNP331"], id="one secret twice"),
        pytest.param(
            {"environment": plain("A"), "secrets": ("A",)}, ["MNP331"], id="also as a secret"
        ),
        pytest.param({"environment": plain("A"), "secrets": (UNKNOWN,)}, [], id="perhaps"),
    ],
)
def test_mnp331_variables_are_set_once(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(containing(**changes)) == expected


def test_mnp331_is_an_error_where_a_secret_has_the_name_of_a_variable() -> None:
    (twice,) = findings(containing(environment=plain("A", "A")))
    (both,) = findings(containing(environment=plain("A"), secrets=("A",)))
    assert (twice.severity, both.severity) == (Severity.WARNING, Severity.ERROR)
    assert (twice.actual, both.actual) == (2, 2)


@pytest.mark.parametrize(
    ("secrets", "role", "expected"),
    [
        pytest.param(("KEY",), None, ["MNP332"], id="no role"),
        pytest.param(("KEY",), UNKNOWN, [], id="perhaps a role"),
        pytest.param((), None, [], id="no secrets"),
        pytest.param((UNKNOWN,), None, ["MNP332"], id="a secret with an unknown name"),
        pytest.param(PartialList.of([PERHAPS]), None, [], id="perhaps a secret"),
        pytest.param(
            PartialList.of(["KEY", PERHAPS]), None, ["MNP332"], id="a secret, perhaps two"
        ),
        pytest.param(UNKNOWN, None, [], id="perhaps secrets"),
    ],
)
def test_mnp332_secrets_need_an_execution_role(
    secrets: Any, role: Any, expected: list[str]
) -> None:
    group = node_group(containers=(container(secrets=secrets),), execution_role=role)
    assert ids(definition(node_groups=(group,))) == expected


def test_mnp332_credentials_of_a_registry_need_an_execution_role() -> None:
    source = ValueSource(shown="Credentials", action=UNKNOWN, arn=(UNKNOWN,))
    path = FIRST_GROUP / "container"
    credentials = NamedSource(name="credentials", path=path / "credentials", source=source)
    of_container = ContainerAccess(path=path, sources=(credentials,))
    access = {FIRST_GROUP: GroupAccess(containers=(of_container,))}
    for role, expected in ((None, ["MNP332"]), (UNKNOWN, [])):
        group = node_group(execution_role=role)
        assert ids(definition(node_groups=(group,), access=access)) == expected


def test_mnp332_the_role_of_an_outer_range_may_serve_an_inner_one() -> None:
    inner = node_group(
        target_nodes="0", containers=(container(secrets=("KEY",)),), execution_role=None
    )
    assert ids(definition(node_groups=(node_group(), inner))) == []
    assert ids(definition(node_groups=(UNKNOWN, inner))) == []
    assert ids(definition(node_groups=(inner, node_group(target_nodes="1:")))) == ["MNP332"]
