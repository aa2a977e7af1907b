"""MnpJobDefinition: node groups, what runs on them, and what they may do."""

from __future__ import annotations

import pytest
from aws_cdk import Duration, Size
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_batch_mnp import (
    HostVolume,
    NodeContainer,
    NodeGroup,
    NodeRange,
)
from tests.cdk.apps import (
    actions_of,
    add_cluster,
    add_definition,
    add_job,
    container,
    definition_of,
    errors_of,
    first_container,
    give_up,
    main_and_workers,
    new_stack,
    node_ranges,
    rules,
    statements_of,
    unlimited,
    warnings_of,
)


def test_a_definition_needs_no_cluster() -> None:
    stack = new_stack()
    definition = add_definition(stack)
    properties = definition_of(stack)
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
    assert [node_range["TargetNodes"] for node_range in node_ranges(stack)] == expected
    assert definition_of(stack)["NodeProperties"]["NumNodes"] == num_nodes


@pytest.mark.parametrize("keeps", [True, False])
def test_earlier_revisions_stay_active_on_request(keeps: bool) -> None:
    stack = new_stack()
    add_definition(stack, skip_deregister_on_update=keeps)
    expected = {"SkipDeregisterOnUpdate": True} if keeps else None
    assert definition_of(stack).get("ResourceRetentionPolicy") == expected


def test_another_node_can_lead() -> None:
    stack = new_stack()
    add_definition(stack, main_node=3)
    assert definition_of(stack)["NodeProperties"]["MainNode"] == 3


def test_a_container_has_all_that_batch_knows() -> None:
    stack = new_stack()
    solver = NodeContainer(
        image="public.ecr.aws/hpc/solver:1",
        command=["mpirun", "--hostfile", "Ref::hosts", "solver"],
        vcpus=36,
        memory=Size.mebibytes(100_000),
        environment={"OMP_NUM_THREADS": "2"},
        volumes=[
            HostVolume(name="scratch", container_path="/scratch", host_path="/mnt/scratch"),
            HostVolume(name="tmp", container_path="/work", read_only=True),
        ],
        ulimits=[
            *unlimited("memlock"),
            batch.Ulimit(name=batch.UlimitName.NOFILE, soft_limit=1024, hard_limit=4096),
        ],
        devices=[
            batch.Device(
                host_path="/dev/infiniband/uverbs0",
                permissions=[batch.DevicePermission.READ, batch.DevicePermission.WRITE],
            ),
            batch.Device(host_path="/dev/fuse", container_path="/dev/fuse0"),
        ],
        shared_memory_size=Size.mebibytes(8192),
        user="solver",
        privileged=True,
        readonly_root_filesystem=True,
        init_process_enabled=True,
    )
    add_definition(stack, node_groups=[NodeGroup("all", ":", solver)])
    seen = first_container(stack)
    assert seen["Image"] == "public.ecr.aws/hpc/solver:1"
    assert seen["Command"] == ["mpirun", "--hostfile", "Ref::hosts", "solver"]
    assert seen["InstanceType"] == "c5.18xlarge"
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
        {
            requirement["Type"]: requirement["Value"]
            for requirement in group["Container"]["ResourceRequirements"]
        }["GPU"]
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
            "monitor": container(vcpus=2, memory=Size.mebibytes(1024), essential=False),
        },
    )
    add_definition(stack, node_groups=[group])
    (node_range,) = node_ranges(stack)
    (task,) = node_range["EcsProperties"]["TaskProperties"]
    solver, monitor = task["Containers"]
    assert errors_of(stack) == []
    assert "Container" not in node_range
    assert node_range["InstanceTypes"] == ["c5.18xlarge"]
    assert task["Volumes"] == [{"Name": "tmp", "Host": {}}]
    assert (solver["Name"], solver["Essential"]) == ("solver", True)
    assert (monitor["Name"], monitor["Essential"]) == ("monitor", False)
    # What the monitor leaves over.
    assert solver["ResourceRequirements"][0] == {"Type": "VCPU", "Value": "70"}
    assert solver["LogConfiguration"]["Options"]["awslogs-stream-prefix"] == "all/solver"


def test_containers_cannot_share_more_than_the_node_has() -> None:
    group = NodeGroup("all", ":", containers={"one": container(vcpus=72), "two": container()})
    with pytest.raises(ValueError, match=r"'all'.*request 72 vcpus of the instance's 72"):
        add_definition(new_stack(), node_groups=[group])


def test_parameters_stand_for_placeholders_in_commands() -> None:
    stack = new_stack()
    definition = add_definition(
        stack,
        node_groups=main_and_workers(command=["solver", "Ref::case"]),
        parameters={"case": "storm"},
    )
    assert definition_of(stack)["Parameters"] == {"case": "storm"}
    assert dict(definition.parameters) == {"case": "storm"}


def test_retries_can_be_left_to_exit_rules() -> None:
    stack = new_stack()
    add_definition(
        stack,
        retry_attempts=3,
        retry_strategies=[
            batch.RetryStrategy.of(
                batch.Action.RETRY, batch.Reason.custom(on_status_reason="Host EC2*")
            ),
            give_up(on_reason="*"),
        ],
    )
    assert errors_of(stack) == []
    assert definition_of(stack)["RetryStrategy"] == {
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
    assert definition_of(stack)["SchedulingPriority"] == 50
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


def test_tags_that_batch_does_not_accept_are_refused() -> None:
    stack = new_stack()
    add_definition(stack, tags={"team": "hpc"})
    assert definition_of(stack)["Tags"] == {"team": "hpc"}
    wrong = new_stack()
    add_definition(wrong, tags={f"tag{n}": "x" for n in range(51)} | {"aws:own": "x"})
    assert rules(errors_of(wrong)) == ["MNP318", "MNP318"]


def test_submitting_is_allowed_for_all_revisions_to_one_queue() -> None:
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
