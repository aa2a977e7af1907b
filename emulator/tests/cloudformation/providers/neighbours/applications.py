"""Stacks of applications and their data, each before and after a change."""

from __future__ import annotations

from cloudformation.providers.neighbours.parts import of, policy, ref, tags
from templates import Resources, network


def tables(version: int) -> Resources:
    key = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
    names = ["id", "kind", *(["owner"] if version == 2 else [])]
    common = {
        **key,
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": f"by-{name}",
                "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for name in names[1:]
        ],
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": version == 1},
    }
    replica = {
        "Region": "us-east-1",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": version == 1},
        "Tags": tags(f"v{version}"),
    }
    return {
        "Table": of("AWS::DynamoDB::Table", **common, Tags=tags(f"v{version}")),
        "Global": of("AWS::DynamoDB::GlobalTable", **common, Replicas=[replica]),
    }


def buckets(version: int) -> Resources:
    expiry = {"Status": "Enabled", "ExpirationInDays": 10 * version, "Id": "old"}
    algorithm = "AES256" if version == 1 else "aws:kms"
    default = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    return {
        "Logs": of(
            "AWS::S3::Bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        "Bucket": of(
            "AWS::S3::Bucket",
            LifecycleConfiguration={"Rules": [expiry]},
            BucketEncryption={"ServerSideEncryptionConfiguration": [default]},
            LoggingConfiguration={"DestinationBucketName": ref("Logs"), "LogFilePrefix": "own/"},
            PublicAccessBlockConfiguration={"BlockPublicAcls": True},
            Tags=tags(f"v{version}"),
            **(
                {
                    "VersioningConfiguration": {"Status": "Enabled"},
                    "CorsConfiguration": {
                        "CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]
                    },
                }
                if version == 2
                else {}
            ),
        ),
    }


def keys(version: int) -> Resources:
    content = {
        "schemaVersion": "2.2",
        "description": f"v{version}",
        "mainSteps": [
            {"action": "aws:runShellScript", "name": "a", "inputs": {"runCommand": ["ls"]}}
        ],
    }
    return {
        "Key": of(
            "AWS::KMS::Key",
            KeyPolicy=policy("kms:*"),
            EnableKeyRotation=version == 1,
            Description=f"v{version}",
            Tags=tags(f"v{version}"),
        ),
        "Alias": of("AWS::KMS::Alias", AliasName="alias/own", TargetKeyId=ref("Key")),
        "Secret": of("AWS::SecretsManager::Secret", GenerateSecretString={}),
        "Readers": of(
            "AWS::SecretsManager::ResourcePolicy",
            SecretId=ref("Secret"),
            ResourcePolicy=policy("secretsmanager:GetSecretValue"),
        ),
        "Rotation": of(
            "AWS::SecretsManager::RotationSchedule",
            SecretId=ref("Secret"),
            RotationRules={"AutomaticallyAfterDays": 30 * version},
        ),
        "Document": of("AWS::SSM::Document", Content=content, DocumentType="Command"),
        "Window": of(
            "AWS::SSM::MaintenanceWindow",
            Name="weekly",
            Schedule="rate(7 days)",
            Duration=2,
            Cutoff=1,
            AllowUnassociatedTargets=True,
        ),
    }


def governance(version: int) -> Resources:
    limit = {"Amount": 100 * version, "Unit": "USD"}
    budget = {
        "BudgetName": "month",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": limit,
    }
    rule = {
        "RuleName": "daily",
        "TargetBackupVault": ref("Vault"),
        "ScheduleExpression": "cron(0 5 * * ? *)",
    }
    query = {
        "ResourceTypeFilters": ["AWS::AllSupported"],
        "TagFilters": [{"Key": "team", "Values": ["own"]}],
    }
    return {
        "Budget": of("AWS::Budgets::Budget", Budget=budget),
        "Vault": of("AWS::Backup::BackupVault", BackupVaultName="own"),
        "Plan": of(
            "AWS::Backup::BackupPlan",
            BackupPlan={"BackupPlanName": "daily", "BackupPlanRule": [rule]},
        ),
        "Group": of(
            "AWS::ResourceGroups::Group",
            Name="team",
            Description=f"v{version}",
            ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": query},
        ),
        "Rule": of(
            "AWS::Config::ConfigRule",
            Description=f"v{version}",
            Source={"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
        ),
        "Detector": of("AWS::GuardDuty::Detector", Enable=version == 1),
        "Firewall": of(
            "AWS::WAFv2::WebACL",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={
                "CloudWatchMetricsEnabled": False,
                "SampledRequestsEnabled": False,
                "MetricName": "own",
            },
        ),
    }


def names(version: int) -> Resources:
    return {
        "Vpc": network()["Vpc"],
        "Private": of(
            "AWS::Route53::HostedZone",
            Name="corp.internal.",
            VPCs=[{"VPCId": ref("Vpc"), "VPCRegion": "us-east-1"}],
        ),
        "Public": of(
            "AWS::Route53::HostedZone",
            Name="example.org.",
            HostedZoneConfig={"Comment": f"v{version}"},
            HostedZoneTags=tags(f"v{version}"),
        ),
        "Record": of(
            "AWS::Route53::RecordSet",
            HostedZoneId=ref("Private"),
            Name="a.corp.internal.",
            Type="A",
            TTL="60",
            ResourceRecords=[f"10.0.0.{version}"],
        ),
        "Certificate": of(
            "AWS::CertificateManager::Certificate",
            DomainName="www.example.org",
            ValidationMethod="DNS",
            Tags=tags(f"v{version}"),
        ),
        "Namespace": of(
            "AWS::ServiceDiscovery::PrivateDnsNamespace", Name="svc.local", Vpc=ref("Vpc")
        ),
    }


def services(version: int) -> Resources:
    container = {"Name": "web", "Image": f"web:{version}", "Memory": 128}
    return {
        **network(),
        "Other": of(
            "AWS::EC2::Subnet",
            VpcId=ref("Vpc"),
            CidrBlock="10.0.32.0/20",
            AvailabilityZone="us-east-1b",
        ),
        "Cluster": of("AWS::ECS::Cluster", Tags=tags(f"v{version}")),
        "Task": of("AWS::ECS::TaskDefinition", Family="web", ContainerDefinitions=[container]),
        "Service": of(
            "AWS::ECS::Service",
            Cluster=ref("Cluster"),
            TaskDefinition=ref("Task"),
            DesiredCount=version,
        ),
        "Balancer": of(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            Subnets=[ref("Subnet"), ref("Other")],
            Type="network",
            Scheme="internal",
            Tags=tags(f"v{version}"),
        ),
        "Targets": of(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            VpcId=ref("Vpc"),
            Port=443,
            Protocol="TCP",
            HealthCheckIntervalSeconds=10 * version,
        ),
        "Listener": of(
            "AWS::ElasticLoadBalancingV2::Listener",
            LoadBalancerArn=ref("Balancer"),
            Port=443,
            Protocol="TCP",
            DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("Targets")}],
        ),
    }


def databases(version: int) -> Resources:
    return {
        **network(),
        "Subnets": of(
            "AWS::RDS::DBSubnetGroup",
            DBSubnetGroupDescription=f"v{version}",
            SubnetIds=[ref("Subnet")],
        ),
        "Secret": of(
            "AWS::SecretsManager::Secret",
            GenerateSecretString={
                "SecretStringTemplate": '{"username": "admin"}',
                "GenerateStringKey": "password",
            },
        ),
        "Database": of(
            "AWS::RDS::DBInstance",
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage="20",
            MasterUsername="root",
            MasterUserPassword="not-a-secret",
            DBSubnetGroupName=ref("Subnets"),
            VPCSecurityGroups=[{"Fn::GetAtt": ["Group", "GroupId"]}],
            BackupRetentionPeriod=version,
        ),
        "Attached": of(
            "AWS::SecretsManager::SecretTargetAttachment",
            SecretId=ref("Secret"),
            TargetId=ref("Database"),
            TargetType="AWS::RDS::DBInstance",
        ),
        "Catalog": of(
            "AWS::Glue::Database",
            CatalogId={"Ref": "AWS::AccountId"},
            DatabaseInput={"Name": "lake", "Description": f"v{version}"},
        ),
        "Queries": of("AWS::Athena::WorkGroup", Name="team", Description=f"v{version}"),
    }


def apis(version: int) -> Resources:
    api = {"RestApiId": ref("Api")}
    method = {**api, "ResourceId": ref("Path"), "HttpMethod": "GET", "AuthorizationType": "NONE"}
    return {
        "Users": of(
            "AWS::Cognito::UserPool",
            AutoVerifiedAttributes=["email"][: 2 - version],
        ),
        "Client": of("AWS::Cognito::UserPoolClient", UserPoolId=ref("Users")),
        "Group": of(
            "AWS::Cognito::UserPoolGroup",
            UserPoolId=ref("Users"),
            GroupName="admins",
            Description=f"v{version}",
        ),
        "Api": of("AWS::ApiGateway::RestApi", Name="own"),
        "Path": of(
            "AWS::ApiGateway::Resource",
            **api,
            ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]},
            PathPart="x",
        ),
        "Method": of("AWS::ApiGateway::Method", **method, Integration={"Type": "MOCK"}),
        "Deployment": {**of("AWS::ApiGateway::Deployment", **api), "DependsOn": "Method"},
        "Stage": of(
            "AWS::ApiGateway::Stage", **api, DeploymentId=ref("Deployment"), StageName="prod"
        ),
        "Http": of("AWS::ApiGatewayV2::Api", Name=f"v{version}", ProtocolType="HTTP"),
    }
