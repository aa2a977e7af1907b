"""Stacks that a platform team deploys, each before and after a change."""

from __future__ import annotations

from cloudformation.providers.neighbours.parts import arn, function, of, policy, ref, role, tags
from templates import Resources, network


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
