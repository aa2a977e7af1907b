"""What may run on the nodes, in each form that a node range can have."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.container import (
    ResourceRequirement,
    Ulimit,
)
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from cdk_batch_mnp.rules.checking import check
from tests.rules.setups import (
    INSTANCE_TYPE,
    container,
    containing,
    definition,
    findings,
    ids,
    node_group,
    requirements,
)

RANGE = "nodeProperties.nodeRangeProperties[0]"
TASK = f"{RANGE}.ecsProperties.taskProperties[0]"
AMOUNTS = [{"type": "VCPU", "value": "72"}, {"type": "MEMORY", "value": "130000"}]


def written(*ranges: dict[str, Any], **members: Any) -> JobDefinition:
    """A definition as RegisterJobDefinition's request writes it."""
    return JobDefinition.read(
        ApiStruct(
            {
                "type": "multinode",
                "nodeProperties": {
                    "numNodes": 4,
                    "mainNode": 0,
                    "nodeRangeProperties": list(ranges),
                },
                "timeout": {"attemptDurationSeconds": 3600},
                **members,
            }
        ),
        id="Stack/Job",
    )


def ecs(*containers: Any, target_nodes: str = "0:", **task: Any) -> dict[str, Any]:
    """A node range of several containers."""
    return {
        "targetNodes": target_nodes,
        "instanceTypes": [INSTANCE_TYPE],
        "ecsProperties": {"taskProperties": [{"containers": list(containers), **task}]},
    }


def single(target_nodes: object = "0:", **members: Any) -> dict[str, Any]:
    """A node range of one container."""
    right = {"image": "solver", "instanceType": INSTANCE_TYPE, "resourceRequirements": AMOUNTS}
    return {"targetNodes": target_nodes, "container": right | members}


def eks(**container: Any) -> dict[str, Any]:
    """A node range of one pod."""
    return {
        "targetNodes": "0:",
        "instanceTypes": [INSTANCE_TYPE],
        "eksProperties": {
            "podProperties": {
                "containers": [
                    {
                        "image": "solver",
                        "resources": {"limits": {"cpu": "72", "memory": "130000Mi"}},
                        **container,
                    }
                ],
                "metadata": {"namespace": "hpc"},
            }
        },
    }


def alone(job: JobDefinition) -> list[str]:
    """The ids that a definition breaks where no queue is in sight."""
    return sorted({finding.rule.id for finding in check(MnpSetup(job_definitions=(job,))).findings})


solver = {"name": "solver", "image": "solver", "resourceRequirements": AMOUNTS}
sidecar = {"name": "sidecar", "image": "sidecar"}


def sidecars(count: int) -> list[dict[str, str]]:
    return [{**sidecar, "name": f"sidecar{number}"} for number in range(count)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"image": None}, ["MNP311"], id="no image breaks it"),
        pytest.param({"requirements": ()}, ["MNP311"], id="no requirements break it"),
        pytest.param({"requirements": requirements(VCPU="72")}, ["MNP311"], id="no memory"),
        pytest.param({"requirements": requirements(MEMORY="4096")}, ["MNP311"], id="no vCPUs"),
        pytest.param({"image": UNKNOWN}, [], id="an unknown image"),
        pytest.param({"requirements": UNKNOWN}, [], id="unknown requirements"),
        pytest.param({"requirements": (UNKNOWN, UNKNOWN)}, [], id="requirements of unknown types"),
        pytest.param(
            {
                "requirements": (
                    ResourceRequirement(type="VCPU", value=UNKNOWN),
                    ResourceRequirement(type="MEMORY", value=UNKNOWN),
                )
            },
            [],
            id="unknown amounts",
        ),
    ],
)
def test_mnp311_a_container_has_an_image_vcpus_and_memory(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert ids(containing(**changes)) == expected


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param({"VCPU": "0"}, ["MNP311"], id="no vCPU breaks it"),
        pytest.param({"VCPU": "0.5"}, ["MNP311"], id="half a vCPU is for Fargate"),
        # Batch's answer: «Value 1.0 for type VCPU in resourceRequirement is not valid».
        pytest.param({"VCPU": "1.0"}, ["MNP311"], id="a whole number is written without a point"),
        pytest.param({"VCPU": "Ref::vcpus"}, ["MNP311"], id="parameters are for commands alone"),
        pytest.param({"MEMORY": "3"}, ["MNP311"], id="3 MiB"),
        pytest.param({"MEMORY": "-1"}, ["MNP311"], id="negative memory"),
        pytest.param({"MEMORY": "130000Mi"}, ["MNP311"], id="a unit is for EKS"),
        pytest.param({"GPU": "0"}, ["MNP311"], id="no GPU is written by leaving it out"),
        pytest.param({"GPU": "0.5"}, ["MNP311"], id="a share of a GPU"),
        pytest.param({"NEURON": "many"}, [], id="a type that is not known here"),
    ],
)
def test_mnp311_amounts_are_whole_numbers(amounts: dict[str, str], expected: list[str]) -> None:
    right = {"VCPU": "72", "MEMORY": "130000"}
    assert ids(containing(requirements=requirements(**(right | amounts)))) == expected


def test_mnp311_takes_the_least_amounts() -> None:
    least = requirements(VCPU="1", MEMORY="4", GPU="1")
    # That they use little of the instance, and that it has no GPU, others may say.
    assert "MNP311" not in ids(containing(requirements=least))


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        pytest.param([ecs(solver, sidecar)], [], id="one of several containers is enough"),
        pytest.param([ecs(*sidecars(2))], ["MNP311"], id="none of several breaks it"),
        pytest.param([ecs()], ["MNP311"], id="no container at all"),
        pytest.param([ecs(solver, *sidecars(9))], [], id="ten containers"),
        pytest.param([ecs(solver, *sidecars(10))], ["MNP311"], id="eleven"),
        pytest.param([ecs(solver, *[UNKNOWN] * 10)], ["MNP311"], id="eleven, ten of them unknown"),
        pytest.param([ecs({**solver, "essential": False}, sidecar)], [], id="one is essential"),
        pytest.param([ecs({**solver, "essential": False})], ["MNP311"], id="none is essential"),
        pytest.param([ecs({**solver, "essential": UNKNOWN})], [], id="perhaps one is"),
        pytest.param(
            [ecs({**solver, "essential": False}, UNKNOWN)], [], id="an unknown one may be"
        ),
        pytest.param(
            [single(resourceRequirements=[*AMOUNTS, AMOUNTS[1]])], ["MNP311"], id="memory twice"
        ),
        pytest.param(
            [single(resourceRequirements=[*AMOUNTS, {"type": UNKNOWN, "value": "1"}])],
            [],
            id="perhaps twice",
        ),
        pytest.param(
            [ecs({"name": "solver", "resourceRequirements": AMOUNTS})], ["MNP311"], id="no image"
        ),
        pytest.param([ecs(sidecar, UNKNOWN)], [], id="an unknown container may have them"),
        pytest.param([single(vcpus=72, memory=4096)], [], id="beside the older members"),
        pytest.param(
            [single(resourceRequirements=None, vcpus=72, memory=130000)],
            [],
            id="the older members alone",
        ),
        pytest.param(
            [single("0:"), single("1:", resourceRequirements=None)],
            [],
            id="the inner range leaves them to the outer",
        ),
        pytest.param(
            [single("0:"), single("0:2", resourceRequirements=None)],
            [],
            id="from the same first node",
        ),
        pytest.param(
            [single("0:2"), single("1:2", resourceRequirements=None), single("3:")],
            [],
            id="to the same last node",
        ),
        pytest.param(
            [single("0:"), single(UNKNOWN, resourceRequirements=None)],
            [],
            id="an unknown range may be the inner one",
        ),
        pytest.param(
            [single(UNKNOWN), single("1:", resourceRequirements=None)],
            [],
            id="or the outer one",
        ),
        pytest.param(
            [single("0:"), single("5:2", resourceRequirements=None)],
            ["MNP305", "MNP311"],
            id="a range that is none is nowhere",
        ),
        pytest.param(
            [single("0"), single("1:", resourceRequirements=None)],
            ["MNP311"],
            id="a range apart cannot",
        ),
        pytest.param(
            [single("1:2"), single("0:", resourceRequirements=None)],
            ["MNP311"],
            id="nor can the outer leave them to the inner",
        ),
    ],
)
def test_mnp311_is_about_each_node(ranges: list[dict[str, Any]], expected: list[str]) -> None:
    assert ids(written(*ranges)) == expected


def test_what_the_stock_construct_renders_is_right_but_for_its_closed_ranges() -> None:
    stock = {
        "TargetNodes": "0:3",
        "Container": {
            "Command": ["solver", "Ref::case"],
            "Environment": [],
            "ExecutionRoleArn": UNKNOWN,
            "Image": "solver",
            "InstanceType": INSTANCE_TYPE,
            "MountPoints": [{"ContainerPath": "/scratch", "SourceVolume": "scratch"}],
            "ReadonlyRootFilesystem": False,
            "ResourceRequirements": [
                {"Type": "MEMORY", "Value": "130000"},
                {"Type": "VCPU", "Value": "72"},
            ],
            "Secrets": [{"Name": "DB_PASSWORD", "ValueFrom": UNKNOWN}],
            "Volumes": [{"Host": {}, "Name": "scratch"}],
        },
    }
    job = written(
        stock,
        RetryStrategy={},
        PlatformCapabilities=["EC2"],
        Parameters={"case": "wing"},
        Tags={"team": "hpc"},
    )
    assert ids(job) == ["MNP309"]


def test_container_rules_leave_pods_to_kubernetes() -> None:
    assert alone(written(eks())) == []


def test_mnp311_names_the_container_of_several() -> None:
    (finding,) = findings(
        written(ecs(solver, {**sidecar, "resourceRequirements": [{"type": "GPU", "value": "x"}]}))
    )
    assert str(finding.property_path) == f"{TASK}.containers[1].resourceRequirements"
    assert finding.actual == "x"


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        pytest.param(("FARGATE",), ["MNP314"], id="Fargate breaks it"),
        pytest.param(("EC2", "FARGATE"), ["MNP314"], id="Fargate beside EC2 breaks it"),
        pytest.param(("MANAGED_INSTANCES",), ["MNP314"], id="ECS Managed Instances break it"),
        pytest.param(("EC2",), [], id="EC2"),
        pytest.param((), [], id="an empty list"),
        pytest.param(None, [], id="left out"),
        pytest.param((UNKNOWN,), [], id="an unknown platform"),
        pytest.param(UNKNOWN, [], id="an unknown list"),
    ],
)
def test_mnp314_jobs_run_on_ec2(capabilities: object, expected: list[str]) -> None:
    assert ids(definition(platform_capabilities=capabilities)) == expected


@pytest.mark.parametrize(
    ("node_range", "place"),
    [
        pytest.param(
            single(networkConfiguration={"assignPublicIp": "ENABLED"}),
            f"{RANGE}.container.networkConfiguration",
            id="networkConfiguration",
        ),
        pytest.param(
            single(fargatePlatformConfiguration={"platformVersion": "LATEST"}),
            f"{RANGE}.container.fargatePlatformConfiguration",
            id="fargatePlatformConfiguration",
        ),
        pytest.param(
            single(ephemeralStorage={"sizeInGiB": 30}),
            f"{RANGE}.container.ephemeralStorage",
            id="ephemeralStorage",
        ),
        pytest.param(
            single(runtimePlatform={"cpuArchitecture": "ARM64"}),
            f"{RANGE}.container.runtimePlatform",
            id="runtimePlatform",
        ),
        pytest.param(
            ecs(solver, platformVersion="1.4.0"), f"{TASK}.platformVersion", id="platformVersion"
        ),
        pytest.param(ecs(solver, networkMode="host"), f"{TASK}.networkMode", id="networkMode"),
    ],
)
def test_mnp314_members_that_only_others_take(node_range: dict[str, Any], place: str) -> None:
    job = written(node_range)
    assert ids(job) == ["MNP314"]
    assert [str(finding.property_path) for finding in findings(job)] == [place]


def test_mnp314_a_member_behind_a_condition_may_not_be_there() -> None:
    assert ids(written(single(networkConfiguration=PERHAPS))) == []
    assert ids(written(single(networkConfiguration=UNKNOWN))) == ["MNP314"]


def test_unknown_containers_are_silent() -> None:
    assert ids(definition(node_groups=(node_group(containers=UNKNOWN),))) == []
    assert ids(definition(node_groups=(node_group(containers=(UNKNOWN, container())),))) == []


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [
        pytest.param(2048, 1024, ["MNP330"], id="above"),
        pytest.param(-1, 1024, ["MNP330"], id="unlimited above a limit"),
        pytest.param(1024, 1024, [], id="equal"),
        pytest.param(1024, -1, [], id="below unlimited"),
        pytest.param(-1, -1, [], id="both unlimited"),
        pytest.param(UNKNOWN, 1024, [], id="an unknown soft limit"),
        pytest.param(2048, UNKNOWN, [], id="an unknown hard limit"),
    ],
)
def test_mnp330_soft_limits_are_below_hard_ones(
    soft: object, hard: object, expected: list[str]
) -> None:
    limit = Ulimit(name="nofile", soft_limit=soft, hard_limit=hard)  # type: ignore[arg-type]
    assert ids(containing(ulimits=(limit,))) == expected
    assert ids(containing(ulimits=(limit, UNKNOWN))) == expected
    assert ids(containing(ulimits=UNKNOWN)) == []


@pytest.mark.parametrize(
    ("others", "expected"),
    [((), []), ((UNKNOWN,), ["MNP311"]), (({"containers": []},), ["MNP311"])],
)
def test_mnp311_a_node_runs_one_task(others: tuple[Any, ...], expected: list[str]) -> None:
    node_range = ecs({"name": "solver", "image": "solver", "resourceRequirements": AMOUNTS})
    tasks = node_range["ecsProperties"]["taskProperties"]
    node_range["ecsProperties"]["taskProperties"] = [*tasks, *others]
    assert ids(written(node_range)) == expected
