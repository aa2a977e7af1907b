"""Environments, queues and what they name are found by reference, name and ARN."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import setup

NAMED = "!Sub '${AWS::StackName}-nodes'"


def queue(environment: str, name: str = "nodes") -> str:
    return f"""
    Resources:
      Environment:
        Type: AWS::Batch::ComputeEnvironment
        Properties: {{Type: MANAGED, ComputeEnvironmentName: {name}}}
      Queue:
        Type: AWS::Batch::JobQueue
        Properties:
          ComputeEnvironmentOrder: [{{Order: 1, ComputeEnvironment: {environment}}}]
    """


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("!Ref Environment", "nodes"),
        ("!GetAtt Environment.ComputeEnvironmentArn", "nodes"),
        ("nodes", "nodes"),
        ("arn:aws:batch:eu-west-1:123456789012:compute-environment/nodes", "nodes"),
        ("!Sub 'arn:${AWS::Partition}:batch:x:y:compute-environment/nodes'", "nodes"),
        ("!Sub 'arn:aws:batch:x:y:compute-environment/${Environment}'", "nodes"),
        (NAMED, NAMED),
        ("!Select [1, !Split ['/', !GetAtt Environment.ComputeEnvironmentArn]]", "nodes"),
    ],
)
def test_a_queue_finds_its_environment(written: str, name: str) -> None:
    (found,) = setup(queue(written, name)).job_queues
    assert [used.id for used in found.known_environments] == ["Environment"]


@pytest.mark.parametrize(
    "written",
    [
        "others",
        "arn:aws:batch:eu-west-1:123456789012:compute-environment/others",
        "!ImportValue environment",
        "!Sub '${AWS::StackName}-nodes'",
        "!Ref Queue",
    ],
)
def test_an_environment_elsewhere_stays_unknown(written: str) -> None:
    read = setup(queue(written))
    assert not read.job_queues[0].shows_all_environments
    assert [known.id for known in read.compute_environments] == ["Environment"]


def test_resources_that_a_macro_writes_are_no_finding() -> None:
    read = setup("""
    Resources:
      Queue: {Type: "AWS::Batch::JobQueue", Properties: {Fn::Transform: {Name: AWS::Include}}}
      Job: {Type: "AWS::Batch::JobDefinition", Properties: !ImportValue all}
    """)
    assert read.job_definitions == ()
    assert read.job_queues[0].environments is UNKNOWN


SHARED = """
Parameters: {Other: {Type: String}}
Resources:
  Fair:
    Type: AWS::Batch::SchedulingPolicy
    Properties: {FairsharePolicy: {ShareDecaySeconds: 600}}
  Quota:
    Type: AWS::Batch::SchedulingPolicy
    Properties: {QuotaSharePolicy: {IdleResourceAssignmentStrategy: FIFO}}
  Queue:
    Type: AWS::Batch::JobQueue
    Properties: {Priority: 1, JobQueueType: ecs, SchedulingPolicyArn: !Ref POLICY}
"""


@pytest.mark.parametrize(
    ("policy", "fair", "quota"),
    [("Fair", True, False), ("Quota", UNKNOWN, True), ("Other", UNKNOWN, UNKNOWN)],
)
def test_a_queue_has_the_kind_of_its_policy(policy: str, fair: object, quota: object) -> None:
    (queue,) = setup(SHARED.replace("POLICY", policy)).job_queues
    assert (queue.has_fair_share, queue.has_quota_shares, queue.type) == (fair, quota, "ECS")


def test_a_quota_share_is_of_the_queue_that_it_refers_to() -> None:
    shares = """
    Conditions: {Perhaps: !Equals [!Ref AWS::AccountId, "1"]}
    Resources:
      Share: {Type: AWS::Batch::QuotaShare, Properties: {JobQueue: !Ref Shared}}
      Maybe:
        Type: AWS::Batch::QuotaShare
        Condition: Perhaps
        Properties: {JobQueue: !Ref Plain}
      Plain: {Type: AWS::Batch::JobQueue, Properties: {Priority: 1}}
      Shared: {Type: AWS::Batch::JobQueue, Properties: {Priority: 1}}
    """
    plain, shared = sorted(setup(shares).job_queues, key=lambda queue: queue.id)
    assert (plain.has_quota_shares, shared.has_quota_shares) == (False, True)


def test_an_environment_has_its_delay_and_its_insights() -> None:
    (found,) = setup("""
    Resources:
      Nodes:
        Type: AWS::Batch::ComputeEnvironment
        Properties:
          Type: MANAGED
          EcsSettings: {ContainerInsights: enhanced}
          ComputeResources: {ScalingPolicy: {MinScaleDownDelayMinutes: "30"}}
    """).compute_environments
    assert (found.scale_down_delay_minutes, found.container_insights) == (30, "ENHANCED")


CONSUMING = """
Resources:
  Licenses:
    Type: AWS::Batch::ConsumableResource
    Properties: {ResourceType: replenishable, TotalQuantity: "4"}
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: multinode
      ConsumableResourceProperties:
        ConsumableResourceList: [{ConsumableResource: licenses, Quantity: 1}]
      NodeProperties:
        NodeRangeProperties:
          - TargetNodes: "0:"
            ConsumableResourceProperties:
              ConsumableResourceList: [{ConsumableResource: WRITTEN, Quantity: 2}]
"""


@pytest.mark.parametrize("written", ["!Ref Licenses", "!GetAtt Licenses.ConsumableResourceArn"])
def test_a_job_finds_its_consumable_resource(written: str) -> None:
    (job,) = setup(CONSUMING.replace("WRITTEN", written)).job_definitions
    of_job, of_group = job.consumables
    (name,), (found,) = of_job.requirements, of_group.requirements
    assert name is not UNKNOWN
    assert (name.name, name.quantity, name.resource) == ("licenses", 1, UNKNOWN)
    assert of_group.group == job.known_node_groups[0].path
    assert found is not UNKNOWN
    assert (found.name, found.quantity) == (UNKNOWN, 2)
    assert found.resource is not UNKNOWN
    assert (found.resource.id, found.resource.total_quantity) == ("Licenses", 4)
    assert found.resource.type == "REPLENISHABLE"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("!Sub 'licenses-${AWS::Region}'", "licenses-${AWS::Region}"),
        ("!Sub '${AWS::Region}-licenses'", UNKNOWN),
        ("!Sub 'a${AWS::Region}'", UNKNOWN),
        ("!Sub 'arn:${AWS::Partition}:batch:x:1:consumable-resource/licenses'", UNKNOWN),
    ],
)
def test_the_start_of_a_name_shows_that_it_is_no_arn(written: str, name: object) -> None:
    (job,) = setup(CONSUMING.replace("WRITTEN", written)).job_definitions
    (found,) = job.consumables[1].requirements
    assert found is not UNKNOWN
    assert found.name == name


@pytest.mark.parametrize("written", ["!ImportValue licenses", "!Ref Job"])
def test_another_consumable_resource_stays_unknown(written: str) -> None:
    (job,) = setup(CONSUMING.replace("WRITTEN", written)).job_definitions
    (found,) = job.consumables[1].requirements
    assert found is not UNKNOWN
    assert (found.name, found.resource) == (UNKNOWN, UNKNOWN)


def test_a_parameter_names_one_role_and_a_conditional_size_counts_what_is_certain() -> None:
    (job,) = setup(
        """
        Parameters: {Role: {Type: String}, Stage: {Type: String}}
        Conditions: {IsLarge: !Equals [!Ref Stage, large]}
        Resources:
          Job:
            Type: AWS::Batch::JobDefinition
            Properties:
              Type: multinode
              Tags: {a: !If [IsLarge, b, !Ref AWS::NoValue]}
              NodeProperties:
                NodeRangeProperties:
                  - Container: {JobRoleArn: !Ref Role, ExecutionRoleArn: !Ref Role}
        """
    ).job_definitions
    (group,) = job.known_node_groups
    assert group.job_role == group.execution_role != UNKNOWN
    assert job.size == len(
        '{"Type":"multinode","Tags":{},"NodeProperties":{"NodeRangeProperties":'
        '[{"Container":{"JobRoleArn":0,"ExecutionRoleArn":0}}]}}'
    )
