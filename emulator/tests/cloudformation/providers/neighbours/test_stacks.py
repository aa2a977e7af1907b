"""Ordinary stacks come, change, are rolled back and go, and leave nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudformation.providers.neighbours.parts import of
from cloudformation.providers.neighbours.stacks import STACKS, failing
from embedded import EmbeddedAws

Ids = dict[str, str]

_LISTS = (
    ("acm", "list_certificates", "CertificateSummaryList"),
    ("apigateway", "get_rest_apis", "items"),
    ("apigatewayv2", "get_apis", "Items"),
    ("athena", "list_work_groups", "WorkGroups"),
    ("backup", "list_backup_plans", "BackupPlansList"),
    ("backup", "list_backup_vaults", "BackupVaultList"),
    ("cloudwatch", "describe_alarms", "MetricAlarms"),
    ("cloudwatch", "list_dashboards", "DashboardEntries"),
    ("config", "describe_config_rules", "ConfigRules"),
    ("dynamodb", "list_tables", "TableNames"),
    ("ec2", "describe_dhcp_options", "DhcpOptions"),
    ("ec2", "describe_key_pairs", "KeyPairs"),
    ("ec2", "describe_network_acls", "NetworkAcls"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces"),
    ("ec2", "describe_volumes", "Volumes"),
    ("ec2", "describe_vpcs", "Vpcs"),
    ("elbv2", "describe_load_balancers", "LoadBalancers"),
    ("elbv2", "describe_target_groups", "TargetGroups"),
    ("events", "list_archives", "Archives"),
    ("events", "list_connections", "Connections"),
    ("events", "list_event_buses", "EventBuses"),
    ("glue", "get_databases", "DatabaseList"),
    ("guardduty", "list_detectors", "DetectorIds"),
    ("iam", "list_groups", "Groups"),
    ("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList"),
    ("iam", "list_roles", "Roles"),
    ("iam", "list_users", "Users"),
    ("kinesis", "list_streams", "StreamNames"),
    ("kms", "list_aliases", "Aliases"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings"),
    ("lambda", "list_functions", "Functions"),
    ("logs", "describe_log_groups", "logGroups"),
    ("rds", "describe_db_instances", "DBInstances"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups"),
    ("resource-groups", "list_groups", "Groups"),
    ("route53", "list_hosted_zones", "HostedZones"),
    ("s3", "list_buckets", "Buckets"),
    ("scheduler", "list_schedule_groups", "ScheduleGroups"),
    ("scheduler", "list_schedules", "Schedules"),
    ("secretsmanager", "list_secrets", "SecretList"),
    ("servicediscovery", "list_namespaces", "Namespaces"),
    ("sns", "list_subscriptions", "Subscriptions"),
    ("sns", "list_topics", "Topics"),
    ("sqs", "list_queues", "QueueUrls"),
    ("ssm", "describe_maintenance_windows", "WindowIdentities"),
    ("stepfunctions", "list_activities", "activities"),
)


def everything(aws: EmbeddedAws) -> dict[str, int]:
    return {
        f"{service} {operation}": len(getattr(aws.client(service), operation)().get(key, []))
        for service, operation, key in _LISTS
    }


@pytest.fixture(scope="module")
def existing(aws: EmbeddedAws) -> dict[str, int]:
    """How many there are; each test notes what it leaves."""
    return everything(aws)


def alarms(aws: EmbeddedAws, ids: Ids) -> Any:
    (alarm,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[ids["Alarm"]])["MetricAlarms"]
    logs, named = aws.client("logs"), {"logGroupName": ids["Logs"]}
    (found,) = logs.describe_metric_filters(**named)["metricFilters"]
    (lines,) = logs.describe_subscription_filters(**named)["subscriptionFilters"]
    return alarm["Threshold"], found["metricTransformations"], lines["filterPattern"]


def buckets(aws: EmbeddedAws, ids: Ids) -> Any:
    s3, named = aws.client("s3"), {"Bucket": ids["Bucket"]}
    try:
        cors = s3.get_bucket_cors(**named)["CORSRules"]
    except ClientError:
        cors = None
    return (
        s3.get_bucket_lifecycle_configuration(**named)["Rules"],
        s3.get_bucket_encryption(**named)["ServerSideEncryptionConfiguration"],
        s3.get_bucket_versioning(**named).get("Status") == "Enabled",
        s3.get_bucket_tagging(**named)["TagSet"],
        cors,
    )


def identities(aws: EmbeddedAws, ids: Ids) -> Any:
    iam, user, group = aws.client("iam"), {"UserName": ids["Robot"]}, {"GroupName": ids["Admins"]}
    extra = iam.get_user_policy(**user, PolicyName="extra")["PolicyDocument"]
    (key,) = iam.list_access_keys(**user)["AccessKeyMetadata"]
    return (
        extra,
        iam.get_user_policy(**user, PolicyName="own")["PolicyDocument"],
        iam.list_attached_group_policies(**group)["AttachedPolicies"],
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=ids["Oidc"])["ClientIDList"],
        key["Status"],
    )


def keys(aws: EmbeddedAws, ids: Ids) -> Any:
    kms, named = aws.client("kms"), {"KeyId": ids["Key"]}
    return (
        kms.get_key_rotation_status(**named)["KeyRotationEnabled"],
        kms.describe_key(**named)["KeyMetadata"]["Description"],
        kms.list_resource_tags(**named)["Tags"],
        aws.client("ssm").get_document(Name=ids["Document"])["Content"],
    )


def messages(aws: EmbeddedAws, ids: Ids) -> Any:
    sns, sqs = aws.client("sns"), aws.client("sqs")
    queue = sqs.get_queue_attributes(QueueUrl=ids["Queue"], AttributeNames=["All"])["Attributes"]
    sent = sns.get_subscription_attributes(SubscriptionArn=ids["Sent"])["Attributes"]
    own = sns.list_subscriptions_by_topic(TopicArn=ids["Topic"])["Subscriptions"]
    return (
        queue["VisibilityTimeout"],
        queue["DelaySeconds"],
        sent["FilterPolicy"],
        sorted(each["Endpoint"] for each in own),
        sqs.list_queue_tags(QueueUrl=ids["Queue"])["Tags"],
    )


def networks(aws: EmbeddedAws, ids: Ids) -> Any:
    ec2 = aws.client("ec2")
    (acl,) = ec2.describe_network_acls(NetworkAclIds=[ids["Acl"]])["NetworkAcls"]
    assert [each["SubnetId"] for each in acl["Associations"]] == [ids["Subnet"]]
    entries = [(each["RuleNumber"], each["Egress"], each["PortRange"]) for each in acl["Entries"]]
    (pair,) = ec2.describe_key_pairs(KeyNames=[ids["Key"]])["KeyPairs"]
    return sorted(entries, key=str), acl["Tags"], pair["Tags"]


def tables(aws: EmbeddedAws, ids: Ids) -> Any:
    dynamodb = aws.client("dynamodb")
    found = []
    for name in (ids["Table"], ids["Global"]):
        table = dynamodb.describe_table(TableName=name)["Table"]
        live = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = dynamodb.describe_continuous_backups(TableName=name)
        tags = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
        point = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        indexes = sorted(each["IndexName"] for each in table["GlobalSecondaryIndexes"])
        found.append(
            (
                indexes,
                live["TimeToLiveStatus"],
                point["PointInTimeRecoveryStatus"],
                tags,
                table["StreamSpecification"],
            )
        )
    return found


def ids_only(aws: EmbeddedAws, ids: Ids) -> Any:
    # A policy of scaling is created anew, and its ID is not its name.
    return {name: physical_id for name, physical_id in ids.items() if name != "Scaling"}


DESCRIBED: dict[str, Callable[[EmbeddedAws, Ids], Any]] = {
    module.__name__: module
    for module in (alarms, buckets, identities, keys, messages, networks, tables)
}


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_comes_changes_is_rolled_back_and_goes(
    aws: EmbeddedAws, existing: dict[str, int], name: str
) -> None:
    before, make = dict(existing), STACKS[name]
    described = DESCRIBED.get(name, ids_only)
    stack = aws.deploy(make(1))
    assert stack.failures == {}
    first, ids = described(aws, stack.resources), stack.resources
    stack.update(failing(make(2)))
    assert set(stack.failures) == {"Bad"}
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert described(aws, stack.resources) == first
    stack.update(make(2))
    assert stack.status == "UPDATE_COMPLETE", stack.reasons
    if name in DESCRIBED:
        assert described(aws, stack.resources) != first
        assert stack.resources.keys() == ids.keys()
    stack.delete()
    assert stack.status == "DELETE_COMPLETE", stack.failures
    existing.update(everything(aws))
    assert existing == before


def test_a_deleted_instance_is_still_described_as_terminated(aws: EmbeddedAws) -> None:
    # As on AWS, for an hour. So no test can count on a server without instances.
    stack = aws.deploy({"Instance": of("AWS::EC2::Instance", ImageId="ami-12c6146b")})
    named = {"InstanceIds": [stack.resources["Instance"]]}
    stack.delete()
    (reservation,) = aws.client("ec2").describe_instances(**named)["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "terminated"
