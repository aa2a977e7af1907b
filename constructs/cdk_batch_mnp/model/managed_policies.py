"""AWS managed policies that the roles of AWS Batch jobs often have, and what they allow.

AWS may add permissions to these policies, but does not take any away. An AWS managed policy that is
not listed here may allow anything.

Source: AWS Managed Policy Reference Guide.
"""

from __future__ import annotations

from functools import cache

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.policy import Statement, Statements
from cdk_batch_mnp.model.spelling import spelling_of


@dataclass(frozen=True, slots=True)
class _Grant:
    """A statement that allows something.

    Attributes:
        actions: A service with its actions on each line, or ``*``.
        on: The resource.
    """

    actions: str
    on: str = "*"
    is_conditional: bool = False
    excludes_actions: bool = False


_GRANTS: dict[str, tuple[_Grant, ...]] = {
    "service-role/AWSBatchServiceEventTargetRole": (_Grant("batch: SubmitJob"),),
    "service-role/AWSBatchServiceRole": (
        _Grant("""ec2: DescribeAccountAttributes DescribeInstances DescribeInstanceStatus
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
        _Grant("ecs: TagResource", on="arn:aws:ecs:*:*:task/*_Batch_*"),
        _Grant("iam: PassRole", is_conditional=True),
        _Grant("iam: CreateServiceLinkedRole", is_conditional=True),
        _Grant("ec2: CreateTags", is_conditional=True),
    ),
    "service-role/AWSLambdaBasicExecutionRole": (
        _Grant("logs: CreateLogGroup CreateLogStream PutLogEvents"),
    ),
    "AWSXRayDaemonWriteAccess": (
        _Grant("""xray: PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets
            xray: GetSamplingStatisticSummaries"""),
    ),
    "AdministratorAccess": (_Grant("*"),),
    "AmazonEC2ContainerRegistryPowerUser": (
        _Grant("""ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer
            ecr: GetRepositoryPolicy DescribeRepositories ListImages DescribeImages
            ecr: BatchGetImage GetLifecyclePolicy GetLifecyclePolicyPreview ListTagsForResource
            ecr: DescribeImageScanFindings InitiateLayerUpload UploadLayerPart
            ecr: CompleteLayerUpload PutImage"""),
    ),
    "AmazonEC2ContainerRegistryPullOnly": (
        _Grant("""ecr: GetAuthorizationToken BatchGetImage GetDownloadUrlForLayer
            ecr: BatchImportUpstreamImage"""),
    ),
    "AmazonEC2ContainerRegistryReadOnly": (
        _Grant("""ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer
            ecr: GetRepositoryPolicy DescribeRepositories ListImages DescribeImages
            ecr: BatchGetImage GetLifecyclePolicy GetLifecyclePolicyPreview ListTagsForResource
            ecr: DescribeImageScanFindings"""),
    ),
    "service-role/AmazonEC2ContainerServiceAutoscaleRole": (
        _Grant("ecs: DescribeServices UpdateService"),
        _Grant("cloudwatch: DescribeAlarms PutMetricAlarm"),
    ),
    "service-role/AmazonEC2ContainerServiceRole": (
        _Grant("""ec2: AuthorizeSecurityGroupIngress Describe*
            elasticloadbalancing: DeregisterInstancesFromLoadBalancer DeregisterTargets
            elasticloadbalancing: Describe* RegisterInstancesWithLoadBalancer RegisterTargets"""),
    ),
    "service-role/AmazonEC2ContainerServiceforEC2Role": (
        _Grant("""ec2: DescribeTags
            ecs: CreateCluster DeregisterContainerInstance DiscoverPollEndpoint Poll
            ecs: RegisterContainerInstance StartTelemetrySession UpdateContainerInstancesState
            ecs: Submit*
            ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer
            ecr: BatchGetImage
            logs: CreateLogStream PutLogEvents"""),
        _Grant("ecs: TagResource", is_conditional=True),
        _Grant("ecs: ListTagsForResource", on="arn:aws:ecs:*:*:task/*/*"),
        _Grant("ecs: ListTagsForResource", on="arn:aws:ecs:*:*:container-instance/*/*"),
    ),
    "service-role/AmazonECSTaskExecutionRolePolicy": (
        _Grant("""ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer
            ecr: BatchGetImage
            logs: CreateLogStream PutLogEvents"""),
    ),
    "AmazonElasticFileSystemClientFullAccess": (
        _Grant(
            """elasticfilesystem: ClientMount ClientRootAccess ClientWrite DescribeMountTargets"""
        ),
    ),
    "AmazonElasticFileSystemClientReadOnlyAccess": (
        _Grant("elasticfilesystem: ClientMount DescribeMountTargets"),
    ),
    "AmazonElasticFileSystemClientReadWriteAccess": (
        _Grant("""elasticfilesystem: ClientMount ClientWrite DescribeMountTargets"""),
    ),
    "AmazonFSxReadOnlyAccess": (_Grant("fsx: Describe* ListTagsForResource"),),
    "AmazonS3FullAccess": (
        _Grant("""s3: *
            s3-object-lambda: *"""),
    ),
    "AmazonS3ReadOnlyAccess": (
        _Grant("""s3: Get* List* Describe*
            s3-object-lambda: Get* List*"""),
    ),
    "AmazonSQSFullAccess": (_Grant("sqs: *"),),
    "AmazonSSMManagedInstanceCore": (
        _Grant("""ssm: DescribeAssociation GetDeployablePatchSnapshotForInstance GetDocument
            ssm: DescribeDocument GetManifest GetParameter GetParameters ListAssociations
            ssm: ListInstanceAssociations PutInventory PutComplianceItems
            ssm: PutConfigurePackageResult UpdateAssociationStatus
            ssm: UpdateInstanceAssociationStatus UpdateInstanceInformation"""),
        _Grant("""ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel
            ssmmessages: OpenDataChannel"""),
        _Grant("""ec2messages: AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages
            ec2messages: SendReply"""),
    ),
    "AmazonSSMReadOnlyAccess": (_Grant("ssm: Describe* Get* List*"),),
    "CloudWatchAgentServerPolicy": (
        _Grant("""cloudwatch: PutMetricData
            ec2: DescribeVolumes DescribeTags
            logs: PutLogEvents PutRetentionPolicy DescribeLogStreams DescribeLogGroups
            logs: CreateLogStream CreateLogGroup
            xray: PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets
            xray: GetSamplingStatisticSummaries"""),
        _Grant("ssm: GetParameter", on="arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*"),
    ),
    "CloudWatchLogsFullAccess": (
        _Grant("""logs: *
            cloudwatch: GenerateQuery GenerateQueryResultsSummary
            observabilityadmin: GetS3TableIntegration ListS3TableIntegrations
            observabilityadmin: ListTelemetryPipelines"""),
    ),
    "PowerUserAccess": (
        _Grant(
            """iam: *
            organizations: *
            account: *""",
            excludes_actions=True,
        ),
        _Grant("""account: GetAccountInformation GetGovCloudAccountInformation GetPrimaryEmail
            account: ListRegions
            iam: CreateServiceLinkedRole DeleteServiceLinkedRole ListRoles
            organizations: DescribeEffectivePolicy DescribeOrganization"""),
    ),
    "SecretsManagerReadWrite": (
        _Grant("""secretsmanager: *
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
        _Grant(
            """lambda: AddPermission CreateFunction GetFunction InvokeFunction
            lambda: UpdateFunctionConfiguration""",
            on="arn:aws:lambda:*:*:function:SecretsManager*",
        ),
        _Grant(
            """serverlessrepo: CreateCloudFormationChangeSet GetApplication""",
            on="arn:aws:serverlessrepo:*:*:applications/SecretsManager*",
        ),
        _Grant("s3: GetObject", on="arn:aws:s3:::awsserverlessrepo-changesets*"),
        _Grant("s3: GetObject", on="arn:aws:s3:::secrets-manager-rotation-apps-*/*"),
        _Grant("cloudformation: TagResource UntagResource", is_conditional=True),
    ),
    "AWSBatchFullAccess": (
        _Grant("""batch: *
            cloudwatch: GetMetricStatistics
            ec2: DescribeSubnets DescribeSecurityGroups DescribeKeyPairs DescribeVpcs
            ec2: DescribeImages DescribeLaunchTemplates DescribeLaunchTemplateVersions
            ecs: DescribeClusters Describe* List*
            eks: DescribeCluster ListClusters
            logs: Describe* Get* TestMetricFilter FilterLogEvents
            iam: ListInstanceProfiles ListRoles"""),
        _Grant("iam: PassRole", on="arn:aws:iam::*:role/AWSBatchServiceRole"),
        _Grant("iam: PassRole", on="arn:aws:iam::*:role/service-role/AWSBatchServiceRole"),
        _Grant("iam: PassRole", on="arn:aws:iam::*:role/ecsInstanceRole"),
        _Grant("iam: PassRole", on="arn:aws:iam::*:instance-profile/ecsInstanceRole"),
        _Grant("iam: PassRole", on="arn:aws:iam::*:role/iaws-ec2-spot-fleet-role"),
        _Grant("iam: PassRole", on="arn:aws:iam::*:role/aws-ec2-spot-fleet-role"),
        _Grant("iam: PassRole", on="arn:aws:iam::*:role/AWSBatchJobRole*"),
        _Grant(
            "iam: CreateServiceLinkedRole", on="arn:aws:iam::*:role/*Batch*", is_conditional=True
        ),
    ),
    "AmazonEC2FullAccess": (
        _Grant("ec2: *"),
        _Grant("elasticloadbalancing: *"),
        _Grant("cloudwatch: *"),
        _Grant("autoscaling: *"),
        _Grant("iam: CreateServiceLinkedRole", is_conditional=True),
    ),
    "AmazonEC2ReadOnlyAccess": (
        _Grant("ec2: Describe* GetSecurityGroupsForVpc"),
        _Grant("elasticloadbalancing: Describe*"),
        _Grant("cloudwatch: ListMetrics GetMetricStatistics Describe*"),
        _Grant("autoscaling: Describe*"),
    ),
    "service-role/AmazonEC2RoleforSSM": (
        _Grant("""ssm: DescribeAssociation GetDeployablePatchSnapshotForInstance GetDocument
            ssm: DescribeDocument GetManifest GetParameters ListAssociations
            ssm: ListInstanceAssociations PutInventory PutComplianceItems
            ssm: PutConfigurePackageResult UpdateAssociationStatus
            ssm: UpdateInstanceAssociationStatus UpdateInstanceInformation"""),
        _Grant("""ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel
            ssmmessages: OpenDataChannel"""),
        _Grant("""ec2messages: AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages
            ec2messages: SendReply"""),
        _Grant("cloudwatch: PutMetricData"),
        _Grant("ec2: DescribeInstanceStatus"),
        _Grant("ds: CreateComputer DescribeDirectories"),
        _Grant("""logs: CreateLogGroup CreateLogStream DescribeLogGroups DescribeLogStreams
            logs: PutLogEvents"""),
        _Grant("""s3: GetBucketLocation PutObject GetObject GetEncryptionConfiguration
            s3: AbortMultipartUpload ListMultipartUploadParts ListBucket
            s3: ListBucketMultipartUploads"""),
    ),
    "service-role/AmazonEC2SpotFleetTaggingRole": (
        _Grant("""ec2: DescribeImages DescribeSubnets RequestSpotInstances TerminateInstances
            ec2: DescribeInstanceStatus CreateTags RunInstances"""),
        _Grant("iam: PassRole", is_conditional=True),
        _Grant(
            "elasticloadbalancing: RegisterInstancesWithLoadBalancer",
            on="arn:aws:elasticloadbalancing:*:*:loadbalancer/*",
        ),
        _Grant("elasticloadbalancing: RegisterTargets", on="arn:aws:elasticloadbalancing:*:*:*/*"),
    ),
    "AmazonECS_FullAccess": (
        _Grant("""application-autoscaling: DeleteScalingPolicy DeregisterScalableTarget
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
        _Grant(
            "ssm: GetParameter GetParameters GetParametersByPath",
            on="arn:aws:ssm:*:*:parameter/aws/service/ecs*",
        ),
        _Grant(
            """ec2: DeleteInternetGateway DeleteRoute DeleteRouteTable DeleteSecurityGroup""",
            is_conditional=True,
        ),
        _Grant("iam: PassRole", is_conditional=True),
        _Grant(
            "iam: PassRole", on="arn:aws:iam::*:role/ecsInfrastructureRole", is_conditional=True
        ),
        _Grant("iam: PassRole", on="arn:aws:iam::*:role/ecsInstanceRole*", is_conditional=True),
        _Grant("iam: PassRole", on="arn:aws:iam::*:role/ecsAutoscaleRole*", is_conditional=True),
        _Grant("iam: CreateServiceLinkedRole", is_conditional=True),
        _Grant("elasticloadbalancing: AddTags", is_conditional=True),
        _Grant("cloudformation: TagResource UntagResource", is_conditional=True),
    ),
    "AmazonEKSWorkerNodePolicy": (
        _Grant("""ec2: DescribeInstances DescribeInstanceTypes DescribeRouteTables
            ec2: DescribeSecurityGroups DescribeSubnets DescribeVolumes
            ec2: DescribeVolumesModifications DescribeVpcs
            eks: DescribeCluster
            eks-auth: AssumeRoleForPodIdentity"""),
    ),
    "AmazonSNSFullAccess": (
        _Grant("sns: *"),
        _Grant(
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
        _Grant("""cloudwatch: PutMetricData
            ds: CreateComputer DescribeDirectories
            ec2: DescribeInstanceStatus
            logs: *
            ssm: *
            ec2messages: *"""),
        _Grant(
            "iam: CreateServiceLinkedRole",
            on="arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*",
            is_conditional=True,
        ),
        _Grant(
            """iam: DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus""",
            on="arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*",
        ),
        _Grant("""ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel
            ssmmessages: OpenDataChannel"""),
    ),
    "CloudWatchFullAccess": (
        _Grant("""autoscaling: Describe*
            cloudwatch: *
            logs: *
            sns: *
            iam: GetPolicy GetPolicyVersion GetRole
            oam: ListSinks"""),
        _Grant(
            "iam: CreateServiceLinkedRole",
            on="arn:aws:iam::*:role/aws-service-role/events.amazonaws.com/AWSServiceRoleForCloudWatchEvents*",
            is_conditional=True,
        ),
        _Grant("oam: ListAttachedLinks", on="arn:aws:oam:*:*:sink/*"),
    ),
}


@cache
def _paths() -> dict[str, str]:
    return {path.rpartition("/")[2]: path for path in _GRANTS}


@cache
def managed_policy(path: str) -> Statements | None:
    """Return the statements of an AWS managed policy, ``None`` if they are not known.

    Args:
        path: Path and name (``service-role/AmazonECSTaskExecutionRolePolicy``).
    """
    grants = _GRANTS.get(path)
    return None if grants is None else tuple(_statement(grant, path) for grant in grants)


def path_of(name: str) -> str | None:
    """Return path and name of the AWS managed policy with a name, ``None`` if it is not known.

    A name in another case, or with one wrong letter, is that of the policy which it stands for.
    """
    return _paths().get(name) or _misspelt(name)


@cache
def _misspelt(name: str) -> str | None:
    names = {each.upper(): path for each, path in _paths().items()}
    right = spelling_of(tuple(names)).nearest(name.upper())
    if right is None or _digits(right) != _digits(name):
        return None
    return names[right]


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def _statement(grant: _Grant, path: str) -> Statement:
    return Statement(
        actions=tuple(_actions(grant.actions)),
        excludes_actions=grant.excludes_actions,
        resources=((grant.on,),),
        is_conditional=grant.is_conditional,
        origin=path.rpartition("/")[2],
    )


def _actions(listed: str) -> list[str]:
    if listed == "*":
        return ["*"]
    found = []
    for line in listed.splitlines():
        service, _, names = line.strip().partition(": ")
        found += [f"{service}:{name}" for name in names.split()]
    return found
