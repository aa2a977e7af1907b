"""Property names of AWS Batch resources.

Under each structure are its members: a name, then ``:Structure`` if its value or each element of
it is a structure (``:`` alone if that has the same name), ``=Words`` if it takes enumerated values,
``!`` if an empty text identifies nothing, and ``*`` if the API requires it and no rule of its own
checks that. Names that only the API has are included: CloudFormation may support them next.

Source: CloudFormation resource schemas of AWS::Batch; AWS Batch API.
"""

BATCH = """
ComputeEnvironment
    ComputeEnvironmentName ComputeResources:* Context EcsSettings: EksConfiguration:
    ReplaceComputeEnvironment ServiceRole State=State Tags Type=Management* UnmanagedvCpus
    UpdatePolicy:
ComputeResources
    AllocationStrategy=AllocationStrategy BidPercentage CapacityTags DesiredvCpus
    Ec2Configuration:Ec2ConfigurationObject Ec2KeyPair ImageId InstanceRole! InstanceTypes!*
    LaunchTemplate:LaunchTemplateSpecification ManagedInstancesProvider: MaxvCpus* MinvCpus
    PlacementGroup ScalingPolicy:ComputeScalingPolicy SecurityGroupIds! SpotIamFleetRole
    Subnets!* Tags Type=ComputeType* UpdateToLatestImageVersion
Ec2ConfigurationObject
    BatchImageStatus ImageIdOverride ImageKubernetesVersion ImageType*
LaunchTemplateSpecification
    LaunchTemplateId LaunchTemplateName Overrides:LaunchTemplateSpecificationOverride
    UserdataType=UserdataType Version=Version
LaunchTemplateSpecificationOverride
    LaunchTemplateId LaunchTemplateName TargetInstanceTypes UserdataType=UserdataType
    Version=Version
ManagedInstancesProvider
    InfrastructureOptimization: InfrastructureRoleArn InstanceLaunchTemplate:
    PropagateTags=TagSource
InfrastructureOptimization
    ScaleInAfter
InstanceLaunchTemplate
    CapacityOptionType=CapacityOption CapacityReservations: Ec2InstanceProfileArn FipsEnabled
    InstanceMetadataTagsPropagation InstanceRequirements:
    LocalStorageConfiguration:ManagedInstancesLocalStorageConfiguration Monitoring
    NetworkConfiguration:ManagedInstancesNetworkConfiguration
    StorageConfiguration:ManagedInstancesStorageConfiguration
CapacityReservations
    ReservationGroupArn ReservationPreference
InstanceRequirements
    AllowedInstanceTypes
ManagedInstancesLocalStorageConfiguration
    UseLocalStorage
ManagedInstancesNetworkConfiguration
    SecurityGroups Subnets
ManagedInstancesStorageConfiguration
    StorageSizeGiB
ComputeScalingPolicy
    MinScaleDownDelayMinutes
EcsSettings
    ContainerInsights=ContainerInsights
EksConfiguration
    AccessEntry:EksAccessEntry EksClusterArn* KubernetesNamespace
EksAccessEntry
    DesiredState=AccessEntryState Status
UpdatePolicy
    JobExecutionTimeoutMinutes TerminateJobsOnUpdate
JobQueue
    ComputeEnvironmentOrder: JobQueueName JobQueueType=JobQueueType
    JobStateTimeLimitActions:JobStateTimeLimitAction Priority* SchedulingPolicyArn
    ServiceEnvironmentOrder: State=State Tags
ComputeEnvironmentOrder
    ComputeEnvironment!* Order*
JobStateTimeLimitAction
    Action MaxTimeSeconds Reason State
ServiceEnvironmentOrder
    Order ServiceEnvironment
JobDefinition
    ConsumableResourceProperties: ContainerProperties: EcsProperties: EksProperties:
    JobDefinitionName NodeProperties: Parameters PlatformCapabilities=PlatformCapability
    PropagateTags ResourceRetentionPolicy: RetryStrategy: SchedulingPriority Tags
    Timeout:JobTimeout Type
ConsumableResourceProperties
    ConsumableResourceList:ConsumableResourceRequirement
ConsumableResourceRequirement
    ConsumableResource Quantity
ContainerProperties
    Command EnableExecuteCommand Environment: EphemeralStorage: ExecutionRoleArn!
    FargatePlatformConfiguration Image! InstanceType JobRoleArn! LinuxParameters:
    LogConfiguration: Memory MountPoints:MountPoint NetworkConfiguration: Privileged
    ReadonlyRootFilesystem RepositoryCredentials: ResourceRequirements:ResourceRequirement
    RuntimePlatform: Secrets:Secret Ulimits:Ulimit User Vcpus Volumes:Volume
Environment
    Name Value
EphemeralStorage
    SizeInGiB
LinuxParameters
    Devices:Device InitProcessEnabled MaxSwap SharedMemorySize Swappiness Tmpfs:
Device
    ContainerPath HostPath* Permissions=DevicePermission
Tmpfs
    ContainerPath* MountOptions Size*
LogConfiguration
    LogDriver=LogDriver* Options SecretOptions:Secret
Secret
    Name* ValueFrom!*
MountPoint
    ContainerPath ReadOnly SourceVolume
NetworkConfiguration
    AssignPublicIp=Switch
RepositoryCredentials
    CredentialsParameter*
ResourceRequirement
    Type=ResourceType* Value*
RuntimePlatform
    CpuArchitecture=CpuArchitecture OperatingSystemFamily
Ulimit
    HardLimit* Name* SoftLimit*
Volume
    EfsVolumeConfiguration: Host: Name S3FilesVolumeConfiguration:
    S3filesVolumeConfiguration:S3FilesVolumeConfiguration
EfsVolumeConfiguration
    AuthorizationConfig:EfsAuthorizationConfig FileSystemId!* RootDirectory
    TransitEncryption=Switch TransitEncryptionPort
EfsAuthorizationConfig
    AccessPointId Iam=Switch
Host
    SourcePath
S3FilesVolumeConfiguration
    AccessPointArn FileSystemArn RootDirectory TransitEncryptionPort
EcsProperties
    TaskProperties:EcsTaskProperties
EcsTaskProperties
    Containers:TaskContainerProperties EnableExecuteCommand EphemeralStorage: ExecutionRoleArn!
    IpcMode=IpcMode NetworkConfiguration: NetworkMode=NetworkMode PidMode=PidMode
    PlatformVersion RuntimePlatform: TaskRoleArn! Volumes:Volume
TaskContainerProperties
    Command DependsOn:TaskContainerDependency Environment: Essential FirelensConfiguration
    Image! LinuxParameters: LogConfiguration: MountPoints:MountPoint Name Privileged
    ReadonlyRootFilesystem RepositoryCredentials: ResourceRequirements:ResourceRequirement
    Secrets:Secret StartTimeout StopTimeout Ulimits:Ulimit User
TaskContainerDependency
    Condition ContainerName
EksProperties
    PodProperties:EksPodProperties
EksPodProperties
    Containers:EksContainer DnsPolicy=DnsPolicy HostNetwork ImagePullSecrets:ImagePullSecret
    InitContainers:EksContainer Metadata:EksMetadata SecurityContext ServiceAccountName
    ShareProcessNamespace Volumes:EksVolume
EksContainer
    Args Command Env:EksContainerEnvironmentVariable Image! ImagePullPolicy=ImagePullPolicy Name
    Resources:EksContainerResourceRequirements SecurityContext:EksContainerSecurityContext
    VolumeMounts:EksContainerVolumeMount
EksContainerEnvironmentVariable
    Name Value
EksContainerResourceRequirements
    Limits Requests
EksContainerSecurityContext
    AllowPrivilegeEscalation Capabilities Privileged ReadOnlyRootFilesystem RunAsGroup
    RunAsNonRoot RunAsUser SeccompProfile
EksContainerVolumeMount
    MountPath Name ReadOnly SubPath
ImagePullSecret
    Name
EksMetadata
    Annotations Labels Namespace
EksVolume
    EmptyDir:EksEmptyDir HostPath:EksHostPath Name*
    PersistentVolumeClaim:EksPersistentVolumeClaim Secret:EksSecret
EksEmptyDir
    Medium SizeLimit
EksHostPath
    Path
EksPersistentVolumeClaim
    ClaimName ReadOnly
EksSecret
    Optional SecretName
NodeProperties
    MainNode NodeRangeProperties:NodeRangeProperty NumNodes
NodeRangeProperty
    ConsumableResourceProperties: Container:MultiNodeContainerProperties
    EcsProperties:MultiNodeEcsProperties EksProperties: InstanceTypes TargetNodes
MultiNodeContainerProperties
    Command EnableExecuteCommand Environment: EphemeralStorage: ExecutionRoleArn!
    FargatePlatformConfiguration Image! InstanceType JobRoleArn! LinuxParameters:
    LogConfiguration: Memory MountPoints:MountPoint NetworkConfiguration: Privileged
    ReadonlyRootFilesystem RepositoryCredentials: ResourceRequirements:ResourceRequirement
    RuntimePlatform: Secrets:Secret Ulimits:Ulimit User Vcpus Volumes:Volume
MultiNodeEcsProperties
    TaskProperties:MultiNodeEcsTaskProperties
MultiNodeEcsTaskProperties
    Containers:TaskContainerProperties EnableExecuteCommand EphemeralStorage: ExecutionRoleArn!
    IpcMode=IpcMode NetworkConfiguration: NetworkMode=NetworkMode PidMode=PidMode
    PlatformVersion RuntimePlatform: TaskRoleArn! Volumes:Volume
ResourceRetentionPolicy
    SkipDeregisterOnUpdate
RetryStrategy
    Attempts EvaluateOnExit:
EvaluateOnExit
    Action OnExitCode OnReason OnStatusReason
JobTimeout
    AttemptDurationSeconds
SchedulingPolicy
    FairsharePolicy: Name QuotaSharePolicy: Tags
FairsharePolicy
    ComputeReservation ShareDecaySeconds ShareDistribution:ShareAttributes
ShareAttributes
    ShareIdentifier* WeightFactor
QuotaSharePolicy
    IdleResourceAssignmentStrategy=IdleResourceStrategy
"""
