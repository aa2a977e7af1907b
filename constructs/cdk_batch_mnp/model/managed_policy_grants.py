"""What AWS managed policies grant, by path and name.

AWS may add permissions to these policies, but does not take any away.

Source: AWS Managed Policy Reference Guide.
"""

from __future__ import annotations

from cdk_batch_mnp.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """A statement that allows something.

    Attributes:
        actions: A service with its actions on each line, or ``*``.
        on: The resource.
    """

    actions: str
    on: str = "*"
    is_conditional: bool = False
    excludes_actions: bool = False


GRANTS: dict[str, tuple[Grant, ...]] = {
    "service-role/AWSBatchServiceEventTargetRole": (Grant("batch: SubmitJob"),),
    "service-role/AWSBatchServiceRole": (
        Grant("""ec2: DescribeAccountAttributes DescribeInstances DescribeInstanceStatus
            ec2: DescribeInstanceAttribute DescribeSubnets DescribeSecurityGroups
            ec2: DescribeKeyPairs DescribeImages DescribeImageAttribute
            ec2: DescribeSpotInstanceRequests DescribeSpotFleetInstances
            ec2: DescribeSpotFleetRequests DescribeSpotPriceHistory
            ec2: DescribeSpotFleetRequestHistory DescribeVpcClassicLink
            ec2: DescribeLaunchTemplateVersions CreateLaunchTemplate DeleteLaunchTemplate
            ec2: RequestSpotFleet CancelSpotFleetRequests ModifySpotFleetRequest
            ec2: TerminateInstances RunInstances
            autoscaling: DescribeAccountLimits DescribeAutoScalingGroups
            autoscaling: DescribeLaunchConfigurations DescribeAutoScalingInstances
            autoscaling: DescribeScalingActivities CreateLaunchConfiguration
            autoscaling: CreateAutoScalingGroup UpdateAutoScalingGroup SetDesiredCapacity
            autoscaling: DeleteLaunchConfiguration DeleteAutoScalingGroup CreateOrUpdateTags
            autoscaling: SuspendProcesses PutNotificationConfiguration
            autoscaling: TerminateInstanceInAutoScalingGroup
            ecs: DescribeClusters DescribeContainerInstances DescribeTaskDefinition
            ecs: DescribeTasks ListAccountSettings ListClusters ListContainerInstances
            ecs: ListTaskDefinitionFamilies ListTaskDefinitions ListTasks CreateCluster
            ecs: DeleteCluster RegisterTaskDefinition DeregisterTaskDefinition RunTask StartTask
            ecs: StopTask UpdateCluster UpdateContainerAgent DeregisterContainerInstance
            logs: CreateLogGroup CreateLogStream PutLogEvents DescribeLogGroups
            iam: GetInstanceProfile GetRole"""),
        Grant("ecs: TagResource", on="arn:aws:ecs:*:*:task/*_Batch_*"),
        Grant("iam: PassRole", is_conditional=True),
        Grant("iam: CreateServiceLinkedRole", is_conditional=True),
        Grant("ec2: CreateTags", is_conditional=True),
    ),
    "service-role/AWSLambdaBasicExecutionRole": (
        Grant("logs: CreateLogGroup CreateLogStream PutLogEvents"),
    ),
    "AWSXRayDaemonWriteAccess": (
        Grant("""xray: PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets
            xray: GetSamplingStatisticSummaries"""),
    ),
    "AdministratorAccess": (Grant("*"),),
    "AmazonEC2ContainerRegistryPowerUser": (
        Grant("""ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer
            ecr: GetRepositoryPolicy DescribeRepositories ListImages DescribeImages
            ecr: BatchGetImage GetLifecyclePolicy GetLifecyclePolicyPreview ListTagsForResource
            ecr: DescribeImageScanFindings InitiateLayerUpload UploadLayerPart
            ecr: CompleteLayerUpload PutImage"""),
    ),
    "AmazonEC2ContainerRegistryPullOnly": (
        Grant("""ecr: GetAuthorizationToken BatchGetImage GetDownloadUrlForLayer
            ecr: BatchImportUpstreamImage"""),
    ),
    "AmazonEC2ContainerRegistryReadOnly": (
        Grant("""ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer
            ecr: GetRepositoryPolicy DescribeRepositories ListImages DescribeImages
            ecr: BatchGetImage GetLifecyclePolicy GetLifecyclePolicyPreview ListTagsForResource
            ecr: DescribeImageScanFindings"""),
    ),
    "service-role/AmazonEC2ContainerServiceAutoscaleRole": (
        Grant("ecs: DescribeServices UpdateService"),
        Grant("cloudwatch: DescribeAlarms PutMetricAlarm"),
    ),
    "service-role/AmazonEC2ContainerServiceRole": (
        Grant("""ec2: AuthorizeSecurityGroupIngress Describe*
            elasticloadbalancing: DeregisterInstancesFromLoadBalancer DeregisterTargets
            elasticloadbalancing: Describe* RegisterInstancesWithLoadBalancer RegisterTargets"""),
    ),
    "service-role/AmazonEC2ContainerServiceforEC2Role": (
        Grant("""ec2: DescribeTags
            ecs: CreateCluster DeregisterContainerInstance DiscoverPollEndpoint Poll
            ecs: RegisterContainerInstance StartTelemetrySession UpdateContainerInstancesState
            ecs: Submit*
            ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer
            ecr: BatchGetImage
            logs: CreateLogStream PutLogEvents"""),
        Grant("ecs: TagResource", is_conditional=True),
        Grant("ecs: ListTagsForResource", on="arn:aws:ecs:*:*:task/*/*"),
        Grant("ecs: ListTagsForResource", on="arn:aws:ecs:*:*:container-instance/*/*"),
    ),
    "service-role/AmazonECSTaskExecutionRolePolicy": (
        Grant("""ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer
            ecr: BatchGetImage
            logs: CreateLogStream PutLogEvents"""),
    ),
    "AmazonElasticFileSystemClientFullAccess": (
        Grant(
            """elasticfilesystem: ClientMount ClientRootAccess ClientWrite DescribeMountTargets"""
        ),
    ),
    "AmazonElasticFileSystemClientReadOnlyAccess": (
        Grant("elasticfilesystem: ClientMount DescribeMountTargets"),
    ),
    "AmazonElasticFileSystemClientReadWriteAccess": (
        Grant("""elasticfilesystem: ClientMount ClientWrite DescribeMountTargets"""),
    ),
    "AmazonFSxReadOnlyAccess": (Grant("fsx: Describe* ListTagsForResource"),),
    "AmazonS3FullAccess": (
        Grant("""s3: *
            s3-object-lambda: *"""),
    ),
    "AmazonS3ReadOnlyAccess": (
        Grant("""s3: Get* List* Describe*
            s3-object-lambda: Get* List*"""),
    ),
    "AmazonSQSFullAccess": (Grant("sqs: *"),),
    "AmazonSSMManagedInstanceCore": (
        Grant("""ssm: DescribeAssociation GetDeployablePatchSnapshotForInstance GetDocument
            ssm: DescribeDocument GetManifest GetParameter GetParameters ListAssociations
            ssm: ListInstanceAssociations PutInventory PutComplianceItems
            ssm: PutConfigurePackageResult UpdateAssociationStatus
            ssm: UpdateInstanceAssociationStatus UpdateInstanceInformation"""),
        Grant("""ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel
            ssmmessages: OpenDataChannel"""),
        Grant("""ec2messages: AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages
            ec2messages: SendReply"""),
    ),
    "AmazonSSMReadOnlyAccess": (Grant("ssm: Describe* Get* List*"),),
    "CloudWatchAgentServerPolicy": (
        Grant("""cloudwatch: PutMetricData
            ec2: DescribeVolumes DescribeTags
            logs: PutLogEvents PutRetentionPolicy DescribeLogStreams DescribeLogGroups
            logs: CreateLogStream CreateLogGroup
            xray: PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets
            xray: GetSamplingStatisticSummaries"""),
        Grant("ssm: GetParameter", on="arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*"),
    ),
    "CloudWatchLogsFullAccess": (
        Grant("""logs: *
            cloudwatch: GenerateQuery GenerateQueryResultsSummary
            observabilityadmin: GetS3TableIntegration ListS3TableIntegrations
            observabilityadmin: ListTelemetryPipelines"""),
    ),
    "PowerUserAccess": (
        Grant(
            """iam: *
            organizations: *
            account: *""",
            excludes_actions=True,
        ),
        Grant("""account: GetAccountInformation GetGovCloudAccountInformation GetPrimaryEmail
            account: ListRegions
            iam: CreateServiceLinkedRole DeleteServiceLinkedRole ListRoles
            organizations: DescribeEffectivePolicy DescribeOrganization"""),
    ),
    "SecretsManagerReadWrite": (
        Grant("""secretsmanager: *
            cloudformation: CreateChangeSet DescribeChangeSet DescribeStackResource
            cloudformation: DescribeStacks ExecuteChangeSet
            docdb-elastic: GetCluster ListClusters
            ec2: DescribeSecurityGroups DescribeSubnets DescribeVpcs
            kms: DescribeKey ListAliases ListKeys
            lambda: ListFunctions
            rds: DescribeDBClusters DescribeDBInstances
            redshift: DescribeClusters
            redshift-serverless: ListWorkgroups GetNamespace
            tag: GetResources"""),
        Grant(
            """lambda: AddPermission CreateFunction GetFunction InvokeFunction
            lambda: UpdateFunctionConfiguration""",
            on="arn:aws:lambda:*:*:function:SecretsManager*",
        ),
        Grant(
            """serverlessrepo: CreateCloudFormationChangeSet GetApplication""",
            on="arn:aws:serverlessrepo:*:*:applications/SecretsManager*",
        ),
        Grant("s3: GetObject", on="arn:aws:s3:::awsserverlessrepo-changesets*"),
        Grant("s3: GetObject", on="arn:aws:s3:::secrets-manager-rotation-apps-*/*"),
        Grant("cloudformation: TagResource UntagResource", is_conditional=True),
    ),
    "AWSBatchFullAccess": (
        Grant("""batch: *
            cloudwatch: GetMetricStatistics
            ec2: DescribeSubnets DescribeSecurityGroups DescribeKeyPairs DescribeVpcs
            ec2: DescribeImages DescribeLaunchTemplates DescribeLaunchTemplateVersions
            ecs: DescribeClusters Describe* List*
            eks: DescribeCluster ListClusters
            logs: Describe* Get* TestMetricFilter FilterLogEvents
            iam: ListInstanceProfiles ListRoles"""),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/AWSBatchServiceRole"),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/service-role/AWSBatchServiceRole"),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/ecsInstanceRole"),
        Grant("iam: PassRole", on="arn:aws:iam::*:instance-profile/ecsInstanceRole"),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/iaws-ec2-spot-fleet-role"),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/aws-ec2-spot-fleet-role"),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/AWSBatchJobRole*"),
        Grant(
            "iam: CreateServiceLinkedRole", on="arn:aws:iam::*:role/*Batch*", is_conditional=True
        ),
    ),
    "AmazonEC2FullAccess": (
        Grant("ec2: *"),
        Grant("elasticloadbalancing: *"),
        Grant("cloudwatch: *"),
        Grant("autoscaling: *"),
        Grant("iam: CreateServiceLinkedRole", is_conditional=True),
    ),
    "AmazonEC2ReadOnlyAccess": (
        Grant("ec2: Describe* GetSecurityGroupsForVpc"),
        Grant("elasticloadbalancing: Describe*"),
        Grant("cloudwatch: ListMetrics GetMetricStatistics Describe*"),
        Grant("autoscaling: Describe*"),
    ),
    "service-role/AmazonEC2RoleforSSM": (
        Grant("""ssm: DescribeAssociation GetDeployablePatchSnapshotForInstance GetDocument
            ssm: DescribeDocument GetManifest GetParameters ListAssociations
            ssm: ListInstanceAssociations PutInventory PutComplianceItems
            ssm: PutConfigurePackageResult UpdateAssociationStatus
            ssm: UpdateInstanceAssociationStatus UpdateInstanceInformation"""),
        Grant("""ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel
            ssmmessages: OpenDataChannel"""),
        Grant("""ec2messages: AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages
            ec2messages: SendReply"""),
        Grant("cloudwatch: PutMetricData"),
        Grant("ec2: DescribeInstanceStatus"),
        Grant("ds: CreateComputer DescribeDirectories"),
        Grant("""logs: CreateLogGroup CreateLogStream DescribeLogGroups DescribeLogStreams
            logs: PutLogEvents"""),
        Grant("""s3: GetBucketLocation PutObject GetObject GetEncryptionConfiguration
            s3: AbortMultipartUpload ListMultipartUploadParts ListBucket
            s3: ListBucketMultipartUploads"""),
    ),
    "service-role/AmazonEC2SpotFleetTaggingRole": (
        Grant("""ec2: DescribeImages DescribeSubnets RequestSpotInstances TerminateInstances
            ec2: DescribeInstanceStatus CreateTags RunInstances"""),
        Grant("iam: PassRole", is_conditional=True),
        Grant(
            "elasticloadbalancing: RegisterInstancesWithLoadBalancer",
            on="arn:aws:elasticloadbalancing:*:*:loadbalancer/*",
        ),
        Grant("elasticloadbalancing: RegisterTargets", on="arn:aws:elasticloadbalancing:*:*:*/*"),
    ),
    "AmazonECS_FullAccess": (
        Grant("""application-autoscaling: DeleteScalingPolicy DeregisterScalableTarget
            application-autoscaling: DescribeScalableTargets DescribeScalingActivities
            application-autoscaling: DescribeScalingPolicies PutScalingPolicy
            application-autoscaling: RegisterScalableTarget
            appmesh: DescribeVirtualGateway DescribeVirtualNode ListMeshes ListVirtualGateways
            appmesh: ListVirtualNodes
            autoscaling: CreateAutoScalingGroup CreateLaunchConfiguration DeleteAutoScalingGroup
            autoscaling: DeleteLaunchConfiguration Describe* UpdateAutoScalingGroup
            cloudformation: CreateStack DeleteStack DescribeStack* UpdateStack
            cloudwatch: DeleteAlarms DescribeAlarms GetMetricStatistics PutMetricAlarm
            codedeploy: BatchGetApplicationRevisions BatchGetApplications
            codedeploy: BatchGetDeploymentGroups BatchGetDeployments ContinueDeployment
            codedeploy: CreateApplication CreateDeployment CreateDeploymentGroup GetApplication
            codedeploy: GetApplicationRevision GetDeployment GetDeploymentConfig
            codedeploy: GetDeploymentGroup GetDeploymentTarget ListApplicationRevisions
            codedeploy: ListApplications ListDeploymentConfigs ListDeploymentGroups
            codedeploy: ListDeployments ListDeploymentTargets RegisterApplicationRevision
            codedeploy: StopDeployment
            ec2: AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupIngress
            ec2: CancelSpotFleetRequests CreateInternetGateway CreateLaunchTemplate CreateRoute
            ec2: CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc
            ec2: DeleteLaunchTemplate DeleteSubnet DeleteVpc Describe* DetachInternetGateway
            ec2: DisassociateRouteTable ModifySubnetAttribute ModifyVpcAttribute
            ec2: RequestSpotFleet RunInstances
            ecs: *
            elasticfilesystem: DescribeAccessPoints DescribeFileSystems
            elasticloadbalancing: CreateListener CreateLoadBalancer CreateRule CreateTargetGroup
            elasticloadbalancing: DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup
            elasticloadbalancing: DescribeListeners DescribeLoadBalancers DescribeRules
            elasticloadbalancing: DescribeTargetGroups
            events: DeleteRule DescribeRule ListRuleNamesByTarget ListTargetsByRule PutRule
            events: PutTargets RemoveTargets
            fsx: DescribeFileSystems
            iam: ListAttachedRolePolicies ListInstanceProfiles ListRoles
            lambda: ListFunctions
            logs: CreateLogGroup DescribeLogGroups FilterLogEvents
            route53: CreateHostedZone DeleteHostedZone GetHealthCheck GetHostedZone
            route53: ListHostedZonesByName
            servicediscovery: CreatePrivateDnsNamespace CreateService DeleteService GetNamespace
            servicediscovery: GetOperation GetService ListNamespaces ListServices UpdateService
            sns: ListTopics"""),
        Grant(
            "ssm: GetParameter GetParameters GetParametersByPath",
            on="arn:aws:ssm:*:*:parameter/aws/service/ecs*",
        ),
        Grant(
            """ec2: DeleteInternetGateway DeleteRoute DeleteRouteTable DeleteSecurityGroup""",
            is_conditional=True,
        ),
        Grant("iam: PassRole", is_conditional=True),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/ecsInfrastructureRole", is_conditional=True),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/ecsInstanceRole*", is_conditional=True),
        Grant("iam: PassRole", on="arn:aws:iam::*:role/ecsAutoscaleRole*", is_conditional=True),
        Grant("iam: CreateServiceLinkedRole", is_conditional=True),
        Grant("elasticloadbalancing: AddTags", is_conditional=True),
        Grant("cloudformation: TagResource UntagResource", is_conditional=True),
    ),
    "AmazonEKSWorkerNodePolicy": (
        Grant("""ec2: DescribeInstances DescribeInstanceTypes DescribeRouteTables
            ec2: DescribeSecurityGroups DescribeSubnets DescribeVolumes
            ec2: DescribeVolumesModifications DescribeVpcs
            eks: DescribeCluster
            eks-auth: AssumeRoleForPodIdentity"""),
    ),
    "AmazonSNSFullAccess": (
        Grant("sns: *"),
        Grant(
            """sms-voice: DescribeVerifiedDestinationNumbers CreateVerifiedDestinationNumber
            sms-voice: SendDestinationNumberVerificationCode SendTextMessage
            sms-voice: DeleteVerifiedDestinationNumber VerifyDestinationNumber
            sms-voice: DescribeAccountAttributes DescribeSpendLimits DescribePhoneNumbers
            sms-voice: SetTextMessageSpendLimitOverride DescribeOptedOutNumbers
            sms-voice: DeleteOptedOutNumber""",
            is_conditional=True,
        ),
    ),
    "AmazonSSMFullAccess": (
        Grant("""cloudwatch: PutMetricData
            ds: CreateComputer DescribeDirectories
            ec2: DescribeInstanceStatus
            logs: *
            ssm: *
            ec2messages: *"""),
        Grant(
            "iam: CreateServiceLinkedRole",
            on="arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*",
            is_conditional=True,
        ),
        Grant(
            """iam: DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus""",
            on="arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*",
        ),
        Grant("""ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel
            ssmmessages: OpenDataChannel"""),
    ),
    "CloudWatchFullAccess": (
        Grant("""autoscaling: Describe*
            cloudwatch: *
            logs: *
            sns: *
            iam: GetPolicy GetPolicyVersion GetRole
            oam: ListSinks"""),
        Grant(
            "iam: CreateServiceLinkedRole",
            on="arn:aws:iam::*:role/aws-service-role/events.amazonaws.com/AWSServiceRoleForCloudWatchEvents*",
            is_conditional=True,
        ),
        Grant("oam: ListAttachedLinks", on="arn:aws:oam:*:*:sink/*"),
    ),
}
