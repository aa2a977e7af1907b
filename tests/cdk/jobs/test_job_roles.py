"""Jobs of a cluster share roles where that grants none of them more than it needs."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_batch_mnp import EfsVolume, NodeGroup
from tests.cdk.apps import (
    actions_of,
    add_cluster,
    add_job,
    add_vpc,
    container,
    errors_of,
    new_stack,
    statements_of,
)

SHARED_JOB_ROLE = "JobsWithoutPermissions"


def groups(**changes: Any) -> list[NodeGroup]:
    return [NodeGroup("all", ":", container(**changes))]


def roles_of(stack: Stack, job: str) -> tuple[str, str]:
    """The logical ids of the job role and the execution role of a job's first container."""
    found = Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition")
    (definition,) = (value for name, value in found.items() if job in name)
    first = definition["Properties"]["NodeProperties"]["NodeRangeProperties"][0]
    task = first.get("Container")
    if task is None:
        (task,) = first["EcsProperties"]["TaskProperties"]
    role = task.get("JobRoleArn") or task["TaskRoleArn"]
    return role["Fn::GetAtt"][0], task["ExecutionRoleArn"]["Fn::GetAtt"][0]


def test_plain_jobs_of_a_cluster_share_both_roles() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    for name in ("First", "Second"):
        add_job(cluster, name)
    assert roles_of(stack, "First") == roles_of(stack, "Second")
    assert SHARED_JOB_ROLE in roles_of(stack, "First")[0]
    assert actions_of(stack, SHARED_JOB_ROLE) == set()
    assert actions_of(stack, "ClusterExecutionRole") == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert errors_of(stack) == []


def test_the_shared_execution_role_can_pull_the_images_of_its_jobs_alone() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    for name in ("one", "two", "two"):
        address = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{name}:1"
        add_job(cluster, f"Job{len(cluster.job_definitions)}", node_groups=groups(image=address))
    repository = ecr.Repository(stack, "Three")
    image = ecs.ContainerImage.from_ecr_repository(repository, "1")
    add_job(cluster, "Last", node_groups=groups(image=image))
    pulls = [
        statement["Resource"]
        for statement in statements_of(stack, "ClusterExecutionRole")
        if "ecr:BatchGetImage" in statement["Action"]
    ]
    resources = [item for pull in pulls for item in (pull if isinstance(pull, list) else [pull])]
    assert len(resources) == 3
    assert "*" not in resources


def test_a_job_with_a_secret_has_an_execution_role_of_its_own() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    secret = secretsmanager.Secret(stack, "License")
    add_job(cluster, "Plain")
    with_secret = groups(secrets={"KEY": batch.Secret.from_secrets_manager(secret)})
    add_job(cluster, "Licensed", node_groups=with_secret)
    assert "Licensed" in roles_of(stack, "Licensed")[1]
    assert "secretsmanager:GetSecretValue" in actions_of(stack, "LicensedExecutionRole")
    assert "secretsmanager:GetSecretValue" not in actions_of(stack, "ClusterExecutionRole")


def test_credentials_of_a_private_registry_are_readable_by_their_job_alone() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    secret = secretsmanager.Secret(stack, "Registry")
    image = ecs.ContainerImage.from_registry("registry.example.com/solver:1", credentials=secret)
    add_job(cluster, "Plain")
    add_job(cluster, "Private", node_groups=groups(image=image))
    assert "secretsmanager:GetSecretValue" in actions_of(stack, "PrivateExecutionRole")
    assert "secretsmanager:GetSecretValue" not in actions_of(stack, "ClusterExecutionRole")


def test_a_grant_to_a_job_gives_it_a_job_role_of_its_own() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    bucket = s3.Bucket(stack, "Bucket")
    granted, plain = add_job(cluster, "Granted"), add_job(cluster, "Plain")
    bucket.grant_read(granted)
    assert granted.job_role is granted.job_role
    assert "Granted" in roles_of(stack, "Granted")[0]
    assert SHARED_JOB_ROLE in roles_of(stack, "Plain")[0]
    assert "s3:GetObject*" in actions_of(stack, "GrantedJobRole")
    assert actions_of(stack, SHARED_JOB_ROLE) == set()
    assert plain in cluster.job_definitions
    assert errors_of(stack) == []


def test_every_node_group_gets_the_job_role_that_is_created_later() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    several = {"one": container(vcpus=1), "two": container()}
    job = add_job(
        cluster,
        node_groups=[
            NodeGroup("main", "0", containers=several),
            NodeGroup("workers", "1:", container()),
        ],
    )
    s3.Bucket(stack, "Bucket").grant_write(job)
    text = str(Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition"))
    assert text.count("SolveJobRole") == 2
    assert SHARED_JOB_ROLE not in text


def test_an_efs_volume_gives_its_job_a_job_role_of_its_own() -> None:
    stack = new_stack()
    vpc = add_vpc(stack)
    files = efs.FileSystem(stack, "Files", vpc=vpc)
    volume = EfsVolume(name="files", container_path="/files", file_system=files)
    add_job(add_cluster(stack, vpc=vpc), node_groups=groups(volumes=[volume]))
    assert "Solve" in roles_of(stack, "Solve")[0]
    assert "elasticfilesystem:ClientMount" in actions_of(stack, "SolveJobRole")
