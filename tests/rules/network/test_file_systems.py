"""Nodes reach the file systems that they mount."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.file_system import FileSystem, MountTarget
from cdk_batch_mnp.model.network_needs import NetworkNeeds
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from tests.model.reach import parts
from tests.rules.network_setups import NODES, networked, nodes
from tests.rules.setups import (
    FIRST_GROUP,
    definition,
    findings,
    ids,
    launch_template,
    setup,
    user_data,
)

VOLUME = FIRST_GROUP / "container" / "volumes" / 0 / "efsVolumeConfiguration"
NFS = parts.group("Files", ingress=(parts.rule(NODES, 2049),))
HERE = parts.subnet(id="Subnet")
FAR = parts.subnet(id="Far", cidr="10.0.1.0/24", zone="eu-west-1b")


def target(group: Any = NFS, where: Any = HERE) -> MountTarget:
    return MountTarget(id="Target", subnet=where, security_groups=(group,))


def efs(*targets: Any) -> Any:
    """A job with a volume of a file system that has these mount targets."""
    system = FileSystem(id="Files", kind="EFS", mount_targets=targets)
    return definition(needs=NetworkNeeds(file_systems=((VOLUME, system),)))


def broken(*setup: Any) -> list[tuple[str, Severity]]:
    return [(finding.rule.id, finding.severity) for finding in findings(*setup)]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param((target(),), None, id="as it should be"),
        pytest.param((), Severity.ERROR, id="no mount target"),
        pytest.param((target(where=FAR),), Severity.ERROR, id="in another zone"),
        pytest.param((target(parts.group("Shut")),), Severity.ERROR, id="of a closed group"),
        pytest.param((target(UNKNOWN),), None, id="of an unknown group"),
        pytest.param((UNKNOWN,), None, id="an unknown mount target"),
    ],
)
def test_mnp423_nodes_mount_efs(targets: Any, expected: Severity | None) -> None:
    found = broken(efs(*targets), networked(parts.TO_NAT))
    assert found == ([("MNP423", expected)] if expected else [])


def test_mnp423_alone_reports_a_file_system_without_mount_targets() -> None:
    assert ids(efs(), networked(parts.TO_NAT)) == ["MNP423"]


def test_mnp423_a_mount_target_for_some_of_the_zones_is_a_warning() -> None:
    environment = networked(parts.TO_NAT)
    far = replace(FAR, kind="private", addresses=4091, routes=UNKNOWN)
    several = replace(environment, subnets=(*environment.known_subnets, far), placement_group=None)
    assert ("MNP423", Severity.WARNING) in broken(efs(target()), several)


def test_mnp423_names_of_file_systems_need_dns_hostnames() -> None:
    nameless = networked(parts.TO_NAT, vpc=parts.vpc(has_dns_hostnames=False))
    assert broken(efs(target()), nameless) == [("MNP423", Severity.WARNING)]
    own = networked(parts.TO_NAT, vpc=parts.vpc(has_dns_hostnames=False, has_own_dns=True))
    assert broken(efs(target()), own) == []


def lustre(
    *ports: int, command: str = "mount -t lustre", group: Any = None, back: Any = "Files"
) -> Any:
    """An environment whose nodes mount a Lustre file system that admits them on some ports.

    They admit the members of another group.
    """
    ingress = tuple(parts.rule(NODES, port, port if port < 1000 else 1023) for port in ports)
    of_files = parts.group("Files", ingress=ingress, egress=(parts.rule(parts.EVERYWHERE),))
    there = target(of_files if group is None else group, FAR)
    system = FileSystem(id="Scratch", kind="Lustre", mount_targets=(there,))
    block = "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config"
    data = user_data(block, f"{command} fs-1.fsx.eu-west-1.amazonaws.com@tcp:/a /fsx")
    template = launch_template(user_data=data, file_systems=(system,))
    given = nodes()
    assert isinstance(given.ingress, tuple)
    given = replace(given, ingress=(*given.ingress, parts.rule(back, 988, 1023)))
    return networked(parts.TO_NAT, group=given, changes={"launch_template": template})


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param(lustre(988, 1018), None, id="all ports"),
        pytest.param(lustre(), Severity.ERROR, id="no port"),
        pytest.param(lustre(988), Severity.WARNING, id="988 alone"),
        pytest.param(lustre(988, 1021), None, id="some of the others"),
        pytest.param(lustre(group=UNKNOWN), None, id="an unknown group"),
        pytest.param(lustre(988, 1018, back="Other"), None, id="no way back"),
        pytest.param(lustre(command="echo"), None, id="named, but not mounted"),
    ],
)
def test_mnp424_instances_mount_what_user_data_says(
    environment: Any, expected: Severity | None
) -> None:
    assert broken(environment) == ([("MNP424", expected)] if expected else [])


def test_mnp424_alone_reports_a_file_system_that_admits_no_node() -> None:
    assert ids(lustre()) == ["MNP424"]


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        pytest.param("Files", [], id="from its group"),
        pytest.param("Other", ["MNP424"], id="from another group"),
        pytest.param(UNKNOWN, [], id="from an unknown group"),
    ],
)
def test_mnp424_a_missing_way_back_is_a_hint(back: Any, expected: list[str]) -> None:
    checked = check(setup(lustre(988, 1018, back=back)))
    assert checked.findings == ()
    assert [hint.rule.id for hint in checked.hints] == expected
