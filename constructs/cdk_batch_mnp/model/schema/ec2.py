"""Property names of EC2 launch templates and placement groups.

Under each structure are its members: a name, then ``:Structure`` if its value or each element of
it is a structure (``:`` alone if that has the same name), ``=Words`` if it takes enumerated values,
and ``!`` if an empty text identifies nothing. Names that only the API has are included:
CloudFormation may support them next.

Source: CloudFormation resource schemas of AWS::EC2::LaunchTemplate and AWS::EC2::PlacementGroup;
EC2 API, RequestLaunchTemplateData and CreatePlacementGroup.
"""

EC2 = """
LaunchTemplate
    LaunchTemplateData LaunchTemplateName TagSpecifications VersionDescription
PlacementGroup
    GroupId GroupName LinkedGroupId Operator ParentGroupId PartitionCount
    SpreadLevel=SpreadLevel Strategy TagSpecifications Tags
LaunchTemplateData
    BlockDeviceMappings:BlockDeviceMapping CapacityReservationSpecification: CpuOptions:
    CreditSpecification: DisableApiStop DisableApiTermination EbsOptimized
    ElasticGpuSpecifications ElasticInferenceAccelerators EnclaveOptions: HibernationOptions:
    IamInstanceProfile: ImageId InstanceInitiatedShutdownBehavior=ShutdownBehavior
    InstanceMarketOptions: InstanceRequirements:Ec2InstanceRequirements InstanceType KernelId
    KeyName LicenseSpecifications:LicenseSpecification MaintenanceOptions: MetadataOptions:
    Monitoring: NetworkInterfaces:NetworkInterface NetworkPerformanceOptions: Operator
    Placement: PrivateDnsNameOptions: RamDiskId SecondaryInterfaces SecurityGroupIds!
    SecurityGroups! TagSpecifications:TagSpecification UserData
BlockDeviceMapping
    DeviceName Ebs: NoDevice VirtualName
Ebs
    DeleteOnTermination EbsCardIndex Encrypted Iops KmsKeyId SnapshotId Throughput
    VolumeInitializationRate VolumeSize VolumeType=VolumeType
CapacityReservationSpecification
    CapacityReservationPreference=ReservationPreference CapacityReservationTarget:
CapacityReservationTarget
    CapacityReservationId CapacityReservationResourceGroupArn
CpuOptions
    AmdSevSnp=Ability CoreCount NestedVirtualization=Ability ThreadsPerCore
CreditSpecification
    CpuCredits=CpuCredits
EnclaveOptions
    Enabled
HibernationOptions
    Configured
IamInstanceProfile
    Arn! Name!
InstanceMarketOptions
    MarketType=MarketType SpotOptions:
SpotOptions
    BlockDurationMinutes InstanceInterruptionBehavior=Interruption MaxPrice
    SpotInstanceType=SpotInstanceType ValidUntil
Ec2InstanceRequirements
    AcceleratorCount:Bounds AcceleratorManufacturers AcceleratorNames
    AcceleratorTotalMemoryMiB:Bounds AcceleratorTypes AllowedInstanceTypes BareMetal=Inclusion
    BaselineEbsBandwidthMbps:Bounds BaselinePerformanceFactors: BurstablePerformance=Inclusion
    CpuManufacturers ExcludedInstanceTypes InstanceGenerations LocalStorage=Inclusion
    LocalStorageTypes MaxSpotPriceAsPercentageOfOptimalOnDemandPrice MemoryGiBPerVCpu:Bounds
    MemoryMiB:Bounds NetworkBandwidthGbps:Bounds NetworkInterfaceCount:Bounds
    OnDemandMaxPricePercentageOverLowestPrice RequireEncryptionInTransit
    RequireHibernateSupport
    SpotMaxPricePercentageOverLowestPrice TotalLocalStorageGB:Bounds VCpuCount:Bounds
BaselinePerformanceFactors
    Cpu
Bounds
    Max Min
LicenseSpecification
    LicenseConfigurationArn
MaintenanceOptions
    AutoRecovery=AutoRecovery
MetadataOptions
    HttpEndpoint=Ability HttpProtocolIpv6=Ability HttpPutResponseHopLimit HttpTokens=HttpTokens
    InstanceMetadataTags=Ability
Monitoring
    Enabled MetricCategoryIds
NetworkInterface
    AssociateCarrierIpAddress AssociatePublicIpAddress ConnectionTrackingSpecification:
    DeleteOnTermination Description DeviceIndex EnaQueueCount EnaSrdSpecification: Groups!
    InterfaceType=InterfaceType Ipv4PrefixCount Ipv4Prefixes:Ipv4PrefixSpecification
    Ipv6AddressCount Ipv6Addresses:Ipv6Add Ipv6PrefixCount Ipv6Prefixes:Ipv6PrefixSpecification
    NetworkCardIndex NetworkInterfaceId PrimaryIpv6 PrivateIpAddress
    PrivateIpAddresses:PrivateIpAdd SecondaryPrivateIpAddressCount SubnetId!
ConnectionTrackingSpecification
    TcpEstablishedTimeout UdpStreamTimeout UdpTimeout
EnaSrdSpecification
    EnaSrdEnabled EnaSrdUdpSpecification:
EnaSrdUdpSpecification
    EnaSrdUdpEnabled
Ipv4PrefixSpecification
    Ipv4Prefix
Ipv6Add
    Ipv6Address
Ipv6PrefixSpecification
    Ipv6Prefix
PrivateIpAdd
    Primary PrivateIpAddress
NetworkPerformanceOptions
    BandwidthWeighting=BandwidthWeighting
Placement
    Affinity AvailabilityZone AvailabilityZoneId GroupId GroupName HostId HostResourceGroupArn
    PartitionNumber SpreadDomain Tenancy=Tenancy
PrivateDnsNameOptions
    EnableResourceNameDnsAAAARecord EnableResourceNameDnsARecord HostnameType=HostnameType
TagSpecification
    ResourceType Tags
"""
