"""A template with parameters, mappings and conditions, and the values of expressions in it."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp.template.evaluation.intrinsics import resolve
from cdk_batch_mnp.template.evaluation.options import Options
from tests.template.stacks import document, stacks

TEMPLATE = """
    Parameters:
      Known: {Type: String, Default: blue}
      Number: {Type: Number, Default: 4}
      List: {Type: CommaDelimitedList, Default: "a, b,c"}
      Open: {Type: String}
      Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/path}
      Hidden: {Type: String, NoEcho: true, Default: secret}
    Conditions:
      Yes: !Equals [!Ref Known, blue]
      No: !Not [!Condition Yes]
      Unsure: !Equals [!Ref Open, blue]
      NoAndUnsure: !And [!Condition No, !Condition Unsure]
      YesOrUnsure: !Or [!Condition Unsure, !Condition Yes]
      YesAndUnsure: !And [!Condition Yes, !Condition Unsure]
      SamePseudo: !Equals [!Ref AWS::Region, !Ref AWS::Region]
      Circle: !Not [!Condition Circle]
    Mappings:
      Colours:
        blue: {Size: 1, Shape: round, Parts: [x, y]}
        red: {Size: 2, Shape: round, Parts: [x, y]}
    Resources:
      Queue: {Type: "AWS::SQS::Queue"}
      Gone: {Type: "AWS::SQS::Queue", Condition: No}
    Outputs:
      Exported: {Value: !Ref Known, Export: {Name: !Sub "${AWS::StackName}-out"}}
"""


def value(expression: str, **options: Any) -> Any:
    (stack,) = stacks(TEMPLATE, options=Options(**options)).all
    return resolve(stack, document(f"value: {expression}").data["value"])
