"""A definition says which services its nodes need."""

from __future__ import annotations

from textwrap import indent

import pytest

from cdk_batch_mnp.model.network_needs import FROM_ECR, NetworkNeeds
from cdk_batch_mnp.template.readers.file_systems import FileSystems
from cdk_batch_mnp.template.readers.network import Network
from cdk_batch_mnp.template.readers.network_needs import needs_of
from cdk_batch_mnp.template.readers.security_groups import SecurityGroups
from tests.template.stacks import setup, stacks

ECR = frozenset(FROM_ECR)


def needs(container: str, resources: str = "") -> NetworkNeeds:
    (job,) = setup(f"""
Resources:
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: multinode
      NodeProperties:
        NodeRangeProperties:
          - Container:
{indent(container, " " * 14)}
{resources}
""").job_definitions
    return job.needs


@pytest.mark.parametrize(
    ("image", "images", "perhaps", "registries"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver:1", ECR, set(), set()),
        (
            "!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/solver'",
            ECR,
            set(),
            set(),
        ),
        ("123456789012.dkr-ecr.eu-west-1.on.aws/solver", ECR, set(), set()),
        ("!Sub '${Repository.RepositoryUri}:1'", ECR, set(), set()),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/solver", set(), set(), set()),
        ("!GetAtt Repository.RepositoryUri", ECR, set(), set()),
        ("!ImportValue image", set(), ECR, set()),
        ("public.ecr.aws/amazonlinux/amazonlinux:2023", set(), set(), {"public.ecr.aws"}),
        ("quay.io:443/team/solver", set(), set(), {"quay.io"}),
        ("solver:1", set(), set(), set()),
        ("team/solver:1", set(), set(), set()),
    ],
)
def test_an_image_comes_from_amazon_ecr_or_another_registry(
    image: str, images: object, perhaps: object, registries: object
) -> None:
    repository = """
  Repository: {Type: "AWS::ECR::Repository"}
"""
    found = needs(f"Image: {image}\nLogConfiguration: {{LogDriver: json-file}}", repository)
    assert (found.images, found.perhaps, found.registries) == (images, perhaps, registries)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", {"logs"}),
        ("LogConfiguration: {LogDriver: awslogs}", {"logs"}),
        ("LogConfiguration: {LogDriver: splunk}", set()),
        ("LogConfiguration: {LogDriver: !Ref Driver}", set()),
        (
            "LogConfiguration: {LogDriver: awslogs, Options: {awslogs-endpoint: 'https://a'}}",
            set(),
        ),
        ("LogConfiguration: !Ref Logs", set()),
    ],
)
def test_logs_go_to_cloudwatch_by_default(written: str, expected: object) -> None:
    assert needs(f"Image: solver\n{written}").perhaps == expected


SECRET = """
  Secret: {Type: "AWS::SecretsManager::Secret"}
  Parameter: {Type: "AWS::SSM::Parameter"}
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf", {"secretsmanager"}),
        ("!Sub 'arn:aws:secretsmanager:${AWS::Region}:1:secret:a'", {"secretsmanager"}),
        ("!Ref Secret", {"secretsmanager"}),
        ("!Sub '${Secret}:password::'", {"secretsmanager"}),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/a", {"ssm"}),
        ("/licenses/solver", {"ssm"}),
        ("!Ref Parameter", {"ssm"}),
        ("!ImportValue secret", set()),
        ("!Sub '${AWS::StackName}-secret'", set()),
    ],
)
def test_a_secret_comes_from_secrets_manager_or_parameter_store(
    source: str, expected: object
) -> None:
    written = f"Image: solver\nSecrets: [{{Name: A, ValueFrom: {source}}}]"
    assert needs(written, SECRET).secrets == expected
    options = f"[{{Name: a, ValueFrom: {source}}}]"
    in_logs = f"LogConfiguration: {{LogDriver: splunk, SecretOptions: {options}}}"
    assert needs(f"Image: solver\n{in_logs}", SECRET).secrets == expected


def test_every_container_of_a_task_counts() -> None:
    (job,) = setup("""
Resources:
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: multinode
      NodeProperties:
        NodeRangeProperties:
          - EcsProperties:
              TaskProperties:
                - Containers:
                    - {Image: 1.dkr.ecr.eu-west-1.amazonaws.com/a}
                    - Image: ghcr.io/b
                      RepositoryCredentials:
                        CredentialsParameter: arn:aws:secretsmanager:eu-west-1:1:secret:c
""").job_definitions
    found = job.needs
    assert found == NetworkNeeds(
        images=ECR,
        secrets=frozenset({"secretsmanager"}),
        perhaps=frozenset({"logs"}),
        registries=frozenset({"ghcr.io"}),
        pulls_from_internet=True,
    )


def test_an_image_of_another_region_needs_none_of_this_one() -> None:
    text = """
Resources:
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: multinode
      NodeProperties:
        NodeRangeProperties:
          - Container: {Image: 1.dkr.ecr.eu-west-1.amazonaws.com/a}
"""
    properties = next(stacks(text).of_type("AWS::Batch::JobDefinition")).known
    network = Network(stacks(text), SecurityGroups(stacks(text)))
    systems = FileSystems(stacks(text), SecurityGroups(stacks(text)), network)
    assert needs_of(properties, "eu-west-1", systems).images == ECR
    assert needs_of(properties, "us-east-1", systems).images == frozenset()


@pytest.mark.parametrize(
    ("image", "essential", "expected"),
    [
        ("docker.io/library/busybox", "", True),
        ("quay.io/a/b:1", ", Essential: true", True),
        ("quay.io/a/b:1", ", Essential: false", False),
        ("quay.io/a/b:1", ", Essential: !Ref Known", False),
        ("registry.example.com/a/b:1", "", False),
        ("busybox", "", False),
    ],
)
def test_public_registries_of_essential_containers(
    image: str, essential: str, expected: bool
) -> None:
    (job,) = setup(f"""
Parameters:
  Known: {{Type: String}}
Resources:
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: multinode
      NodeProperties:
        NodeRangeProperties:
          - EcsProperties:
              TaskProperties:
                - Containers:
                    - {{Image: {image}{essential}}}
""").job_definitions
    assert job.needs.pulls_from_internet is expected
