"""Nodes reach the mount targets of file systems."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.file_system import FileSystem, MountTarget
from cdk_batch_mnp.model.reach.answers import Blocked, Hop
from cdk_batch_mnp.model.reach.services import Interface
from cdk_batch_mnp.model.reach.storage import PORTS, is_reached_by, reach_file_system
from cdk_batch_mnp.model.routing import NetworkAcl
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.model.reach.parts import group, interface, rule, subnet

OPEN = group("Files", ingress=(rule("Nodes", 2049),))
CLOSED = group("Files", ingress=(rule("10.0.0.0/16", 111),))
NEAR = subnet(id="Near", cidr="10.0.1.0/24")
FAR = subnet(id="Far", cidr="10.0.2.0/24", zone="eu-west-1b")


def target(where: Any = NEAR, of: Any = OPEN) -> MountTarget:
    return MountTarget(id="Target", subnet=where, security_groups=(of,))


def reach(*targets: Any, by: Interface | None = None) -> Any:
    files = FileSystem(id="Files", kind="EFS", mount_targets=targets)
    (ports,) = PORTS["EFS"]
    answer = reach_file_system((by or interface(),), files, ports)
    return answer.hop if isinstance(answer, Blocked) else answer


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param((target(),), None, id="in the zone"),
        pytest.param((target(FAR), target()), None, id="in each zone"),
        pytest.param((), Hop.MOUNT_TARGET, id="none"),
        pytest.param((target(FAR),), Hop.MOUNT_TARGET, id="in another zone"),
        pytest.param((target(FAR), UNKNOWN), UNKNOWN, id="perhaps another one"),
        pytest.param((UNKNOWN,), UNKNOWN, id="perhaps one"),
        pytest.param((target(replace(FAR, zone=UNKNOWN)),), UNKNOWN, id="in an unknown zone"),
        pytest.param(
            (target(replace(FAR, zone="zone 1 of the Region")),), UNKNOWN, id="not comparable"
        ),
        pytest.param((target(of=CLOSED),), Hop.INGRESS, id="a group without NFS"),
        pytest.param((target(of=UNKNOWN),), UNKNOWN, id="an unknown group"),
        pytest.param((target(UNKNOWN),), UNKNOWN, id="in an unknown subnet"),
        pytest.param(
            (target(replace(NEAR, acl=NetworkAcl(id="Acl"))),), Hop.ACL, id="behind a closed ACL"
        ),
    ],
)
def test_efs_needs_a_mount_target_in_the_zone_that_lets_nodes_in(
    targets: Any, expected: Any
) -> None:
    assert reach(*targets) is expected


def test_nodes_have_to_be_let_out_to_the_file_system() -> None:
    shut = interface(groups=(group(egress=(rule("0.0.0.0/0", 443),)),))
    assert reach(target(), by=shut) is Hop.EGRESS


def test_one_interface_of_a_node_that_gets_through_is_enough() -> None:
    files = FileSystem(id="Files", kind="EFS", mount_targets=(target(),))
    task = interface(groups=(group("Tasks"),))
    (ports,) = PORTS["EFS"]
    assert reach_file_system((task, interface()), files, ports) is None
    assert isinstance(reach_file_system((task,), files, ports), Blocked)


@pytest.mark.parametrize(
    ("ingress", "expected"),
    [
        pytest.param((rule("Nodes", 988), rule("Nodes", 1018, 1023)), [None, None], id="both"),
        pytest.param((rule("Nodes", 988),), [None, Hop.INGRESS], id="988 alone"),
        pytest.param((rule("Nodes", 988), rule("Nodes", 1021, 1023)), [None, UNKNOWN], id="some"),
        pytest.param((rule("Other", 988),), [Hop.INGRESS, Hop.INGRESS], id="another group"),
    ],
)
def test_lustre_has_interfaces_for_the_whole_vpc(ingress: Any, expected: list[Any]) -> None:
    there = target(FAR, group("Files", ingress=ingress))
    files = FileSystem(id="Files", kind="Lustre", mount_targets=(there,))
    answers = [reach_file_system((interface(),), files, ports) for ports in PORTS["Lustre"]]
    assert [answer.hop if isinstance(answer, Blocked) else answer for answer in answers] == expected


@pytest.mark.parametrize(
    ("given", "egress", "expected"),
    [
        pytest.param((rule("Files", 988, 1023),), (rule("Nodes"),), None, id="both groups"),
        pytest.param((rule("10.0.2.0/24", 988),), (rule("10.0.0.0/8"),), None, id="addresses"),
        pytest.param((rule("Nodes"),), (rule("Nodes"),), Hop.INGRESS, id="from nodes alone"),
        pytest.param((UNKNOWN,), (rule("Nodes"),), UNKNOWN, id="from unknown ones"),
        pytest.param((rule("Files"),), (rule("0.0.0.0/0", 443),), Hop.EGRESS, id="HTTPS alone"),
        pytest.param((rule("Files"),), UNKNOWN, UNKNOWN, id="unknown egress"),
    ],
)
def test_servers_of_lustre_open_connections_to_nodes(
    given: Any, egress: Any, expected: Any
) -> None:
    there = target(FAR, group("Files", egress=egress))
    files = FileSystem(id="Files", kind="Lustre", mount_targets=(there,))
    answer = is_reached_by(interface(groups=(group(ingress=given),)), files, PORTS["Lustre"][0])
    assert (answer.hop if isinstance(answer, Blocked) else answer) is expected


def test_it_is_not_known_who_opens_connections_from_unknown_interfaces() -> None:
    files = FileSystem(id="Files", kind="Lustre", mount_targets=(UNKNOWN,))
    assert is_reached_by(interface(), files, PORTS["Lustre"][0]) is UNKNOWN
