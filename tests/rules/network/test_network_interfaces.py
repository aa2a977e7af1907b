"""Which network interfaces a launch template can give to which instances."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import ERROR, Severity
from cdk_batch_mnp.instances import default_catalogue
from cdk_batch_mnp.instances.efa_interfaces import efa_interfaces as places_of
from cdk_batch_mnp.model.container import ResourceRequirement
from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.network import SecurityGroupRule, Vpc
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from tests.rules.drawn_setups import less_known
from tests.rules.efa_setups import (
    EFA_TYPE,
    efa_container,
    efa_environment,
    efa_group,
    efa_interfaces,
    efa_job,
    interface,
)
from tests.rules.setups import findings, ids, launch_template, security_group, setup, subnet


def test_the_right_setup_with_efa_has_no_findings() -> None:
    assert ids(efa_job(), efa_environment()) == []


def possible(*interfaces: object, **changes: Any) -> list[str]:
    """What is said of interfaces as such; what containers lack is not asked here."""
    reported = ids(efa_job(), efa_environment(interfaces, **changes))
    return [rule_id for rule_id in reported if rule_id != "MNP411"]


primary = interface(0, 0, "efa")


@pytest.mark.parametrize(
    ("interfaces", "expected"),
    [
        pytest.param((primary, interface(0, 0)), ["MNP410"], id="one place taken twice"),
        pytest.param((interface(0, 1, "efa"),), ["MNP410"], id="no device 0"),
        pytest.param((interface(1, 0, "efa"),), ["MNP410"], id="none on card 0"),
        pytest.param((interface(0, 0, "efa-only"),), ["MNP410"], id="a primary without address"),
        pytest.param((primary, interface(0, 1, "efa-only")), ["MNP410"], id="two EFAs on a card"),
        pytest.param((primary, interface(4, 0, "efa-only")), ["MNP410"], id="a fifth card"),
        pytest.param((primary, interface(-1, 0, "efa-only")), ["MNP410"], id="a negative card"),
        pytest.param(
            tuple(interface(0, device) for device in range(16)), ["MNP410"], id="16 on one card"
        ),
        pytest.param(
            (primary, interface(1, 1, "efa", associate_public_ip_address=True)),
            ["MNP410"],
            id="a public address with two",
        ),
        pytest.param(tuple(interface(0, device) for device in range(15)), [], id="15 on a card"),
        pytest.param((primary, interface(3, 0, "efa-only")), [], id="the last card"),
        pytest.param((primary, interface(1, 1, "efa")), [], id="device 1 of a further card"),
        pytest.param((interface(0, 0), interface(0, 1, "efa-only")), [], id="ENA and EFA apart"),
        pytest.param((interface(None, 0),), [], id="no card said: the first"),
        pytest.param((interface(0, None),), [], id="no device said"),
        pytest.param(
            (replace(primary, associate_public_ip_address=True),),
            [],
            id="one, public",
        ),
        pytest.param((primary, interface(UNKNOWN, 0)), [], id="an unknown card"),
        pytest.param((interface(0, UNKNOWN),), [], id="an unknown device"),
        pytest.param((primary, interface(0, 1, UNKNOWN)), [], id="an unknown kind"),
        pytest.param((interface(0, 0, UNKNOWN),), [], id="an unknown kind of the primary"),
        pytest.param((interface(0, 1, "efa"), UNKNOWN), [], id="the unknown one may be primary"),
        pytest.param(
            (primary, interface(1, 0, associate_public_ip_address=UNKNOWN)),
            [],
            id="perhaps a public address",
        ),
    ],
)
def test_mnp410_interfaces_are_possible(
    interfaces: tuple[object, ...], expected: list[str]
) -> None:
    assert possible(*interfaces) == expected


def of_type(
    *types: object, interfaces: tuple[NetworkInterface, ...], **changes: Any
) -> list[object]:
    """What MNP410 reports on an environment of these types."""
    other = efa_environment(interfaces, instance_types=types, is_dedicated=True, **changes)
    return [finding.actual for finding in findings(other) if finding.rule.id == "MNP410"]


@pytest.mark.parametrize(
    ("name", "interfaces", "actual"),
    [
        pytest.param(
            "c5.18xlarge",
            efa_interfaces(1),
            "1 EFA interfaces",
            id="a type without EFA",
        ),
        pytest.param(
            "p6-b300.48xlarge",
            efa_interfaces(2),
            "EFA on card 0",
            id="the one card without EFA",
        ),
        pytest.param(
            "hpc6id.32xlarge",
            (interface(0, 0, "efa"), interface(1, 0, "efa-only")),
            "2 interfaces",
            id="no room for the task",
        ),
    ],
)
def test_mnp410_reports_what_the_type_does_not_support(
    name: str, interfaces: tuple[NetworkInterface, ...], actual: str
) -> None:
    assert of_type(name, interfaces=interfaces) == [actual]


def test_mnp410_pods_need_no_interface_of_their_own() -> None:
    both = (interface(0, 0, "efa"), interface(1, 0, "efa-only"))
    assert of_type("hpc6id.32xlarge", interfaces=both, is_eks=True) == []


def test_mnp410_is_reported_only_if_no_type_takes_the_interfaces() -> None:
    assert of_type("c5.18xlarge", EFA_TYPE, interfaces=efa_interfaces()) == []
    assert of_type("c5.18xlarge", UNKNOWN, interfaces=efa_interfaces()) == []
    assert of_type("c5", EFA_TYPE, interfaces=efa_interfaces()) == []
    assert of_type("x99", interfaces=efa_interfaces()) == []
    assert of_type("x99.large", interfaces=efa_interfaces()) == []
    assert len(of_type("c5.18xlarge", "m5.large", interfaces=efa_interfaces(1))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"launch_template": UNKNOWN}, id="an unknown template"),
        pytest.param(
            {"launch_template": launch_template(network_interfaces=UNKNOWN)},
            id="unknown interfaces",
        ),
        pytest.param({"has_template_overrides": True}, id="templates for single types"),
        pytest.param({"has_template_overrides": UNKNOWN}, id="perhaps templates for single types"),
    ],
)
def test_interfaces_that_are_not_known_are_not_judged(changes: dict[str, Any]) -> None:
    wrong = efa_environment((interface(0, 1, "efa"),), is_dedicated=True, **changes)
    assert not {"MNP408", "MNP409", "MNP410", "MNP411", "MNP416", "MNP417"} & set(
        ids(efa_job(), wrong)
    )


def test_our_own_interfaces_are_possible_on_every_type_with_efa() -> None:
    types = [facts for facts in default_catalogue() if facts.efa_interfaces]
    assert len(types) > 200
    for facts in types:
        own = tuple(
            interface(place.network_card_index, place.device_index, place.interface_type)
            for place in places_of(facts)
        )
        assert of_type(facts.name, interfaces=own) == [], facts.name


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param(("c5n.18xlarge", EFA_TYPE), ["MNP417"], id="for another listed type"),
        pytest.param(("c5n", EFA_TYPE), ["MNP417"], id="for a listed family"),
        pytest.param((EFA_TYPE,), [], id="for the job's own"),
        pytest.param(("c5n.18xlarge", UNKNOWN), [], id="with an unknown type"),
        pytest.param(("c5n.18xlarge",), ["MNP410"], id="for no listed type"),
    ],
)
def test_mnp417_the_jobs_type_takes_the_interfaces(
    types: tuple[object, ...], expected: list[str]
) -> None:
    name = EFA_TYPE if types == (EFA_TYPE,) else "c5n.18xlarge"
    job = efa_job()
    (group,) = job.node_groups  # type: ignore[misc]
    small = replace(job, node_groups=(replace(group, container_instance_type=name),))  # type: ignore[type-var]
    other = efa_environment(instance_types=types)
    reported = set(ids(small, other))
    assert sorted(reported & {"MNP410", "MNP417"}) == expected


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        pytest.param(("c5",), True, id="no type of the family has EFA"),
        pytest.param(("c6i", "r6i"), True, id="of two families"),
        pytest.param(("optimal",), True, id="of a bundle"),
        pytest.param(("p4d",), False, id="the family has as many"),
        pytest.param(("c5", "p4d"), False, id="one of two families has"),
        pytest.param(("c5", UNKNOWN), False, id="an unknown entry may have"),
        pytest.param(("c5", "x99"), False, id="as may a new family"),
    ],
)
def test_mnp410_takes_every_type_of_a_family(types: tuple[object, ...], expected: bool) -> None:
    assert bool(of_type(*types, interfaces=efa_interfaces())) is expected


@pytest.mark.parametrize(
    ("types", "vcpus", "expected"),
    [
        pytest.param(("p4d", "c5"), "72", [Severity.WARNING], id="types without EFA too"),
        pytest.param(("p4d",), "72", [], id="only types with EFA"),
        pytest.param(("p4d", "c5"), "96", [Severity.WARNING], id="the largest is as large"),
        pytest.param(("p4d", "c5.18xlarge"), "96", [], id="a type that no node fits on"),
        pytest.param(("p4d", "c5"), UNKNOWN, [], id="unknown vCPUs may be too many for the others"),
        pytest.param(("p4d", UNKNOWN), "72", [], id="an unknown type"),
        pytest.param(("p4d", "x99"), "72", [], id="a new family"),
        pytest.param(("p4d.24xlarge", "c5.24xlarge"), "128", [], id="no type at all"),
        pytest.param(("p4d", "c6i"), "128", [Severity.ERROR], id="only types without EFA fit"),
    ],
)
def test_mnp417_a_job_without_a_type_may_get_any_that_a_node_fits_on(
    types: tuple[object, ...], vcpus: object, expected: list[Severity]
) -> None:
    asked = (
        ResourceRequirement(type="VCPU", value=vcpus),  # type: ignore[arg-type]
        ResourceRequirement(type="MEMORY", value="4096"),
    )
    job = efa_job(efa_container(requirements=asked))
    (group,) = job.node_groups  # type: ignore[misc]
    anywhere = replace(job, node_groups=(replace(group, container_instance_type=None),))  # type: ignore[type-var]
    found = findings(anywhere, efa_environment(instance_types=types, max_vcpus=1000))
    assert [finding.severity for finding in found if finding.rule.id == "MNP417"] == expected


@pytest.mark.parametrize(
    ("interfaces", "groups", "expected"),
    [
        pytest.param(None, (security_group(),), ["MNP409"], id="groups at both places"),
        pytest.param(
            (interface(0, 0, security_groups=None, known_groups=()),),
            (security_group(),),
            ["MNP409"],
            id="interfaces without groups count",
        ),
        pytest.param((), (security_group(),), [], id="no interfaces"),
        pytest.param(None, (), [], id="an empty list"),
        pytest.param(None, None, [], id="no list"),
        pytest.param(None, UNKNOWN, [], id="an unknown list may be empty"),
        pytest.param(None, (UNKNOWN,), [], id="an unknown group may be none"),
        pytest.param((UNKNOWN,), (security_group(),), [], id="as may an unknown interface"),
        pytest.param(UNKNOWN, (security_group(),), [], id="and unknown interfaces"),
    ],
)
def test_mnp409_groups_are_in_one_place(
    interfaces: object, groups: object, expected: list[str]
) -> None:
    reported = ids(efa_job(), efa_environment(interfaces, security_groups=groups))
    assert [rule_id for rule_id in reported if rule_id != "MNP411"] == expected


def with_default_group(ingress: object, **changes: Any) -> list[str]:
    """Check the ids that are reported if the VPC's default group has these rules."""
    group = security_group(id="Stack/Default", ingress=ingress)
    vpc = Vpc(id="Stack/Vpc", endpoints=(), default_security_group=group)
    return ids(efa_job(), efa_environment(**({"subnets": (subnet(vpc=vpc),)} | changes)))


@pytest.mark.parametrize(
    ("ingress", "expected"),
    [
        pytest.param((), ["MNP416"], id="emptied"),
        pytest.param((SecurityGroupRule(peer="Stack/Other"),), ["MNP416"], id="only another group"),
        pytest.param((SecurityGroupRule(peer="Stack/Default"),), [], id="itself"),
        pytest.param(
            (SecurityGroupRule(peer="Stack/Default", protocol="tcp", from_port=22, to_port=22),),
            [],
            id="itself at one port is the limit",
        ),
        pytest.param((SecurityGroupRule(peer="10.0.0.0/16"),), [], id="addresses"),
        pytest.param((SecurityGroupRule(peer="pl-0a1b"),), [], id="a prefix list"),
        pytest.param((SecurityGroupRule(peer=UNKNOWN),), [], id="an unknown peer"),
        pytest.param((UNKNOWN,), [], id="an unknown rule"),
        pytest.param(UNKNOWN, [], id="unknown rules"),
    ],
)
def test_mnp416_the_default_group_lets_tasks_reach_each_other(
    ingress: object, expected: list[str]
) -> None:
    assert with_default_group(ingress) == expected


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"security_groups": UNKNOWN}, id="unknown groups"),
        pytest.param({"subnets": UNKNOWN}, id="unknown subnets"),
        pytest.param({"subnets": (subnet(vpc=UNKNOWN),)}, id="an unknown VPC"),
        pytest.param({"subnets": (subnet(),)}, id="an unknown default group"),
        pytest.param({"is_eks": UNKNOWN}, id="perhaps on EKS"),
    ],
)
def test_mnp416_needs_to_know_that_tasks_take_the_default_group(changes: dict[str, Any]) -> None:
    assert "MNP416" not in with_default_group((), **changes)


def test_mnp416_and_mnp415_do_not_report_the_same_twice() -> None:
    assert with_default_group(()) == ["MNP416"]
    without_devices = efa_job(efa_container(devices=()))
    assert ids(without_devices, efa_environment(())) == ["MNP415"]


WRONG = [
    efa_environment((interface(0, 1, "efa"), interface(0, 1, "efa-only"))),
    efa_environment(efa_interfaces(5), instance_types=("c5n.18xlarge", "c6g.16xlarge")),
    efa_environment(efa_interfaces(known_groups=(efa_group(egress=()),))),
    efa_environment(security_groups=(security_group(),), subnets=(subnet(addresses=3),)),
    efa_environment(template={"user_data": "#!/bin/sh"}),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_to_know_less_of_a_wrong_setup_with_efa_finds_nothing_new(wrong: Any) -> None:
    def rules_broken(checked: MnpSetup) -> set[str]:
        return {finding.rule.id for finding in check(checked).findings}

    whole = setup(efa_job(), wrong)
    expected = rules_broken(whole)
    assert expected - {"MNP411"}
    for path, less in less_known(whole):
        assert rules_broken(less) <= expected, path


def test_mnp410_findings_are_errors_at_the_launch_template() -> None:
    reported = findings(efa_job(), efa_environment((interface(0, 0, "efa"), interface(0, 0))))
    (finding,) = [finding for finding in reported if finding.rule.id == "MNP410"]
    assert finding.severity is ERROR
    assert str(finding.property_path) == "computeResources.launchTemplate.networkInterfaces"
