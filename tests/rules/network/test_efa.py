"""What Elastic Fabric Adapters need: groups that reach themselves, devices, locked memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.compute_environment import Ec2Configuration
from cdk_batch_mnp.model.container import Device, EnvironmentVariable, Ulimit
from cdk_batch_mnp.model.network import SecurityGroup, SecurityGroupRule
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.efa_setups import (
    efa_container,
    efa_environment,
    efa_group,
    efa_interfaces,
    efa_job,
    interface,
    uverbs,
)
from tests.rules.setups import findings, ids, queue

itself = SecurityGroupRule(peer="Stack/Efa")
everywhere = SecurityGroupRule(peer="0.0.0.0/0")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"ingress": ()}, ["MNP408"], id="nothing from itself"),
        pytest.param({"egress": ()}, ["MNP408", "MNP420"], id="nothing to itself"),
        pytest.param({"egress": (everywhere,)}, ["MNP408"], id="0.0.0.0/0 does not cover it"),
        pytest.param({"ingress": (everywhere,)}, ["MNP408"], id="not even in"),
        pytest.param(
            {"egress": (everywhere, SecurityGroupRule(peer="Stack/Efa", protocol="tcp"))},
            ["MNP408"],
            id="one protocol",
        ),
        pytest.param(
            {"egress": (everywhere, SecurityGroupRule(peer="Stack/Other"))},
            ["MNP408"],
            id="another group",
        ),
        pytest.param({"egress": (everywhere, itself)}, [], id="more than itself"),
        pytest.param(
            {"egress": (itself,)}, ["MNP420"], id="just itself, both ways: no service is reached"
        ),
        pytest.param({"egress": UNKNOWN}, [], id="unknown rules"),
        pytest.param({"egress": (everywhere, UNKNOWN)}, [], id="an unknown rule"),
        pytest.param({"egress": (SecurityGroupRule(peer=UNKNOWN),)}, [], id="an unknown peer"),
        pytest.param(
            {"egress": (everywhere, SecurityGroupRule(peer="Stack/Efa", protocol=UNKNOWN))},
            [],
            id="an unknown protocol",
        ),
    ],
)
def test_mnp408_the_group_of_efas_reaches_itself(
    changes: dict[str, Any], expected: list[str]
) -> None:
    interfaces = efa_interfaces(known_groups=(efa_group(**changes),))
    assert ids(efa_job(), efa_environment(interfaces)) == expected


empty = SecurityGroup(id="Stack/Empty", ingress=(), egress=())


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param((empty,), ["MNP408", "MNP420"], id="a group without rules"),
        pytest.param((empty, efa_group()), [], id="one of two groups is enough"),
        pytest.param((empty, UNKNOWN), [], id="an unknown group may do"),
        pytest.param(UNKNOWN, [], id="as may unknown groups"),
        pytest.param((), [], id="no groups: what then holds is not the interface's"),
    ],
)
def test_mnp408_the_groups_of_an_interface_count_together(
    groups: object, expected: list[str]
) -> None:
    interfaces = efa_interfaces(known_groups=groups)
    assert ids(efa_job(), efa_environment(interfaces)) == expected


def test_mnp408_reports_a_group_once_however_many_interfaces_it_has() -> None:
    interfaces = efa_interfaces(known_groups=(efa_group(egress=(everywhere,)),))
    (finding,) = findings(efa_job(), efa_environment(interfaces))
    assert finding.actual == "no rule for all traffic to the group itself"


def test_mnp408_other_interfaces_need_no_such_group() -> None:
    plain = (interface(0, 0, known_groups=(replace(empty, egress=(everywhere,)),)),)
    assert ids(efa_job(efa_container(devices=())), efa_environment(plain)) == []


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        pytest.param([efa_container(devices=())], ["MNP411"], id="no device"),
        pytest.param(
            [efa_container(devices=(Device(host_path="/dev/fuse"),))], ["MNP411"], id="another one"
        ),
        pytest.param([efa_container(devices=uverbs(3))], ["MNP411"], id="one device too few"),
        pytest.param([efa_container(devices=uverbs(4))], [], id="all devices"),
        pytest.param(
            [efa_container(devices=(Device(host_path="/dev/infiniband/"),))], [], id="their folder"
        ),
        pytest.param(
            [efa_container(devices=(), privileged=True)], ["MNP603"], id="privileged, it sees all"
        ),
        pytest.param([efa_container(devices=(), privileged=UNKNOWN)], [], id="perhaps privileged"),
        pytest.param([efa_container(devices=UNKNOWN)], [], id="unknown devices"),
        pytest.param([efa_container(devices=(UNKNOWN,))], [], id="an unknown device"),
        pytest.param(
            [efa_container(devices=(Device(host_path=UNKNOWN),))], [], id="an unknown path"
        ),
        pytest.param([efa_container(devices=()), UNKNOWN], [], id="an unknown container beside it"),
        pytest.param([efa_container(ulimits=())], ["MNP411"], id="no memlock"),
        pytest.param(
            [efa_container(ulimits=(Ulimit(name="nofile"),))], ["MNP411"], id="another limit"
        ),
        pytest.param(
            [efa_container(ulimits=(Ulimit(name="memlock", soft_limit=65_536),))],
            ["MNP411"],
            id="a limited memlock",
        ),
        pytest.param([efa_container(ulimits=UNKNOWN)], [], id="unknown limits"),
        pytest.param([efa_container(ulimits=(UNKNOWN,))], [], id="an unknown limit"),
        pytest.param([efa_container(ulimits=(Ulimit(name=UNKNOWN),))], [], id="of unknown name"),
        pytest.param(
            [efa_container(ulimits=(Ulimit(name="memlock", hard_limit=UNKNOWN),))],
            [],
            id="of unknown size",
        ),
    ],
)
def test_mnp411_containers_get_devices_and_lock_memory(
    containers: list[object], expected: list[str]
) -> None:
    assert ids(efa_job(*containers), efa_environment()) == expected


def test_mnp411_a_container_beside_the_one_with_efa_needs_nothing() -> None:
    small = efa_container(requirements=(), devices=(), ulimits=(), name="logs")
    assert ids(efa_job(efa_container(), small), efa_environment()) == []


def test_mnp411_where_nodes_have_no_efa_nothing_is_missed() -> None:
    bare = efa_container(devices=(), ulimits=())
    assert ids(efa_job(bare), efa_environment((interface(0, 0),))) == []
    assert ids(efa_job(bare), efa_environment((interface(0, 0, UNKNOWN),))) == []
    assert ids(efa_job(bare), efa_environment((UNKNOWN,))) == []
    assert "MNP411" not in ids(efa_job(bare), efa_environment(is_eks=True))


def test_mnp411_an_unknown_interface_may_be_of_another_kind() -> None:
    one = efa_container(devices=uverbs(1))
    assert ids(efa_job(one), efa_environment((*efa_interfaces(1), UNKNOWN))) == []
    assert ids(efa_job(one), efa_environment(efa_interfaces(2))) == ["MNP411"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ["MNP411"], id="Docker's own limit holds"),
        pytest.param({"template": {"user_data": UNKNOWN}}, [], id="user data may raise it"),
        pytest.param({"template": {"image_id": "ami-1"}}, [], id="an image may"),
        pytest.param({"image_id": "ami-1"}, [], id="the environment's image may"),
        pytest.param(
            {"ec2_configurations": (Ec2Configuration(image_id_override="ami-1"),)},
            [],
            id="as may one for an image type",
        ),
        pytest.param({"ec2_configurations": UNKNOWN}, [], id="unknown images"),
    ],
)
def test_mnp411_the_instance_may_let_every_container_lock_memory(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert ids(efa_job(efa_container(ulimits=())), efa_environment(**changes)) == expected


def severity(**changes: Any) -> Severity:
    (finding,) = findings(efa_job(efa_container(**changes)), efa_environment())
    return finding.severity


def test_mnp411_without_devices_a_job_falls_back_to_tcp_unless_it_asks_for_efa() -> None:
    def asking(value: str) -> tuple[EnvironmentVariable, ...]:
        return (EnvironmentVariable(name="FI_PROVIDER", value=value),)

    assert severity(devices=()) is Severity.WARNING
    assert severity(devices=(), environment=asking("tcp")) is Severity.WARNING
    assert severity(devices=(), environment=asking("^efa")) is Severity.WARNING
    assert severity(devices=(), environment=asking("efa")) is Severity.ERROR
    assert severity(ulimits=()) is Severity.ERROR


PLAIN = (interface(0, 0),)


@pytest.mark.parametrize(
    ("interfaces", "changes", "expected"),
    [
        pytest.param(PLAIN, {}, ["MNP411"], id="an ordinary interface"),
        pytest.param(
            PLAIN,
            {"devices": (Device(host_path="/dev/infiniband"),)},
            ["MNP411"],
            id="the folder of the devices",
        ),
        pytest.param(PLAIN, {"devices": ()}, [], id="no devices"),
        pytest.param(PLAIN, {"devices": UNKNOWN}, [], id="unknown devices"),
        pytest.param(
            PLAIN, {"privileged": True}, ["MNP603"], id="privileged: those that are there"
        ),
        pytest.param(PLAIN, {"privileged": UNKNOWN}, [], id="perhaps privileged"),
        pytest.param((interface(0, 0, UNKNOWN),), {}, [], id="an interface of unknown kind"),
        pytest.param((*PLAIN, UNKNOWN), {}, [], id="an unknown interface"),
        pytest.param(UNKNOWN, {}, [], id="unknown interfaces"),
    ],
)
def test_mnp411_a_container_cannot_start_with_devices_that_its_node_has_not(
    interfaces: object, changes: dict[str, Any], expected: list[str]
) -> None:
    parts = efa_job(efa_container(**changes)), efa_environment(interfaces)
    assert ids(*parts) == expected
    if expected == ["MNP411"]:
        assert [finding.severity for finding in findings(*parts)] == [Severity.ERROR]


def test_mnp411_without_a_launch_template_nodes_have_no_efa() -> None:
    bare = efa_environment(launch_template=None, security_groups=(efa_group(),))
    assert ids(efa_job(), bare) == ["MNP411", "MNP606"]
    assert ids(efa_job(), replace(bare, has_template_overrides=True)) == []
    assert ids(efa_job(), replace(bare, is_eks=UNKNOWN)) == []


def test_mnp411_a_job_with_devices_takes_the_environment_that_has_them() -> None:
    plain = queue(efa_environment(PLAIN, id="Stack/Plain"), id="Stack/PlainQueue")
    assert ids(efa_job(), plain) == ["MNP411"]
    assert ids(efa_job(), plain, queue(efa_environment(), id="Stack/EfaQueue")) == []


def test_mnp411_a_job_that_asks_for_efa_takes_the_queue_where_it_gets_it() -> None:
    plain = efa_environment((interface(0, 0),), id="Stack/Plain")
    wants = efa_job(
        efa_container(
            devices=(), environment=(EnvironmentVariable(name="FI_PROVIDER", value="efa"),)
        )
    )
    with_efa = queue(efa_environment(id="Stack/WithEfa"), id="Stack/EfaQueue")
    assert ids(wants, with_efa) == ["MNP411"]
    assert ids(wants, with_efa, queue(plain, id="Stack/PlainQueue")) == []
