"""What is wrong in every case of a condition or a parameter that is not known."""

from __future__ import annotations

from textwrap import dedent

import pytest

from cdk_batch_mnp.engine.finding import Finding
from cdk_batch_mnp.template import cases
from cdk_batch_mnp.template.checking import check_stacks
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
