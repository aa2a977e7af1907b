"""Jobs whose nodes the launcher starts together, or could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.container import Container, EnvironmentVariable
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NODE_RANGES, NodeGroup
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from tests.rules.setups import (
    INSTANCE_TYPE,
    container,
    containing,
    definition,
    ids,
    node_group,
    requirements,
)

MAIN = ("mnp-launch", "--mode", "main", "--", "mpirun", "solver")
EVERY = ("mnp-launch", "--", "torchrun", "train.py")
WITH_SECRET: dict[str, Any] = {"secrets": ("MNP_SECRET",)}


def hints(job: JobDefinition) -> list[str]:
    report = check(MnpSetup(job_definitions=(job,)))
    assert report.crashes == ()
    return [hint.rule.id for hint in report.hints]


def group(target_nodes: Any, *commands: Any, **changes: Any) -> NodeGroup:
    """A node range whose containers have these commands, and the launcher's secret."""
    part = requirements(VCPU=str(72 // len(commands)), MEMORY=str(130000 // len(commands)))
    containers: Sequence[Container] = [
        container(
            command=command,
            requirements=part,
            name=f"container{position}",
            **{**WITH_SECRET, **changes},
        )
        for position, command in enumerate(commands)
    ]
    if len(commands) > 1:
        return node_group(
            target_nodes=target_nodes,
            kinds=("ecsProperties",),
            containers=tuple(containers),
            container_instance_type=None,
            instance_types=(INSTANCE_TYPE,),
        )
    return node_group(target_nodes=target_nodes, containers=tuple(containers))


def job(*groups: NodeGroup, **changes: Any) -> JobDefinition:
    placed = tuple(
        replace(unplaced, path=NODE_RANGES / position) for position, unplaced in enumerate(groups)
    )
    return definition(node_groups=placed, **changes)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(("mnp-launch", "--mode", "all", "--", "a"), ["MNP333"], id="another mode"),
        pytest.param(("mnp-launch", "--mode"), ["MNP333"], id="nothing"),
        pytest.param(("mnp-launch",), ["MNP333"], id="no command"),
        pytest.param(("mnp-launch", "--grace", "5s", "--"), ["MNP333"], id="nothing after --"),
        pytest.param(EVERY, [], id="right"),
        pytest.param(("mnp-launch", "--mode", "Ref::mode", "--", "a"), [], id="a parameter"),
        pytest.param(("mnp-launch", UNKNOWN), [], id="unknown option"),
        pytest.param(("sh", "-c", "mnp-launch"), [], id="a shell"),
        pytest.param(UNKNOWN, [], id="unknown"),
    ],
)
def test_options_that_the_launcher_rejects(command: Any, expected: list[str]) -> None:
    assert ids(containing(command=command, **WITH_SECRET)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ["MNP334"], id="no secret"),
        pytest.param({"secrets": ("OTHER",)}, ["MNP334"], id="another secret"),
        pytest.param(WITH_SECRET, [], id="right"),
        pytest.param({"secrets": UNKNOWN}, [], id="unknown secrets"),
        pytest.param({"secrets": (UNKNOWN,)}, [], id="an unknown secret"),
        pytest.param({"environment": UNKNOWN}, [], id="unknown variables"),
        pytest.param(
            {"environment": (EnvironmentVariable(name=UNKNOWN, value="x"),)}, [], id="a variable"
        ),
        pytest.param({"command": EVERY}, [], id="mode every"),
        pytest.param({"command": (*MAIN[:3], "--insecure", *MAIN[3:])}, [], id="insecure"),
        pytest.param({"command": ("mnp-launch", UNKNOWN, "main", "a")}, [], id="unknown option"),
    ],
)
def test_mode_main_needs_a_secret(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(containing(**{"command": MAIN, **changes})) == expected


@pytest.mark.parametrize("number", [1, UNKNOWN, None])
def test_a_job_that_may_have_one_node_needs_no_secret(number: Any) -> None:
    assert "MNP334" not in ids(job(group("0:", MAIN, secrets=()), num_nodes=number))


def test_every_node_range_needs_the_secret() -> None:
    assert ids(job(group("0", MAIN), group("1:", MAIN, secrets=()))) == ["MNP334"]


def test_a_nested_range_may_inherit_the_secret() -> None:
    assert ids(job(group("0:", MAIN), group("0", MAIN, secrets=()))) == []


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(EVERY, ["MNP335"], id="another mode"),
        pytest.param(("mpirun", "solver"), ["MNP335"], id="no launcher"),
        pytest.param(("sh", "-c", "sleep 5; mpirun a"), ["MNP335"], id="no launcher in a shell"),
        pytest.param(("sleep", "infinity"), ["MNP335"], id="only waits"),
        pytest.param(("/usr/sbin/sshd", "-D"), ["MNP335"], id="sshd"),
        pytest.param(MAIN, [], id="right"),
        pytest.param(("/opt/start.sh",), [], id="a script"),
        pytest.param(("sh", "-c", "exec mnp-launch --mode main -- a"), [], id="in a shell"),
        pytest.param(("mpirun", UNKNOWN), [], id="an unknown word"),
        pytest.param(("mpirun", "Ref::solver"), [], id="a parameter"),
        pytest.param(("mnp-launch", "--mode", UNKNOWN, "a"), [], id="an unknown mode"),
        pytest.param(None, [], id="of the image"),
        pytest.param(UNKNOWN, [], id="unknown"),
    ],
)
def test_all_nodes_use_the_launcher_in_the_same_mode(second: Any, expected: list[str]) -> None:
    assert ids(job(group("0", MAIN), group("1:", second))) == expected


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param((group("0:", EVERY), group("0", MAIN)), ["MNP335"], id="nested"),
        pytest.param(
            (group("0:", EVERY), group("0", MAIN), group("1:", MAIN)), [], id="of no node"
        ),
        pytest.param((group("0", MAIN), group(UNKNOWN, EVERY)), [], id="unknown nodes"),
        pytest.param((group("0:", MAIN, ("sleep", "5")),), [], id="a second container"),
        pytest.param((group("0", MAIN), group("1:", MAIN, ("tail",))), [], id="of several"),
    ],
)
def test_only_ranges_that_apply_to_a_node_are_compared(
    groups: tuple[NodeGroup, ...], expected: list[str]
) -> None:
    assert ids(job(*groups)) == expected


@pytest.mark.parametrize("number", [1, UNKNOWN])
def test_ranges_of_an_unknown_number_of_nodes_are_not_compared(number: Any) -> None:
    assert "MNP335" not in ids(job(group("0:", EVERY), group("0", MAIN), num_nodes=number))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(("mpirun", "solver"), ["MNP336"], id="mpirun"),
        pytest.param(("/opt/openmpi/bin/mpiexec", "solver"), ["MNP336"], id="a path"),
        pytest.param(("sh", "-c", "cd /data && exec torchrun a.py"), ["MNP336"], id="in a shell"),
        pytest.param(("python", "-m", "torch.distributed.run", "a.py"), ["MNP336"], id="a module"),
        pytest.param(EVERY, [], id="right"),
        pytest.param(("sh", "-c", "mnp-launch -- torchrun a.py"), [], id="right in a shell"),
        pytest.param(("torchrun", "--standalone", "a.py"), [], id="one node each"),
        pytest.param(("/opt/mpirun.sh",), [], id="a script"),
        pytest.param(("echo", "mpirun"), [], id="an argument"),
        pytest.param(("mpirun", UNKNOWN), [], id="an unknown word"),
        pytest.param(("mpirun", "Ref::solver"), [], id="a parameter"),
        pytest.param(UNKNOWN, [], id="unknown"),
        pytest.param(None, [], id="of the image"),
    ],
)
def test_commands_to_which_the_launcher_would_be_useful(command: Any, expected: list[str]) -> None:
    assert hints(containing(command=command)) == expected


def test_a_job_has_one_hint_and_no_finding() -> None:
    starter = ("mpirun", "solver")
    twice = job(group("0", starter), group("1:", starter))
    report = check(MnpSetup(job_definitions=(twice,)))
    (hint,) = report.hints
    assert hint.severity is Severity.HINT
    assert report.findings == report.errors == report.warnings == ()


@pytest.mark.parametrize("number", [1, UNKNOWN])
def test_a_job_that_may_have_one_node_has_no_hint(number: Any) -> None:
    starter = node_group(containers=(container(command=("mpirun",)),))
    assert hints(definition(node_groups=(starter,), num_nodes=number)) == []


def test_a_hint_can_be_acknowledged() -> None:
    acknowledged = containing(command=("mpirun", "solver"))
    accepted = definition(
        node_groups=acknowledged.node_groups, acknowledged={"MNP336": "The image has sshd."}
    )
    report = check(MnpSetup(job_definitions=(accepted,)))
    assert report.hints == ()
    assert [each.reason for each in report.acknowledged] == ["The image has sshd."]
