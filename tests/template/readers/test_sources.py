"""What containers of templates access, and what the templates say about it."""

from __future__ import annotations

from textwrap import indent

import pytest

from cdk_batch_mnp.model.access import (
    READ_PARAMETER,
    READ_SECRET,
    ContainerAccess,
    GroupAccess,
    Image,
    Logs,
)
from cdk_batch_mnp.model.partial_text import shown
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from tests.template.stacks import environment, setup

RESOURCES = """\
Parameters:
  Any: {Type: String}
Resources:
  Key: {Type: AWS::KMS::Key}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {KmsKeyId: !Ref Key}}
  Plain: {Type: AWS::SecretsManager::Secret}
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties: {SecretId: !Ref Secret, ResourcePolicy: {Statement: []}}
  Token: {Type: AWS::SSM::Parameter, Properties: {Name: /solver/token}}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /solvers}}
  Repository: {Type: AWS::ECR::Repository}
  Files:
    Type: AWS::EFS::FileSystem
    Properties: {FileSystemPolicy: {Statement: []}}
  Open: {Type: AWS::EFS::FileSystem}
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: multinode
      NodeProperties:
        NodeRangeProperties:
          - Container:
"""


def access(container: str) -> GroupAccess:
    """What a container accesses, whose properties are written in YAML."""
    (found,) = setup(RESOURCES + indent(container, " " * 14)).job_definitions
    (group,) = found.access.values()
    return group


def only(container: str) -> ContainerAccess:
    (found,) = access(container).containers
    return found


@pytest.mark.parametrize(
    ("value", "action", "arn"),
    [
        ("!Ref Plain", READ_SECRET, "secret:${Plain}"),
        ('!Sub "${Plain}:key::"', READ_SECRET, "secret:${Plain}"),
        (
            '"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:key:AWSCURRENT:"',
            READ_SECRET,
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf${suffix}",
        ),
        (
            '!Sub "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:a"',
            READ_SECRET,
            ":secret:a${suffix}",
        ),
        ("!Ref Token", READ_PARAMETER, ":parameter/solver/token"),
        ("/solver/token", READ_PARAMETER, ":parameter/solver/token"),
        ("token", READ_PARAMETER, ":parameter/token"),
        ("/solver/token:3", READ_PARAMETER, ":parameter/solver/token"),
        (
            "arn:aws:ssm:eu-west-1:123456789012:parameter/token",
            READ_PARAMETER,
            "arn:aws:ssm:eu-west-1:123456789012:parameter/token",
        ),
        ("/aws/reference/secretsmanager/token", UNKNOWN, "..."),
        ("!Ref Any", UNKNOWN, "..."),
        ("!ImportValue token", UNKNOWN, "..."),
    ],
)
def test_a_secret_is_read_from_its_source(value: str, action: object, arn: str) -> None:
    (named,) = only(f"Secrets: [{{Name: KEY, ValueFrom: {value}}}]").sources
    assert named.name == "the secret KEY"
    assert named.source.action == action
    assert shown(named.source.arn).endswith(arn)


def test_policy_and_key_of_a_secret_are_those_of_the_template() -> None:
    (secret,) = only("Secrets: [{Name: KEY, ValueFrom: !Ref Secret}]").sources
    assert secret.source.policy == ()
    assert has_value(secret.source.key)
    assert secret.source.key.id == "Key"
    (plain,) = only("Secrets: [{Name: KEY, ValueFrom: !Ref Plain}]").sources
    assert (plain.source.policy, plain.source.key) == ((), None)
    (other,) = only(
        'Secrets: [{Name: K, ValueFrom: "arn:aws:secretsmanager:a:1:secret:s"}]'
    ).sources
    assert (other.source.policy, other.source.key) == (UNKNOWN, UNKNOWN)


def test_log_options_and_the_registry_have_secrets_too() -> None:
    found = only("""
LogConfiguration:
  LogDriver: splunk
  SecretOptions: [{Name: splunk-token, ValueFrom: !Ref Secret}]
RepositoryCredentials: {CredentialsParameter: !Ref Plain}
""")
    assert [source.name for source in found.sources] == [
        "the log option splunk-token",
        "credentials for the image's registry",
    ]
    assert found.logs is None


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("public.ecr.aws/hpc/solver:1", None),
        ("solver:1", None),
        ("!Ref Any", UNKNOWN),
    ],
)
def test_images_of_other_registries_need_no_permission(image: str, expected: object) -> None:
    assert only(f"Image: {image}").image == expected


@pytest.mark.parametrize(
    ("image", "is_own"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/solver:1", False),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/solver:1", False),
        ('!Sub "${Any}.dkr.ecr.${AWS::Region}.amazonaws.com/solver:1"', False),
        ('!Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/solver:1"', True),
        ('!Sub "${Repository.RepositoryUri}:1"', True),
    ],
)
def test_images_in_private_repositories_are_found(image: str, is_own: bool) -> None:
    found = only(f"Image: {image}").image
    assert isinstance(found, Image)
    assert found.is_own is is_own


@pytest.mark.parametrize(
    ("configuration", "group", "creates"),
    [
        ("", "/aws/batch/job", False),
        ("LogConfiguration: {LogDriver: awslogs}", "/aws/batch/job", False),
        (
            "LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: /other, "
            'awslogs-create-group: "true"}}',
            "/other",
            True,
        ),
        (
            "LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: !Ref Logs, "
            'awslogs-create-group: "true"}}',
            "/solvers",
            False,
        ),
        (
            "LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: /solvers, "
            'awslogs-create-group: "true"}}',
            "/solvers",
            False,
        ),
    ],
)
def test_logs_are_written_to_a_group(configuration: str, group: str, creates: bool) -> None:
    logs = only(f"Image: solver\n{configuration}").logs
    assert isinstance(logs, Logs)
    assert (shown(logs.group), logs.creates_group) == (group, creates)


@pytest.mark.parametrize("driver", ["json-file", "splunk"])
def test_other_log_drivers_write_to_no_group(driver: str) -> None:
    assert only(f"LogConfiguration: {{LogDriver: {driver}}}").logs is None
    assert only("LogConfiguration: {LogDriver: !Ref Any}").logs is UNKNOWN


@pytest.mark.parametrize(
    ("files", "mount", "expected"),
    [
        ("Files", "{SourceVolume: data, ReadOnly: true}", ((), True, False)),
        ("Files", "{SourceVolume: data}", ((), True, True)),
        ("Open", "{SourceVolume: other}", (None, True, False)),
        ("Files", "{SourceVolume: !Ref Any}", ((), True, UNKNOWN)),
    ],
)
def test_file_systems_are_mounted_with_the_job_role(
    files: str, mount: str, expected: tuple[object, ...]
) -> None:
    (volume,) = access(f"""
MountPoints: [{mount}]
Volumes:
  - Name: data
    EfsVolumeConfiguration: {{FileSystemId: !Ref {files}, AuthorizationConfig: {{Iam: enabled}}}}
""").file_systems
    assert has_value(volume.file_system)
    assert (volume.file_system.policy, volume.uses_role, volume.is_written) == expected


def test_roles_that_are_not_references_are_read_as_they_are_named() -> None:
    arn = '"arn:aws:iam::${AWS::AccountId}:role/${Role}"'
    (found,) = setup(
        RESOURCES.replace("Resources:\n", "Resources:\n  Role: {Type: AWS::IAM::Role}\n")
        + indent(f"JobRoleArn: !Sub {arn}\nExecutionRoleArn: !GetAtt Role.Arn", " " * 14)
    ).job_definitions
    (group,) = found.access.values()
    (job,) = group.roles
    assert shown(job.name) == "arn:aws:iam::${AWS::AccountId}:role/${Role}"
    assert has_value(job.role)
    assert job.role.id == "Role"


@pytest.mark.parametrize(
    ("key", "id"),
    [
        ("!Ref Key", "Key"),
        ("!GetAtt Key.Arn", "Key"),
        ("!Ref Alias", "Key"),
        ("alias/nodes", "Key"),
        ("alias/aws/ebs", None),
        ("!ImportValue key", None),
    ],
)
def test_the_key_of_a_volume_is_found(key: str, id: str | None) -> None:
    found = environment(
        f"""
Key: {{Type: AWS::KMS::Key}}
Alias:
  Type: AWS::KMS::Alias
  Properties: {{AliasName: alias/nodes, TargetKeyId: !Ref Key}}
Template:
  Type: AWS::EC2::LaunchTemplate
  Properties:
    LaunchTemplateData:
      BlockDeviceMappings: [{{DeviceName: /dev/xvda, Ebs: {{KmsKeyId: {key}}}}}]
""",
        written="LaunchTemplate: {LaunchTemplateId: !Ref Template}",
    )
    assert has_value(found.launch_template)
    assert has_value(found.launch_template.block_devices)
    (device,) = found.launch_template.block_devices
    assert device is not UNKNOWN
    assert (device.key.id if has_value(device.key) else None) == id


def test_containers_of_ecs_tasks_access_the_same() -> None:
    group = access("Image: solver")
    (found,) = setup(
        RESOURCES.replace("          - Container:\n", "")
        + """
          - EcsProperties:
              TaskProperties:
                - Containers:
                    - {Name: main, Image: solver, Secrets: [{Name: A, ValueFrom: token}]}
                    - {Name: side, Image: solver}
"""
    ).job_definitions
    (of_tasks,) = found.access.values()
    assert len(group.containers) == 1
    assert [len(container.sources) for container in of_tasks.containers] == [1, 0]
    assert str(of_tasks.containers[1].path).endswith("taskProperties[0].containers[1]")
