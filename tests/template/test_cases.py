"""What is wrong in every case of a condition or a parameter that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import dedent

import pytest

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.template import cases
from cdk_batch_mnp.template.checking import check_stacks
from cdk_batch_mnp.template.evaluation.stack import TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.readers.setup import read_definitions
from tests.template.stacks import stacks

TEMPLATE = dedent(
    """
    Parameters:
      Stage: {{Type: String}}
      Nodes: {{Type: Number, AllowedValues: [{allowed}]}}
    Conditions:
      IsProduction: !Equals [!Ref Stage, production]
      IsLarge: !Condition IsProduction
    Resources:
      Environment:
        Type: AWS::Batch::ComputeEnvironment
        Properties:
          Type: MANAGED
          ComputeResources:
            Type: EC2
            AllocationStrategy: BEST_FIT_PROGRESSIVE
            MaxvCpus: {most}
            InstanceTypes: [c5.18xlarge]
            Subnets: [subnet-0123456789abcdef0]
            SecurityGroupIds: [sg-0123456789abcdef0]
            PlacementGroup: nodes
            ImageId: ami-0123456789abcdef0
            InstanceRole: ecsInstanceRole
      Queue:
        Type: AWS::Batch::JobQueue
        Properties:
          Priority: 1
          ComputeEnvironmentOrder: [{{Order: 1, ComputeEnvironment: !Ref Environment}}]
          JobStateTimeLimitActions:
            - Reason: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY
              State: RUNNABLE
              MaxTimeSeconds: 3600
              Action: CANCEL
      Job:
        Type: AWS::Batch::JobDefinition
        Properties:
          Type: multinode
          Timeout: {timeout}
          NodeProperties:
            NumNodes: {nodes}
            MainNode: 0
            NodeRangeProperties:
              - TargetNodes: "0:"
                Container:
                  Image: registry.example.com/solver:1
                  InstanceType: c5.18xlarge
                  ResourceRequirements:
                    - {{Type: VCPU, Value: "72"}}
                    - {{Type: MEMORY, Value: "130000"}}
    """
)


def checked(
    *,
    most: str = "288",
    timeout: str = "{AttemptDurationSeconds: 3600}",
    nodes: str = "4",
    allowed: str = "2, 4",
) -> tuple[Finding, ...]:
    text = TEMPLATE.format(most=most, timeout=timeout, nodes=nodes, allowed=allowed)
    report = check_stacks(stacks(text))
    assert report.unusable == ()
    return tuple(located.finding for located in report.findings)


def ids(**changes: str) -> list[str]:
    return [finding.rule.id for finding in checked(**changes)]


def either(one: str, other: str, condition: str = "IsProduction") -> str:
    return f"!If [{condition}, {one}, {other}]"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="nothing is wrong"),
        pytest.param({"most": either("100", "200")}, ["MNP106"], id="too few in both branches"),
        pytest.param({"most": either("100", "288")}, [], id="enough in one"),
        pytest.param({"most": either("288", "100")}, [], id="enough in the other"),
        pytest.param(
            {"most": either("100", "200", "IsLarge")}, ["MNP106"], id="a condition of conditions"
        ),
        pytest.param(
            {"most": either("100", either("288", "200", "IsLarge"))},
            ["MNP106"],
            id="a branch that is never taken",
        ),
        pytest.param(
            {"timeout": either("{AttemptDurationSeconds: 59}", "!Ref AWS::NoValue")},
            [],
            id="two rules, one in each branch, at two places",
        ),
        pytest.param(
            {"timeout": either("{AttemptDurationSeconds: 59}", "{AttemptDurationSeconds: 1}")},
            ["MNP317"],
            id="structures",
        ),
        pytest.param({"nodes": "!Ref Nodes"}, [], id="allowed values that fit"),
        pytest.param({"nodes": "!Ref Nodes", "allowed": "4, 5"}, [], id="some that fit"),
        pytest.param({"nodes": "!Ref Nodes", "allowed": "5, 6"}, ["MNP106"], id="none that fits"),
        pytest.param({"nodes": "!Ref Nodes", "allowed": "4, 5, 6, 7, 8"}, [], id="some of many"),
    ],
)
def test_what_is_wrong_in_every_case_is_found(changes: dict[str, str], expected: list[str]) -> None:
    assert ids(**changes) == expected


def test_a_finding_names_the_condition_that_does_not_matter() -> None:
    (finding,) = checked(most=either("100", "200"))
    assert finding.notes == ("This holds whatever IsProduction is.",)


def test_a_large_template_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "STEPS_OF_CASES", 1)
    assert ids(most=either("100", "200")) == []


def test_only_so_many_cases_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MAX_CASES", 2)
    assert ids(most=either("100", "200")) == ["MNP106"]
    monkeypatch.setattr(cases, "MAX_CASES", 1)
    assert ids(most=either("100", "200")) == []


def many(limit: str, *, jobs: int) -> str:
    """The template with as many further definitions, and a timeout for one of them."""
    text = TEMPLATE.format(
        most="288", timeout="{AttemptDurationSeconds: 3600}", nodes="4", allowed="2, 4"
    )
    job = text[text.index("  Job:") :]
    copies = [job.replace("  Job:", f"  Job{number}:") for number in range(jobs)]
    last = job.replace("  Job:", "  Last:").replace("{AttemptDurationSeconds: 3600}", limit)
    return text + "".join(copies) + last


SHORT = either("{AttemptDurationSeconds: 59}", "{AttemptDurationSeconds: 1}")


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (SHORT, ["MNP317"]),
        (either("{AttemptDurationSeconds: 59}", "{AttemptDurationSeconds: 60}"), []),
        (either("!Ref AWS::NoValue", "{AttemptDurationSeconds: 1}"), []),
    ],
)
def test_one_of_many_definitions_is_checked_again(limit: str, expected: list[str]) -> None:
    report = check_stacks(stacks(many(limit, jobs=150)))
    assert [each.finding.rule.id for each in report.findings] == expected
    assert {each.finding.resource_id for each in report.findings} <= {"Last"}


def test_only_the_definitions_that_a_condition_decides_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again: list[str] = []

    def counting(found: Stacks, resources: Iterable[TemplateResource]) -> dict[str, JobDefinition]:
        definitions = read_definitions(found, resources)
        again.extend(definitions)
        return definitions

    monkeypatch.setattr(cases, "read_definitions", counting)
    check_stacks(stacks(many(SHORT, jobs=3)))
    assert again == ["Last", "Last"]


def test_a_condition_of_anything_else_checks_everything_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cases, "read_definitions", None)
    assert ids(most=either("100", "200"), timeout=SHORT) == ["MNP106", "MNP317"]
