"""Volumes of the nodes, and where containers mount them."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.container import MountPoint, Volume, read_volumes
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from tests.rules.setups import container, definition, findings, ids, node_group

scratch = Volume(name="scratch", host_path="/scratch")


def mounting(*names: object, **changes: Any) -> Any:
    """A group whose container mounts these volumes."""
    mounts = tuple(
        MountPoint(source_volume=name, container_path="/mnt", read_only=None)  # type: ignore[arg-type]
        for name in names
    )
    return node_group(containers=(container(mount_points=mounts),), **changes)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(mounting("scratch", volumes=(scratch,)), [], id="declared"),
        pytest.param(mounting("scatch", volumes=(scratch,)), ["MNP328"], id="misspelt"),
        pytest.param(mounting("scratch"), ["MNP328"], id="no volumes"),
        pytest.param(mounting(volumes=(scratch,)), [], id="not mounted"),
        pytest.param(mounting("data", volumes=(scratch, UNKNOWN)), [], id="an unknown volume"),
        pytest.param(
            mounting("data", volumes=(Volume(name=UNKNOWN),)), [], id="a volume of unknown name"
        ),
        pytest.param(mounting("data", volumes=UNKNOWN), [], id="unknown volumes"),
        pytest.param(mounting(UNKNOWN, volumes=(scratch,)), [], id="an unknown mount point"),
    ],
)
def test_mnp328_volumes_are_declared(group: Any, expected: list[str]) -> None:
    assert ids(definition(node_groups=(group,))) == expected


def test_mnp328_an_inner_range_may_mount_the_volumes_of_the_outer_one() -> None:
    inner = mounting("scratch", target_nodes="0")
    assert ids(definition(node_groups=(node_group(volumes=(scratch,)), inner))) == []
    assert ids(definition(node_groups=(UNKNOWN, inner))) == []
    others = node_group(target_nodes="1:", volumes=(scratch,))
    assert ids(definition(node_groups=(inner, others))) == ["MNP328"]


def efs(authorization: object, **changes: object) -> tuple[Any, ...]:
    """Return an EFS volume as a job definition declares it."""
    configuration = {"fileSystemId": "fs-1", "authorizationConfig": authorization, **changes}
    volumes = read_volumes(
        ApiStruct({"volumes": [{"name": "data", "efsVolumeConfiguration": configuration}]})
    )
    assert volumes is not UNKNOWN
    return volumes


ENCRYPTED = {"transitEncryption": "ENABLED"}
POINT = {"accessPointId": "fsap-1"}
IAM = {"iam": "ENABLED"}


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        pytest.param(efs(None), [], id="no authorization"),
        pytest.param(efs(IAM), ["MNP329"], id="IAM, not encrypted"),
        pytest.param(
            efs(IAM, transitEncryption="DISABLED"), ["MNP329"], id="IAM, said not to be encrypted"
        ),
        pytest.param(efs(IAM, **ENCRYPTED), [], id="IAM, encrypted"),
        pytest.param(efs({"iam": "DISABLED"}), [], id="IAM switched off"),
        pytest.param(efs({"iam": UNKNOWN}), [], id="perhaps IAM"),
        pytest.param(efs(IAM, transitEncryption=UNKNOWN), [], id="perhaps encrypted"),
        pytest.param(efs(POINT), ["MNP329"], id="an access point, not encrypted"),
        pytest.param(efs(POINT, **ENCRYPTED), [], id="an access point, encrypted"),
        pytest.param(
            efs(POINT, rootDirectory="/data", **ENCRYPTED), ["MNP329"], id="with another folder"
        ),
        pytest.param(efs(POINT, rootDirectory="/", **ENCRYPTED), [], id="with the root"),
        pytest.param(efs(POINT, rootDirectory=UNKNOWN, **ENCRYPTED), [], id="an unknown folder"),
        pytest.param(
            efs({"accessPointId": PERHAPS}, rootDirectory="/data"), [], id="perhaps a point"
        ),
        pytest.param(
            efs({"accessPointId": UNKNOWN}, rootDirectory="/data", **ENCRYPTED),
            ["MNP329"],
            id="an unknown point",
        ),
        pytest.param(efs(None, rootDirectory="/data"), [], id="a folder without a point"),
        pytest.param(efs(UNKNOWN), [], id="unknown authorization"),
    ],
)
def test_mnp329_efs_authorization_has_what_it_needs(volumes: Any, expected: list[str]) -> None:
    assert ids(definition(node_groups=(node_group(volumes=volumes),))) == expected


def test_mnp329_iam_needs_a_job_role() -> None:
    group = node_group(volumes=efs(IAM, **ENCRYPTED), job_role=None)
    (finding,) = findings(definition(node_groups=(group,)))
    assert (finding.actual, finding.expected) == ("no job role", "a job role")
    perhaps = node_group(volumes=efs(IAM, **ENCRYPTED), job_role=UNKNOWN)
    assert ids(definition(node_groups=(perhaps,))) == []
