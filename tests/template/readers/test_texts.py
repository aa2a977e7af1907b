"""Names and ARNs in templates, as far as they are known."""

from __future__ import annotations

from textwrap import indent

import pytest

from cdk_batch_mnp.model.partial_text import Text, matches, shown
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.readers.texts import Texts
from tests.template.stacks import stacks

RESOURCES = """\
Parameters:
  Name: {Type: String}
Resources:
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {}}
  Named: {Type: AWS::SecretsManager::Secret, Properties: {Name: solver/db}}
  Attachment:
    Type: AWS::SecretsManager::SecretTargetAttachment
    Properties: {SecretId: !Ref Named}
  Token: {Type: AWS::SSM::Parameter, Properties: {Name: /solver/token}}
  Key: {Type: AWS::KMS::Key}
  Files: {Type: AWS::EFS::FileSystem}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /solvers}}
  Repository: {Type: AWS::ECR::Repository, Properties: {RepositoryName: solver}}
  Role: {Type: AWS::IAM::Role, Properties: {Path: /team/, RoleName: job}}
  Other: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref Name}}
  Linked:
    Type: AWS::IAM::ServiceLinkedRole
    Properties: {AWSServiceName: batch.amazonaws.com}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      Value:
"""


def text(written: str, *, is_pattern: bool = False) -> Text:
    """The text of a property, written in YAML."""
    together = stacks(RESOURCES + indent(written, " " * 8))
    value = together.resources["Bucket"].known.raw("Value")
    texts = Texts(together)
    return texts.pattern(value) if is_pattern else texts.of(value)


ACCOUNT = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("plain", "plain"),
        ("!Ref Secret", ACCOUNT % "secretsmanager" + "secret:${Secret}"),
        ("!GetAtt Secret.Id", ACCOUNT % "secretsmanager" + "secret:${Secret}"),
        ("!Ref Named", ACCOUNT % "secretsmanager" + "secret:solver/db-${Named suffix}"),
        ("!Ref Attachment", ACCOUNT % "secretsmanager" + "secret:solver/db-${Named suffix}"),
        ('!Sub "${Secret}:password::"', ACCOUNT % "secretsmanager" + "secret:${Secret}:password::"),
        ("!Ref Token", "/solver/token"),
        ("!GetAtt Key.Arn", ACCOUNT % "kms" + "key/${Key}"),
        ("!GetAtt Files.Arn", ACCOUNT % "elasticfilesystem" + "file-system/${Files}"),
        ("!GetAtt Logs.Arn", ACCOUNT % "logs" + "log-group:/solvers:*"),
        ("!GetAtt Repository.Arn", ACCOUNT % "ecr" + "repository/solver"),
        (
            "!GetAtt Repository.RepositoryUri",
            "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/solver",
        ),
        ("!GetAtt Role.Arn", "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/team/job"),
        ("!Ref Role", "job"),
        ("!Ref Other", "${Name}"),
        ("!Ref Linked", "AWSServiceRoleForBatch"),
        ("!Ref Name", "${Name}"),
        ("!Ref Bucket", "${Bucket}"),
    ],
)
def test_a_reference_is_shown_as_the_text_that_it_stands_for(written: str, expected: str) -> None:
    assert shown(text(written)) == expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("!Ref Secret", "!Ref Secret", True),
        ("!Ref Secret", "!Ref Named", UNKNOWN),
        ("!GetAtt Key.Arn", "!GetAtt Files.Arn", False),
        (
            '!Sub "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}"',
            "!GetAtt Key.Arn",
            True,
        ),
        ('!Sub "arn:aws:secretsmanager:*:*:secret:other/*"', "!Ref Named", False),
        ('!Sub "arn:aws:secretsmanager:*:*:secret:solver/db-??????"', "!Ref Named", UNKNOWN),
        ('!Sub "arn:*:secretsmanager:*:*:secret:solver/*"', "!Ref Named", True),
        ("arn:aws:s3:::data/${aws:username}/*", "arn:aws:s3:::data/solver/1", UNKNOWN),
        ("arn:aws:s3:::data/${aws:username}/*", "arn:aws:s3:::other/solver/1", False),
    ],
)
def test_patterns_of_policies_are_compared_with_them(
    pattern: str, value: str, expected: Maybe[bool]
) -> None:
    assert matches(text(pattern, is_pattern=True), text(value)) is expected
