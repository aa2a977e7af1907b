"""MnpJobDefinition: node groups, what runs on them, and what they may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from cdk_batch_mnp import (
    Device,
    EfsVolume,
    EvaluateOnExit,
    HostVolume,
    NodeContainer,
    NodeGroup,
    NodeRange,
    Ulimit,
)
from tests.cdk.apps import (
    add_cluster,
    add_definition,
    add_job,
    add_vpc,
    container,
    errors_of,
    main_and_workers,
    new_stack,
    properties_of,
    rules,
    synthesized,
    warnings_of,
)


def written(stack: Stack) -> Mapping[str, Any]:
    """The properties of the stack's only job definition."""
    return properties_of(Template.from_stack(stack), "AWS::Batch::JobDefinition")


def node_ranges(stack: Stack) -> list[Mapping[str, Any]]:
    ranges: list[Mapping[str, Any]] = written(stack)["NodeProperties"]["NodeRangeProperties"]
    return ranges


def first_container(stack: Stack) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = node_ranges(stack)[0]["Container"]
    return properties


def statements_of(stack: Stack, role: str) -> list[Mapping[str, Any]]:
    """All statements of the policies of the role whose logical id has this in it."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    return [
        statement
        for each in policies
        if any(role in attached["Ref"] for attached in each["Properties"]["Roles"])
        for statement in each["Properties"]["PolicyDocument"]["Statement"]
    ]


def actions_of(stack: Stack, role: str) -> set[str]:
    return {
        action
        for each in statements_of(stack, role)
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }


def test_a_definition_stands_by_itself() -> None:
    stack = new_stack()
    definition = add_definition(stack)
    properties = written(stack)
    assert errors_of(stack) == []
    assert warnings_of(stack) == []
    assert properties["Type"] == "multinode"
    assert properties["PlatformCapabilities"] == ["EC2"]
    assert properties["PropagateTags"] is True
    assert properties["Timeout"] == {"AttemptDurationSeconds": 3600}
    assert definition.num_nodes == 4
    assert "RetryStrategy" not in properties
    assert "Parameters" not in properties
    assert "SchedulingPriority" not in properties


@pytest.mark.parametrize(
    ("nodes", "num_nodes", "expected"),
    [
        ([":"], 4, [":"]),
        (["0", "1:"], 4, ["0:0", "1:"]),
        ([0, "1:3"], 4, ["0:0", "1:3"]),
        ([":1", NodeRange(2, None)], 4, [":1", "2:"]),
        (["0:9", "4:5"], 10, ["0:9", "4:5"]),
        (["0", "1", "2", "3", "4:"], 1000, ["0:0", "1:1", "2:2", "3:3", "4:"]),
    ],
    ids=["all", "open above", "an index", "open below", "nested", "five groups"],
)
def test_node_groups_are_written_as_the_api_writes_them(
    nodes: list[str | int | NodeRange], num_nodes: int, expected: list[str]
) -> None:
    stack = new_stack()
    groups = [NodeGroup(f"group{n}", each, container()) for n, each in enumerate(nodes)]
    add_definition(stack, node_groups=groups, num_nodes=num_nodes)
    assert errors_of(stack) == []
    assert [each["TargetNodes"] for each in node_ranges(stack)] == expected
    assert written(stack)["NodeProperties"]["NumNodes"] == num_nodes


def test_another_node_can_lead() -> None:
    stack = new_stack()
    add_definition(stack, main_node=3)
    assert written(stack)["NodeProperties"]["MainNode"] == 3


def test_a_container_has_all_that_batch_knows() -> None:
    stack = new_stack()
    solver = NodeContainer(
        image="public.ecr.aws/hpc/solver:1",
        command=["mpirun", "--hostfile", "Ref::hosts", "solver"],
        vcpus=36,
        memory_mib=100_000,
        environment={"OMP_NUM_THREADS": "2"},
        volumes=[
            HostVolume(name="scratch", container_path="/scratch", host_path="/mnt/scratch"),
            HostVolume(name="tmp", container_path="/work", read_only=True),
        ],
        ulimits=[Ulimit(name="memlock"), Ulimit(name="nofile", soft_limit=1024, hard_limit=4096)],
        devices=[
            Device(host_path="/dev/infiniband/uverbs0", permissions=("READ", "WRITE")),
            Device(host_path="/dev/fuse", container_path="/dev/fuse0"),
        ],
        shared_memory_mib=8192,
        user="solver",
        privileged=True,
        readonly_root_filesystem=True,
        init_process_enabled=True,
    )
    add_definition(stack, node_groups=[NodeGroup("all", ":", solver)])
    seen = first_container(stack)
    assert seen["Image"] == "public.ecr.aws/hpc/solver:1"
    assert seen["Command"] == ["mpirun", "--hostfile", "Ref::hosts", "solver"]
    assert seen["InstanceType"] == "c5n.18xlarge"
    assert seen["ResourceRequirements"] == [
        {"Type": "VCPU", "Value": "36"},
        {"Type": "MEMORY", "Value": "100000"},
    ]
    assert seen["Environment"] == [{"Name": "OMP_NUM_THREADS", "Value": "2"}]
    assert seen["Volumes"] == [
        {"Name": "scratch", "Host": {"SourcePath": "/mnt/scratch"}},
        {"Name": "tmp", "Host": {}},
    ]
    assert seen["MountPoints"] == [
        {"SourceVolume": "scratch", "ContainerPath": "/scratch", "ReadOnly": False},
        {"SourceVolume": "tmp", "ContainerPath": "/work", "ReadOnly": True},
    ]
    assert seen["Ulimits"] == [
        {"Name": "memlock", "SoftLimit": -1, "HardLimit": -1},
        {"Name": "nofile", "SoftLimit": 1024, "HardLimit": 4096},
    ]
    assert seen["LinuxParameters"] == {
        "SharedMemorySize": 8192,
        "InitProcessEnabled": True,
        "Devices": [
            {"HostPath": "/dev/infiniband/uverbs0", "Permissions": ["READ", "WRITE"]},
            {"HostPath": "/dev/fuse", "ContainerPath": "/dev/fuse0"},
        ],
    }
    assert (seen["User"], seen["Privileged"], seen["ReadonlyRootFilesystem"]) == (
        "solver",
        True,
        True,
    )
    assert rules(warnings_of(stack)) == ["MNP603"]


def test_gpus_are_all_of_the_instances_unless_the_container_says_less() -> None:
    stack = new_stack()
    groups = [NodeGroup("main", "0", container(gpus=2)), NodeGroup("workers", "1:", container())]
    add_definition(stack, node_groups=groups, instance_type="p4d.24xlarge")
    gpus = [
        {each["Type"]: each["Value"] for each in group["Container"]["ResourceRequirements"]}["GPU"]
        for group in node_ranges(stack)
    ]
    assert gpus == ["2", "8"]


def test_several_containers_share_a_node() -> None:
    stack = new_stack()
    group = NodeGroup(
        "all",
        ":",
        containers={
            "solver": container(volumes=[HostVolume(name="tmp", container_path="/tmp")]),
            "monitor": container(vcpus=2, memory_mib=1024, essential=False),
        },
    )
    add_definition(stack, node_groups=[group])
    (node_range,) = node_ranges(stack)
    (task,) = node_range["EcsProperties"]["TaskProperties"]
    solver, monitor = task["Containers"]
    assert errors_of(stack) == []
    assert "Container" not in node_range
    assert node_range["InstanceTypes"] == ["c5n.18xlarge"]
    assert task["Volumes"] == [{"Name": "tmp", "Host": {}}]
    assert (solver["Name"], solver["Essential"]) == ("solver", True)
    assert (monitor["Name"], monitor["Essential"]) == ("monitor", False)
    # What the monitor leaves over.
    assert solver["ResourceRequirements"][0] == {"Type": "VCPU", "Value": "70"}
    assert solver["LogConfiguration"]["Options"]["awslogs-stream-prefix"] == "all/solver"


def test_containers_cannot_share_more_than_the_node_has() -> None:
    group = NodeGroup("all", ":", containers={"one": container(vcpus=72), "two": container()})
    with pytest.raises(ValueError, match=r"'all'.*ask for 72 vcpus of the instance's 72"):
        add_definition(new_stack(), node_groups=[group])


def test_parameters_stand_for_placeholders_in_commands() -> None:
    stack = new_stack()
    definition = add_definition(
        stack,
        node_groups=main_and_workers(command=["solver", "Ref::case"]),
        parameters={"case": "storm"},
    )
    assert written(stack)["Parameters"] == {"case": "storm"}
    assert dict(definition.parameters) == {"case": "storm"}


def test_retries_can_be_left_to_exit_rules() -> None:
    stack = new_stack()
    add_definition(
        stack,
        retry_attempts=3,
        evaluate_on_exit=[
            EvaluateOnExit(action="RETRY", on_status_reason="Host EC2*"),
            EvaluateOnExit(action="EXIT", on_reason="*"),
        ],
    )
    assert errors_of(stack) == []
    assert written(stack)["RetryStrategy"] == {
        "Attempts": 3,
        "EvaluateOnExit": [
            {"Action": "RETRY", "OnStatusReason": "Host EC2*"},
            {"Action": "EXIT", "OnReason": "*"},
        ],
    }


def test_a_scheduling_priority_orders_the_jobs_of_a_share() -> None:
    stack = new_stack()
    policy = batch.FairshareSchedulingPolicy(stack, "Fair")
    cluster = add_cluster(stack, scheduling_policy=policy)
    add_job(cluster, scheduling_priority=50)
    assert written(stack)["SchedulingPriority"] == 50
    assert warnings_of(stack) == []


def test_the_job_and_what_starts_it_have_roles_of_their_own() -> None:
    stack = new_stack()
    definition = add_definition(stack)
    bucket = s3.Bucket(stack, "Results")
    # Grants to the definition are grants to its containers.
    bucket.grant_put(definition)
    seen = first_container(stack)
    assert seen["JobRoleArn"] != seen["ExecutionRoleArn"]
    assert actions_of(stack, "SolveJobRole") > {"s3:PutObject"}
    assert actions_of(stack, "SolveExecutionRole") == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_roles_can_be_the_users_own() -> None:
    stack = new_stack()
    role = iam.Role.from_role_arn(stack, "Own", "arn:aws:iam::123456789012:role/own")
    add_definition(stack, job_role=role)
    assert first_container(stack)["JobRoleArn"] == "arn:aws:iam::123456789012:role/own"


def test_one_role_for_both_is_a_warning() -> None:
    stack = new_stack()
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    add_definition(stack, job_role=role, execution_role=role)
    assert rules(warnings_of(stack)) == ["MNP604"]


def test_secrets_come_from_secrets_manager_and_systems_manager() -> None:
    stack = new_stack()
    licence = secretsmanager.Secret(stack, "Licence")
    token = ssm.StringParameter.from_secure_string_parameter_attributes(
        stack, "Token", parameter_name="/hpc/token"
    )
    groups = main_and_workers(
        secrets={
            "LICENCE": batch.Secret.from_secrets_manager(licence, "key"),
            "TOKEN": batch.Secret.from_ssm_parameter(token),
            "OTHER": ecs.Secret.from_secrets_manager(licence),
        }
    )
    add_definition(stack, node_groups=groups)
    secrets = {each["Name"]: each["ValueFrom"] for each in first_container(stack)["Secrets"]}
    (secret,) = Template.from_stack(stack).find_resources("AWS::SecretsManager::Secret")
    assert secrets["LICENCE"] == {"Fn::Join": ["", [{"Ref": secret}, ":key::"]]}
    assert secrets["OTHER"] == {"Ref": secret}
    assert "/hpc/token" in str(secrets["TOKEN"]) or "hpc/token" in str(secrets["TOKEN"])
    allowed = actions_of(stack, "SolveExecutionRole")
    assert {"secretsmanager:GetSecretValue", "ssm:GetParameters"} < allowed
    assert "secretsmanager:GetSecretValue" not in actions_of(stack, "SolveJobRole")


@pytest.fixture(scope="module")
def with_file_system() -> Stack:
    """A cluster whose nodes mount an EFS file system."""
    stack = new_stack()
    vpc = add_vpc(stack)
    files = efs.FileSystem(stack, "Files", vpc=vpc, removal_policy=RemovalPolicy.DESTROY)
    point = files.add_access_point("Cases", path="/cases")
    cases = EfsVolume(name="cases", container_path="/cases", file_system=files, access_point=point)
    input = EfsVolume(
        name="input",
        container_path="/input",
        file_system=files,
        root_directory="/input",
        read_only=True,
    )
    groups = [
        NodeGroup("main", "0", container(volumes=[cases])),
        NodeGroup("workers", "1:", container(volumes=[input])),
    ]
    add_job(add_cluster(stack, vpc=vpc), node_groups=groups)
    return stack


def test_file_systems_are_encrypted_in_transit_and_opened_with_the_job_role(
    with_file_system: Stack,
) -> None:
    template = Template.from_stack(with_file_system)
    (files,) = template.find_resources("AWS::EFS::FileSystem")
    (point,) = template.find_resources("AWS::EFS::AccessPoint")
    main, workers = node_ranges(with_file_system)
    assert main["Container"]["Volumes"] == [
        {
            "Name": "cases",
            "EfsVolumeConfiguration": {
                "FileSystemId": {"Ref": files},
                "TransitEncryption": "ENABLED",
                "AuthorizationConfig": {"Iam": "ENABLED", "AccessPointId": {"Ref": point}},
            },
        }
    ]
    assert workers["Container"]["Volumes"][0]["EfsVolumeConfiguration"]["RootDirectory"] == "/input"
    allowed = actions_of(with_file_system, "JobRole")
    assert allowed == {"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}
    assert errors_of(with_file_system) == []


def test_file_systems_let_the_nodes_in(with_file_system: Stack) -> None:
    template = Template.from_stack(with_file_system)
    template.has_resource_properties(
        "AWS::EC2::SecurityGroupIngress", {"FromPort": 2049, "ToPort": 2049, "IpProtocol": "tcp"}
    )


def test_an_access_point_has_a_root_directory_of_its_own() -> None:
    stack = new_stack()
    files = efs.FileSystem(stack, "Files", vpc=add_vpc(stack))
    with pytest.raises(ValueError, match="an access point brings its own root directory"):
        EfsVolume(
            name="cases",
            container_path="/cases",
            file_system=files,
            access_point=files.add_access_point("Point"),
            root_directory="/cases",
        )


def test_a_private_ecr_address_is_made_readable() -> None:
    stack = new_stack()
    address = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hpc/solver:1.2"
    add_definition(stack, node_groups=[NodeGroup("all", ":", container(image=address))])
    assert first_container(stack)["Image"] == address
    pull = [
        each
        for each in statements_of(stack, "ExecutionRole")
        if "ecr:BatchGetImage" in each["Action"]
    ]
    (resource,) = (each["Resource"] for each in pull)
    parts = resource["Fn::Join"][1]
    assert parts[-1] == ":ecr:eu-west-1:123456789012:repository/hpc/solver"
    assert "ecr:GetAuthorizationToken" in actions_of(stack, "ExecutionRole")


def test_a_public_image_needs_no_permission() -> None:
    stack = new_stack()
    add_definition(stack)
    assert not any(each.startswith("ecr:") for each in actions_of(stack, "ExecutionRole"))


def test_images_of_a_repository_of_the_app_are_made_readable() -> None:
    stack = new_stack()
    repository = ecr.Repository(stack, "Repository")
    image = ecs.ContainerImage.from_ecr_repository(repository, "v1")
    add_definition(stack, node_groups=main_and_workers(image=image))
    assert ":v1" in str(first_container(stack)["Image"])
    pull = [
        each["Resource"]
        for each in statements_of(stack, "ExecutionRole")
        if "ecr:BatchGetImage" in each["Action"]
    ]
    (id,) = Template.from_stack(stack).find_resources("AWS::ECR::Repository")
    assert pull == [{"Fn::GetAtt": [id, "Arn"]}]
    assert errors_of(stack) == []


def test_images_are_built_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    stack = new_stack()
    image = ecs.ContainerImage.from_asset(str(tmp_path))
    # One image for both groups: it is built once.
    groups = [
        NodeGroup("main", "0", container(image=image)),
        NodeGroup("workers", "1:", container(image=image)),
    ]
    add_definition(stack, node_groups=groups)
    add_definition(stack, "Again", node_groups=groups)
    template = Template.from_stack(stack)
    definitions = template.find_resources("AWS::Batch::JobDefinition")
    images = {
        str(each["Container"]["Image"])
        for definition in definitions.values()
        for each in definition["Properties"]["NodeProperties"]["NodeRangeProperties"]
    }
    assert len(definitions) == 2, "binding an image leaves no definition of its own behind"
    assert len(images) == 1
    assert "cdk-hnb659fds-container-assets-" in images.pop()
    assets = json.loads(Path(synthesized(stack).directory, "Platform.assets.json").read_text())
    assert len(assets["dockerImages"]) == 1, "the CDK's command knows what to build"
    assert "ecr:BatchGetImage" in actions_of(stack, "SolveExecutionRole")
    assert "ecr:BatchGetImage" in actions_of(stack, "AgainExecutionRole")


def test_a_registry_with_a_password_is_opened_with_a_secret() -> None:
    stack = new_stack()
    password = secretsmanager.Secret(stack, "Password")
    image = ecs.ContainerImage.from_registry("registry.example.com/solver", credentials=password)
    add_definition(stack, node_groups=main_and_workers(image=image))
    (id,) = Template.from_stack(stack).find_resources("AWS::SecretsManager::Secret")
    seen = first_container(stack)
    assert seen["Image"] == "registry.example.com/solver"
    assert seen["RepositoryCredentials"] == {"CredentialsParameter": {"Ref": id}}
    assert "secretsmanager:GetSecretValue" in actions_of(stack, "ExecutionRole")


def test_tags_are_held_against_what_batch_takes() -> None:
    stack = new_stack()
    add_definition(stack, tags={"team": "hpc"})
    assert written(stack)["Tags"] == {"team": "hpc"}
    wrong = new_stack()
    add_definition(wrong, tags={f"tag{n}": "x" for n in range(51)} | {"aws:own": "x"})
    assert rules(errors_of(wrong)) == ["MNP318", "MNP318"]


def test_submitting_is_allowed_for_all_revisions_to_the_queue_that_is_given() -> None:
    stack = new_stack()
    queue = batch.JobQueue.from_job_queue_arn(
        stack, "Queue", "arn:aws:batch:eu-west-1:123456789012:job-queue/hpc"
    )
    definition = add_definition(stack, job_definition_name="solve")
    scheduler = iam.Role(stack, "Scheduler", assumed_by=iam.AccountRootPrincipal())
    definition.grant_submit(scheduler, queue)
    (statement,) = statements_of(stack, "Scheduler")
    assert statement["Action"] == "batch:SubmitJob"
    revisions, any_revision, to = statement["Resource"]
    assert revisions["Fn::Join"][1][-1] == ":job-definition/solve"
    assert any_revision["Fn::Join"][1][-1] == ":job-definition/solve:*"
    assert to == "arn:aws:batch:eu-west-1:123456789012:job-queue/hpc"


def test_a_timeout_is_for_the_whole_job_and_its_absence_a_warning() -> None:
    stack = new_stack()
    add_definition(stack, timeout=None)
    assert rules(warnings_of(stack)) == ["MNP317"]
    short = new_stack()
    add_definition(short, timeout=Duration.seconds(30))
    assert rules(errors_of(short)) == ["MNP317"]
