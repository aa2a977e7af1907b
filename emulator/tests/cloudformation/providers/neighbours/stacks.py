"""Small stacks of ordinary neighbours: each before and after a change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from templates import Resources, network


def role(service: str = "lambda.amazonaws.com") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document}}


def function(code: str = "def handler(event, context): return 1") -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": code},
        },
    }


def policy(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def tags(value: str) -> list[dict[str, str]]:
    return [{"Key": "team", "Value": value}]


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def of(type: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type, "Properties": properties}


def networks(version: int) -> Resources:
    entry = {
        "NetworkAclId": ref("Acl"),
        "RuleNumber": 100,
        "Protocol": 6,
        "RuleAction": "allow",
        "CidrBlock": "10.0.0.0/16",
        "PortRange": {"From": 443, "To": 443 + version},
    }
    vpc = {"VpcId": ref("Vpc")}
    return {
        **network(),
        "Acl": of("AWS::EC2::NetworkAcl", **vpc, Tags=tags(f"v{version}")),
        "Entry": of("AWS::EC2::NetworkAclEntry", **entry),
        "Out": of("AWS::EC2::NetworkAclEntry", **entry, Egress=True),
        "Association": of(
            "AWS::EC2::SubnetNetworkAclAssociation",
            SubnetId=ref("Subnet"),
            NetworkAclId=ref("Acl"),
        ),
        "Prefixes": of(
            "AWS::EC2::PrefixList",
            PrefixListName="offices",
            AddressFamily="IPv4",
            MaxEntries=2,
            Entries=[{"Cidr": "10.1.0.0/16"}],
        ),
        "Dhcp": of("AWS::EC2::DHCPOptions", DomainName="corp.example"),
        "Options": of("AWS::EC2::VPCDHCPOptionsAssociation", **vpc, DhcpOptionsId=ref("Dhcp")),
        "Key": of("AWS::EC2::KeyPair", KeyName="admins", Tags=tags(f"v{version}")),
        "Instance": of(
            "AWS::EC2::Instance",
            ImageId="ami-12c6146b",
            InstanceType="t3.micro",
            SubnetId=ref("Subnet"),
            SecurityGroupIds=[{"Fn::GetAtt": ["Group", "GroupId"]}],
            KeyName=ref("Key"),
            UserData={"Fn::Base64": "#!/bin/sh"},
            Tags=tags(f"v{version}"),
        ),
        "Volume": of("AWS::EC2::Volume", AvailabilityZone="us-east-1a", Size=10),
        "Interface": of("AWS::EC2::NetworkInterface", SubnetId=ref("Subnet")),
    }


def identities(version: int) -> Resources:
    inline = {"PolicyName": "own", "PolicyDocument": policy(f"s3:Get{version}")}
    return {
        "Admins": of(
            "AWS::IAM::Group",
            Policies=[inline],
            ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"][: 2 - version],
        ),
        "Robot": of(
            "AWS::IAM::User",
            Groups=[ref("Admins")],
            Policies=[inline],
            LoginProfile={"Password": f"Secret-{version}-Secret"},
            Tags=tags(f"v{version}"),
        ),
        "Human": of("AWS::IAM::User"),
        "Members": of(
            "AWS::IAM::UserToGroupAddition",
            GroupName=ref("Admins"),
            Users=[ref("Human")],
        ),
        "Key": of(
            "AWS::IAM::AccessKey",
            UserName=ref("Robot"),
            Status="Active" if version == 1 else "Inactive",
        ),
        "KeySecret": of(
            "AWS::SecretsManager::Secret",
            SecretString={"Fn::GetAtt": ["Key", "SecretAccessKey"]},
        ),
        "Extra": of(
            "AWS::IAM::UserPolicy",
            UserName=ref("Robot"),
            PolicyName="extra",
            PolicyDocument=policy(f"ec2:Describe{version}"),
        ),
        "Oidc": of(
            "AWS::IAM::OIDCProvider",
            Url="https://gitlab.example.com",
            ClientIdList=[f"client{version}"],
            ThumbprintList=["9" * 40],
        ),
    }


def functions(version: int) -> Resources:
    name = {"FunctionName": ref("Function")}
    target = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": {"Fn::Sub": "table/${Table}"},
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    return {
        "Role": role(),
        "Function": function(),
        "Queue": of("AWS::SQS::Queue"),
        "Mapping": of(
            "AWS::Lambda::EventSourceMapping",
            **name,
            EventSourceArn=arn("Queue"),
            BatchSize=5 * version,
        ),
        "Url": of("AWS::Lambda::Url", TargetFunctionArn=arn("Function"), AuthType="AWS_IAM"),
        "Config": of(
            "AWS::Lambda::EventInvokeConfig",
            **name,
            Qualifier="$LATEST",
            MaximumRetryAttempts=version - 1,
        ),
        "Permission": of(
            "AWS::Lambda::Permission",
            **name,
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
        ),
        "Table": of(
            "AWS::DynamoDB::Table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": version},
        ),
        "Target": of(
            "AWS::ApplicationAutoScaling::ScalableTarget",
            **target,
            MinCapacity=1,
            MaxCapacity=5 * version,
            RoleARN=arn("Role"),
        ),
        "Scaling": of(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            PolicyName="reads",
            PolicyType="TargetTrackingScaling",
            ScalingTargetId=ref("Target"),
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": 50 + version,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "DynamoDBReadCapacityUtilization"
                },
            },
        ),
        "Stream": of("AWS::Kinesis::Stream", ShardCount=1),
    }


def alarms(version: int) -> Resources:
    return {
        "Topic": of("AWS::SNS::Topic", DisplayName=f"alarms {version}", Tags=tags(f"v{version}")),
        "Alarm": of(
            "AWS::CloudWatch::Alarm",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="Errors",
            Namespace="App",
            Period=60,
            Statistic="Sum",
            Threshold=version,
            AlarmActions=[ref("Topic")],
        ),
        "Both": of(
            "AWS::CloudWatch::CompositeAlarm",
            AlarmRule={"Fn::Sub": 'ALARM("${Alarm.Arn}")'},
        ),
        "Board": of(
            "AWS::CloudWatch::Dashboard", DashboardBody=f'{{"widgets": [], "v": {version}}}'
        ),
        "Logs": of("AWS::Logs::LogGroup", RetentionInDays=7),
        "Errors": of(
            "AWS::Logs::MetricFilter",
            LogGroupName=ref("Logs"),
            FilterPattern="ERROR",
            MetricTransformations=[
                {"MetricName": f"E{version}", "MetricNamespace": "App", "MetricValue": "1"}
            ],
        ),
        "Role": role(),
        "Function": function(),
        "Lines": of(
            "AWS::Logs::SubscriptionFilter",
            LogGroupName=ref("Logs"),
            DestinationArn=arn("Function"),
            FilterPattern=f"v{version}",
        ),
        "First": of("AWS::Logs::LogStream", LogGroupName=ref("Logs"), LogStreamName="first"),
    }


def messages(version: int) -> Resources:
    return {
        "Dead": of("AWS::SQS::Queue", FifoQueue=True),
        "Fifo": of("AWS::SNS::Topic", FifoTopic=True),
        "Queue": of(
            "AWS::SQS::Queue",
            VisibilityTimeout=30 * version,
            **({"DelaySeconds": 5} if version == 1 else {}),
            Tags=tags(f"v{version}"),
        ),
        "Topic": of(
            "AWS::SNS::Topic",
            TopicName="orders",
            Subscription=[{"Protocol": "email", "Endpoint": f"a{version}@example.com"}],
        ),
        "Sent": of(
            "AWS::SNS::Subscription",
            TopicArn=ref("Topic"),
            Protocol="sqs",
            Endpoint=arn("Queue"),
            FilterPolicy={"kind": [f"v{version}"]},
        ),
        "Senders": of(
            "AWS::SQS::QueuePolicy",
            Queues=[ref("Queue")],
            PolicyDocument=policy("sqs:SendMessage"),
        ),
        "Publishers": of(
            "AWS::SNS::TopicPolicy",
            Topics=[ref("Topic")],
            PolicyDocument=policy("sns:Publish"),
        ),
    }


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


def events(version: int) -> Resources:
    auth = {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}}
    return {
        "Role": role("scheduler.amazonaws.com"),
        "FunctionRole": role(),
        "Function": {
            **function(),
            "Properties": {**function()["Properties"], "Role": arn("FunctionRole")},
        },
        "Bus": of("AWS::Events::EventBus", Name="corp"),
        "Others": of(
            "AWS::Events::EventBusPolicy",
            StatementId="others",
            EventBusName=ref("Bus"),
            Statement={
                "Effect": "Allow",
                "Principal": "*",
                "Action": "events:PutEvents",
                "Resource": arn("Bus"),
            },
        ),
        "Kept": of(
            "AWS::Events::Archive",
            ArchiveName="kept",
            SourceArn=arn("Bus"),
            RetentionDays=version,
        ),
        "Connection": of(
            "AWS::Events::Connection", AuthorizationType="API_KEY", AuthParameters=auth
        ),
        "Destination": of(
            "AWS::Events::ApiDestination",
            ConnectionArn=arn("Connection"),
            HttpMethod="POST",
            InvocationEndpoint="https://example.com",
            InvocationRateLimitPerSecond=version,
        ),
        "Group": of("AWS::Scheduler::ScheduleGroup", Name="own"),
        "Schedule": of(
            "AWS::Scheduler::Schedule",
            GroupName=ref("Group"),
            ScheduleExpression=f"rate({version + 1} hours)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn("Function"), "RoleArn": arn("Role")},
        ),
        "Activity": of("AWS::StepFunctions::Activity", Name="wait"),
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


STACKS: dict[str, Callable[[int], Resources]] = {
    make.__name__: make
    for make in (
        alarms,
        apis,
        buckets,
        databases,
        events,
        functions,
        governance,
        identities,
        keys,
        messages,
        names,
        networks,
        services,
        tables,
    )
}


def failing(resources: Resources) -> Resources:
    """Add a resource that fails once all others have been made or changed."""
    bad = of("AWS::SSM::Parameter", Type="Nonsense", Value="x")
    return {**copy.deepcopy(resources), "Bad": {**bad, "DependsOn": list(resources)}}
