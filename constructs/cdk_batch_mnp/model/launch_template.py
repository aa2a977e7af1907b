"""EC2 launch templates, as far as the nodes of a job need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.access import Key
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.file_system import FileSystem
from cdk_batch_mnp.model.network import SecurityGroup
from cdk_batch_mnp.model.presence import same_length
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.schema.enumerations import INTERFACE_TYPES, MARKET_TYPES, TOKENS, WORDS
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Unknown
from cdk_batch_mnp.model.word_faults import WordFault, as_meant, template_faults
from cdk_batch_mnp.model.words import is_no_image, recognized

SecurityGroupOf = Callable[[Value], Maybe[SecurityGroup]]
"""Resolves an ID, or a reference in its place, to a security group."""


KeyOf = Callable[[Value], Maybe[Key]]
"""Resolves an ID, an ARN or an alias, or a reference in its place, to a KMS key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface:
    """A network interface of an instance.

    Attributes:
        interface_type: ``interface`` (the default), ``efa`` or ``efa-only``.
        security_groups: IDs as written.
        known_groups: The same groups with their rules, as far as they are known.

    Source: EC2 API, LaunchTemplateInstanceNetworkInterfaceSpecificationRequest.
    """

    device_index: Maybe[int] | None = None
    network_card_index: Maybe[int] | None = None
    interface_type: Maybe[str] | None = None
    associate_public_ip_address: Maybe[bool] | None = None
    security_groups: Maybe[tuple[Maybe[str], ...]] | None = None
    known_groups: Maybe[tuple[Maybe[SecurityGroup], ...]] = UNKNOWN

    @property
    def is_efa(self) -> Maybe[bool]:
        """Whether the interface is an Elastic Fabric Adapter."""
        if self.interface_type is UNKNOWN:
            return UNKNOWN
        return self.interface_type in ("efa", "efa-only")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDevice:
    """A volume of an instance.

    Attributes:
        is_ebs: Whether it is an EBS volume, not instance store or a suppressed mapping.
        encrypted: ``None`` if not set: the account's default applies.
        key: The KMS key that encrypts it; ``None`` for the account's default.
        volume_type: ``gp3``, ``io2``, ...; ``None`` if not set.
        size_gib: Size in GiB.
        iops: Provisioned IOPS.
        throughput: In MiB/s.

    Source: EC2 API, LaunchTemplateBlockDeviceMappingRequest.
    """

    device_name: Maybe[str] | None = None
    is_ebs: Maybe[bool] = True
    encrypted: Maybe[bool] | None = None
    key: Maybe[Key] | None = None
    volume_type: Maybe[str] | None = None
    size_gib: Maybe[int] | None = None
    iops: Maybe[int] | None = None
    throughput: Maybe[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityReservationSpecification:
    """A capacity reservation target.

    Attributes:
        reservation_id: ID of the reservation or Capacity Block.
        resource_group_arn: ARN of a group of reservations.
        zone: The reservation's Availability Zone, if it is known.

    Source: EC2 API, LaunchTemplateCapacityReservationSpecificationRequest.
    """

    preference: Maybe[str] | None = None
    reservation_id: Maybe[str] | None = None
    resource_group_arn: Maybe[str] | None = None
    zone: Maybe[str] = UNKNOWN


UNKNOWN_PART = "${...}"
"""Placeholder for an unknown part of user data."""
NAME_PART = "${name}"
"""Placeholder for a part of user data that is one word: a name, an ID or an ARN."""


class Encoding(Enum):
    """How user data is written in a launch template."""

    BASE64 = "Base64"
    NONE = "not Base64"
    GZIP = "gzip in Base64"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchTemplate(Resource):
    """A launch template.

    Attributes:
        words: Words and names that AWS does not know.
        network_interfaces: Empty if there are none.
        security_groups: Security groups outside of network interfaces.
        known_security_groups: The same groups with their rules, as far as they are known.
        file_systems: File systems that the user data names.
        http_endpoint: ``disabled`` for instances without a metadata service.
        http_tokens: ``required`` for IMDSv2 only.
        http_put_response_hop_limit: 1 to 64; containers in bridge mode are one hop further away.
        user_data: The script's text, decoded, with ``UNKNOWN_PART`` for each part that is not
            known, or ``NAME_PART`` if it is one word; ``None`` if there is none.
        encoding: How the user data is written.
        market_type: ``spot`` or ``capacity-block``; ``None`` for On-Demand.
        placement_group: Name or ID of the placement group.
        threads_per_core: 1 disables hyper-threading.

    Source: EC2 API, RequestLaunchTemplateData.
    """

    words: tuple[WordFault, ...] = ()
    network_interfaces: Maybe[tuple[Maybe[NetworkInterface], ...]] = ()
    security_groups: Maybe[tuple[Maybe[str], ...]] | None = None
    known_security_groups: Maybe[tuple[Maybe[SecurityGroup], ...]] | None = None
    file_systems: tuple[FileSystem, ...] = ()
    http_endpoint: Maybe[str] | None = None
    http_tokens: Maybe[str] | None = None
    http_put_response_hop_limit: Maybe[int] | None = None
    block_devices: Maybe[tuple[Maybe[BlockDevice], ...]] = ()
    user_data: Maybe[str] | None = None
    encoding: Maybe[Encoding] = Encoding.BASE64
    image_id: Maybe[str] | None = None
    market_type: Maybe[str] | None = None
    capacity_reservation: Maybe[CapacityReservationSpecification] | None = None
    placement_group: Maybe[str] | None = None
    threads_per_core: Maybe[int] | None = None

    @classmethod
    def imported(
        cls,
        *,
        id: str,
        network_interfaces: Maybe[tuple[NetworkInterface, ...]],
        threads_per_core: Maybe[int],
    ) -> LaunchTemplate:
        """Return a launch template with all unknown but what is stated about its nodes."""
        return cls(
            id=id,
            network_interfaces=network_interfaces,
            security_groups=UNKNOWN,
            known_security_groups=UNKNOWN,
            http_tokens=UNKNOWN,
            http_put_response_hop_limit=UNKNOWN,
            block_devices=UNKNOWN,
            user_data=UNKNOWN,
            encoding=UNKNOWN,
            image_id=UNKNOWN,
            market_type=UNKNOWN,
            capacity_reservation=UNKNOWN,
            placement_group=UNKNOWN,
            threads_per_core=threads_per_core,
        )

    @classmethod
    def read(
        cls,
        shape: ApiStruct,
        *,
        id: str,
        user_data: Maybe[str] | None = UNKNOWN,
        encoding: Maybe[Encoding] = Encoding.BASE64,
        security_group_of: SecurityGroupOf | None = None,
        file_systems: tuple[FileSystem, ...] = (),
        key_of: KeyOf | None = None,
        acknowledged: Mapping[str, str] | None = None,
        words: tuple[WordFault, ...] | None = None,
    ) -> LaunchTemplate:
        """Read RequestLaunchTemplateData or LaunchTemplateData of AWS::EC2::LaunchTemplate.

        Args:
            shape: The structure.
            id: Construct path or logical ID.
            user_data: The user data, decoded from Base64.
            encoding: How the user data is written.
            security_group_of: Resolves the security groups of interfaces. Default: their rules are
                unknown.
            file_systems: File systems that the user data names.
            key_of: Resolves the keys of volumes. Default: keys are unknown.
            acknowledged: Acknowledged rule IDs, each with the reason.
            words: Words and names that AWS does not know. Default: those of the structure.
        """
        words = tuple(template_faults(shape)) if words is None else words
        shape = as_meant(shape, words)
        metadata = shape.shape("metadataOptions")
        in_metadata = metadata if isinstance(metadata, ApiStruct) else ApiStruct({})
        unknown = metadata is UNKNOWN
        return cls(
            id=id,
            acknowledged={} if acknowledged is None else acknowledged,
            words=words,
            network_interfaces=shape.each(
                "networkInterfaces", lambda each: _network_interface(each, security_group_of)
            ),
            security_groups=shape.texts("securityGroupIds"),
            # Groups can also be set by name, in a default VPC.
            known_security_groups=UNKNOWN
            if shape.has("securityGroups")
            else _groups(shape.items("securityGroupIds"), security_group_of),
            file_systems=file_systems,
            http_endpoint=UNKNOWN if unknown else in_metadata.text("httpEndpoint"),
            http_tokens=UNKNOWN if unknown else recognized(in_metadata.text("httpTokens"), TOKENS),
            http_put_response_hop_limit=UNKNOWN
            if unknown
            else in_metadata.integer("httpPutResponseHopLimit"),
            block_devices=shape.each(
                "blockDeviceMappings", lambda each: _block_device(each, key_of)
            ),
            user_data=user_data if shape.has("userData") else None,
            encoding=encoding,
            image_id=shape.text_if("imageId", is_no_image),
            market_type=_market_type(shape.shape("instanceMarketOptions")),
            capacity_reservation=_capacity_reservation(
                shape.shape("capacityReservationSpecification")
            ),
            placement_group=_placement_group(shape.shape("placement")),
            threads_per_core=_threads_per_core(shape.shape("cpuOptions")),
        )


def _network_interface(
    shape: ApiStruct, security_group_of: SecurityGroupOf | None
) -> NetworkInterface:
    # securityGroupId (a list) in the API, Groups in CloudFormation.
    groups = "groups" if shape.has("groups") else "securityGroupId"
    named = shape.items(groups)
    groups_of = _groups(() if named is None else named, security_group_of)
    return NetworkInterface(
        device_index=shape.integer("deviceIndex"),
        network_card_index=shape.integer("networkCardIndex"),
        interface_type=recognized(shape.text("interfaceType"), INTERFACE_TYPES),
        associate_public_ip_address=shape.boolean("associatePublicIpAddress"),
        security_groups=shape.texts(groups),
        known_groups=UNKNOWN if groups_of is None else groups_of,
    )


def _groups(
    named: Maybe[tuple[Value, ...]] | None, security_group_of: SecurityGroupOf | None
) -> Maybe[tuple[Maybe[SecurityGroup], ...]] | None:
    if named is None:
        return None
    if security_group_of is None or isinstance(named, Unknown):
        return UNKNOWN
    return same_length(named, map(security_group_of, named))


def _block_device(shape: ApiStruct, key_of: KeyOf | None) -> BlockDevice:
    ebs = shape.shape("ebs")
    key = ebs.raw("kmsKeyId") if isinstance(ebs, ApiStruct) else ebs
    return BlockDevice(
        device_name=shape.text("deviceName"),
        is_ebs=UNKNOWN if ebs is UNKNOWN else ebs is not None,
        encrypted=ebs.boolean("encrypted") if isinstance(ebs, ApiStruct) else ebs,
        key=None if key is None else UNKNOWN if key_of is None else key_of(key),
        volume_type=recognized(ebs.text("volumeType"), WORDS["VolumeType"])
        if isinstance(ebs, ApiStruct)
        else ebs,
        size_gib=ebs.integer("volumeSize") if isinstance(ebs, ApiStruct) else ebs,
        iops=ebs.integer("iops") if isinstance(ebs, ApiStruct) else ebs,
        throughput=ebs.integer("throughput") if isinstance(ebs, ApiStruct) else ebs,
    )


def _market_type(market: Maybe[ApiStruct] | None) -> Maybe[str] | None:
    if not isinstance(market, ApiStruct):
        return market
    return recognized(market.text("marketType"), MARKET_TYPES)


def _placement_group(placement: Maybe[ApiStruct] | None) -> Maybe[str] | None:
    if not isinstance(placement, ApiStruct):
        return placement
    return placement.text("groupName" if placement.has("groupName") else "groupId")


def _threads_per_core(cpu: Maybe[ApiStruct] | None) -> Maybe[int] | None:
    return cpu.integer("threadsPerCore") if isinstance(cpu, ApiStruct) else cpu


def _capacity_reservation(
    shape: Maybe[ApiStruct] | None,
) -> Maybe[CapacityReservationSpecification] | None:
    if not isinstance(shape, ApiStruct):
        return shape
    target = shape.shape("capacityReservationTarget")
    preference = shape.text("capacityReservationPreference")
    if not isinstance(target, ApiStruct):
        return CapacityReservationSpecification(
            preference=preference, reservation_id=target, resource_group_arn=target
        )
    return CapacityReservationSpecification(
        preference=preference,
        reservation_id=target.text("capacityReservationId"),
        resource_group_arn=target.text("capacityReservationResourceGroupArn"),
    )
