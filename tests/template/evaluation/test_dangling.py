"""References to what a template does not have, and references that cannot be decided."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from cdk_batch_mnp.template.checking import check_stacks
from cdk_batch_mnp.template.source.limits import MAX_UNDEFINED
from tests.template.stacks import stacks


def errors(properties: str, *, more: str = "", beside: str = "") -> list[str]:
    """Return the errors of a template with a job queue that has these properties."""
    text = f"""\
{dedent(more)}
Parameters:
  Priority: {{Type: Number, Default: 1}}
Conditions:
  Never: !Equals [a, b]
Resources:
  Environment:
    Type: AWS::Batch::ComputeEnvironment
    Condition: Never
  Queue:
    Type: AWS::Batch::JobQueue
    Properties:
{indent(dedent(properties), "      ")}
{indent(dedent(beside), "  ")}
"""
    return [str(each) for each in check_stacks(stacks(text)).unusable]


MISSPELT = "A: !Ref Prioritty"


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        pytest.param("A: !Ref Prioritty", "Prioritty; did you mean Priority?", id="Ref"),
        pytest.param(
            "A: !GetAtt Enviroment.Arn", "Enviroment; did you mean Environment?", id="GetAtt"
        ),
        pytest.param("A: {Fn::GetAtt: [Zebra, Arn]}", "Zebra", id="GetAtt in its long form"),
        pytest.param('A: !Sub "x-${Zebra}-${AWS::Region}"', "Zebra", id="Sub"),
        pytest.param('A: !Sub "${Zebra.Arn}"', "Zebra", id="Sub of an attribute"),
        pytest.param('A: !Sub ["${a}", {a: !Ref Zebra}]', "Zebra", id="a variable of Sub"),
        pytest.param("A: !If [Never, !Ref Zebra, 1]", "Zebra", id="a branch that is not taken"),
        pytest.param("A: [!Ref Zebra, !Ref Zebra]", "Zebra", id="twice, reported once"),
    ],
)
def test_a_dangling_reference_is_reported_with_its_line(properties: str, name: str) -> None:
    head, _, near = name.partition(";")
    expected = (
        f"template.yaml:13: refers to {head}, which is neither a parameter nor a resource of the "
        "template"
    )
    assert errors(properties) == [f"{expected};{near}" if near else expected]


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param("A: !Ref Priority", id="a parameter"),
        pytest.param("A: !Ref Environment", id="a resource that a condition leaves out"),
        pytest.param("A: !Ref AWS::Region", id="a pseudo parameter"),
        pytest.param('A: !Sub ["${a}", {a: 1}]', id="a variable of Sub"),
        pytest.param('A: !Sub "${!Zebra} ${x:-y} ${aws:username}"', id="no reference"),
        pytest.param("A: [Ref::zebra, $Zebra]", id="a parameter of a job"),
        pytest.param("A: {Ref: Zebra, B: 1}", id="a property named Ref"),
        pytest.param("A: !If [Zebra, 1, 2]", id="a condition"),
        pytest.param("A: {Fn::Transform: {Name: X}, B: !Ref Zebra}", id="a macro in it"),
        pytest.param("A: !ImportValue Zebra", id="an export"),
    ],
)
def test_other_references_are_no_error(properties: str) -> None:
    assert errors(properties) == []


@pytest.mark.parametrize(
    ("more", "beside"),
    [
        pytest.param("Transform: AWS::Serverless-2016-10-31", "", id="a transform"),
        pytest.param("Transform: [Own]", "", id="a macro"),
        pytest.param("", "Fn::ForEach::X: [a, [b], {}]", id="a loop"),
        pytest.param("", "M: {Type: A::B::C::MODULE}", id="a module"),
    ],
)
def test_what_may_add_names_keeps_silent(more: str, beside: str) -> None:
    assert errors(MISSPELT)
    assert errors(MISSPELT, more=more, beside=beside) == []


def test_outputs_and_dependencies_are_looked_at_too() -> None:
    beside = """\
        Other:
          Type: AWS::SNS::Topic
          DependsOn: [Queue, Zebra]
        """
    assert [each.split(",")[0] for each in errors("A: 1", beside=beside)] == [
        "template.yaml:16: refers to Zebra"
    ]
    outputs = "Outputs:\n  Name: {Value: !Ref Lion}"
    assert [each.split(",")[0] for each in errors("A: 1", more=outputs)] == [
        "template.yaml:2: refers to Lion"
    ]


def test_a_template_without_aws_batch_is_left_alone() -> None:
    text = "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {A: !Ref Zebra}}}"
    assert check_stacks(stacks(text)).unusable == ()


def test_the_rest_is_checked_nevertheless() -> None:
    report = check_stacks(
        stacks("""
            Resources:
              Job:
                Type: AWS::Batch::JobDefinition
                Properties:
                  Type: multinode
                  JobDefinitionName: a b
                  Tags: {A: !Ref Zebra}
                  NodeProperties: {NumNodes: 2, MainNode: 0, NodeRangeProperties: []}
        """)
    )
    assert "MNP318" in {finding.finding.rule.id for finding in report.findings}
    assert len(report.unusable) == 1


@pytest.mark.parametrize("more", [0, 1, 10_000])
def test_references_to_many_missing_names_fill_no_log(more: int) -> None:
    names = "".join(f"${{Zebra{number}}}" for number in range(MAX_UNDEFINED + more))
    lines = errors(f'A: !Sub "{names}"')
    assert len(lines) == MAX_UNDEFINED + bool(more)
    assert lines[0].startswith("template.yaml:13: refers to Zebra0, ")
    if more:
        assert lines[-1].startswith(f"template.yaml: refers to {more} more names ")
