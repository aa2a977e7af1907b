"""Compute environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.launch_template import LaunchTemplate
from cdk_batch_mnp.model.network import PlacementGroup, SecurityGroup, Subnet, Vpc
from cdk_batch_mnp.model.partial_text import Text
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.resource_name import cannot_be_name
from cdk_batch_mnp.model.role import InstanceProfile, Role
from cdk_batch_mnp.model.schema.enumerations import (
    COMPUTE_TYPES,
    INSIGHTS,
    MANAGEMENT,
    STRATEGIES,
    SWITCH,
)
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.model.word_faults import WordFault, as_meant, environment_faults
from cdk_batch_mnp.model.words import is_no_image, recognized

COMPUTE_RESOURCES = PROPERTIES / "computeResources"
LAUNCH_TEMPLATE = COMPUTE_RESOURCES / "launchTemplate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ec2Configuration:
    """The image type or AMI of instances. Source: AWS Batch API, Ec2Configuration."""

    image_type: Maybe[str] | None = None
    image_id_override: Maybe[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeEnvironment(Resource):
    """A compute environment, of any type.

    Attributes:
        words: Words and names that AWS does not know. A misspelt word is read as the one that it
            stands for, and any other as unknown.
        state: ``ENABLED`` or ``DISABLED``; ``None`` if not set.
        management: ``MANAGED`` or ``UNMANAGED`` (``type`` of CreateComputeEnvironment).
        type: ``EC2``, ``SPOT``, ``FARGATE``... (``type`` of its compute resources).
        is_eks: Whether it uses Amazon EKS; otherwise Amazon ECS.
        namespace: The Kubernetes namespace of its pods, on Amazon EKS.
        min_vcpus, max_vcpus, desired_vcpus: vCPUs of whole instances.
        most_vcpus: The largest number that max_vcpus may be, if it is unknown but bounded.
        instance_types: Types, families or bundles such as ``optimal``, as written.
        launch_template_version: ``$Latest``, ``$Default`` (also if a template has no version) or
            a number.
        has_two_template_names: Whether the launch template is set both by ID and by name.
        has_nameless_template: Whether a version is set, but neither an ID nor a name.
        has_template_overrides: Whether there are launch template overrides.
        vpc: The VPC of its security groups, for subnets whose own is unknown.
        security_groups: ``None`` if the environment sets none.
        instance_role: The role in the instance profile; ``None`` if no profile is set.
        instance_role_is_profile: Whether instanceRole is an instance profile rather than a role.
        instance_role_name: ``instanceRole`` as written, with the names and ARNs of resources.
        instance_profile: The instance profile, if it is known.
        service_role: The role that AWS Batch assumes; ``None`` for its service-linked role.
        service_role_name: ``serviceRole`` as written, with the names and ARNs of resources.
        has_fixed_name: Whether a name is certainly set, even if it is unknown.
        sets_desired_vcpus: Whether desired vCPUs are certainly set, even if they are unknown.
        sets_placement_group: Whether a placement group is certainly set, even if it is unknown.
        sets_security_groups: Whether there is certainly a security group, even if it is unknown.
        replace_on_update: CloudFormation's ReplaceComputeEnvironment; ``None`` if not set.
        update_timeout_minutes: How long jobs may go on during an infrastructure update
            (``jobExecutionTimeoutMinutes``).
        scale_down_delay_minutes: How long idle instances are kept (``minScaleDownDelayMinutes``).
        container_insights: The mode of CloudWatch Container Insights (``ecsSettings``).
        is_dedicated: Whether it is dedicated to multi-node parallel jobs, even without a job
            definition.
        is_imported: Whether it is in no template, so that only findings about the jobs that use it
            can be reported.
        computed: What rules compute once for the environment, by a name of theirs.

    Source: AWS Batch API, CreateComputeEnvironment and ComputeResource.
    """

    name: Maybe[str] | None = None
    words: tuple[WordFault, ...] = ()
    state: Maybe[str] | None = None
    management: Maybe[str] | None = "MANAGED"
    type: Maybe[str] | None = "EC2"
    is_eks: Maybe[bool] = False
    namespace: Maybe[str] | None = UNKNOWN
    min_vcpus: Maybe[int] | None = None
    max_vcpus: Maybe[int] | None = None
    most_vcpus: int | None = None
    desired_vcpus: Maybe[int] | None = None
    instance_types: Maybe[tuple[Maybe[str], ...]] | None = None
    allocation_strategy: Maybe[str] | None = None
    ec2_configurations: Maybe[tuple[Maybe[Ec2Configuration], ...]] = ()
    image_id: Maybe[str] | None = None
    launch_template: Maybe[LaunchTemplate] | None = None
    launch_template_version: Maybe[str] | None = None
    has_two_template_names: bool = False
    has_nameless_template: bool = False
    has_template_overrides: Maybe[bool] = False
    placement_group: Maybe[PlacementGroup] | None = None
    subnets: Maybe[tuple[Maybe[Subnet], ...]] = ()
    vpc: Maybe[Vpc] = UNKNOWN
    security_groups: Maybe[tuple[Maybe[SecurityGroup], ...]] | None = None
    instance_role: Maybe[Role] | None = UNKNOWN
    instance_role_is_profile: Maybe[bool] = UNKNOWN
    instance_role_name: Text | None = None
    instance_profile: InstanceProfile | None = None
    service_role: Maybe[Role] | None = None
    service_role_name: Text | None = None
    has_fixed_name: bool = False
    sets_desired_vcpus: bool = False
    sets_placement_group: bool = False
    sets_security_groups: bool = False
    replace_on_update: Maybe[bool] | None = None
    update_timeout_minutes: Maybe[int] | None = None
    scale_down_delay_minutes: Maybe[int] | None = None
    container_insights: Maybe[str] | None = None
    is_dedicated: bool = False
    is_imported: bool = False
    computed: dict[str, Any] = field(
        init=False, default_factory=dict, compare=False, hash=False, repr=False
    )

    @property
    def uses(self) -> tuple[Resource, ...]:
        """The known roles and keys that it uses."""
        found: list[Resource] = [
            role for role in (self.service_role, self.instance_role) if has_value(role)
        ]
        template = self.launch_template
        if has_value(template) and template.block_devices is not UNKNOWN:
            found += [
                device.key
                for device in template.block_devices
                if device is not UNKNOWN and has_value(device.key)
            ]
        return tuple(found)

    @property
    def known_subnets(self) -> tuple[Subnet, ...]:
        """The subnets that are known."""
        if self.subnets is UNKNOWN:
            return ()
        return tuple(subnet for subnet in self.subnets if subnet is not UNKNOWN)

    @property
    def known_security_groups(self) -> tuple[SecurityGroup, ...]:
        """The known security groups of the environment's list."""
        if not has_value(self.security_groups):
            return ()
        return tuple(group for group in self.security_groups if group is not UNKNOWN)

    @property
    def interfaces_carry_groups(self) -> Maybe[bool]:
        """Whether the launch template has network interfaces, which set the security groups."""
        if self.launch_template is UNKNOWN:
            return UNKNOWN
        if self.launch_template is None:
            return False
        interfaces = self.launch_template.network_interfaces
        return UNKNOWN if interfaces is UNKNOWN else bool(interfaces)

    @property
    def is_made_for_multi_node(self) -> Maybe[bool]:
        """Whether it has something that only multi-node parallel jobs need.

        That is a placement group, an EFA interface or a Capacity Block. False only if it certainly
        has none of them. A spread or partition placement group does not show what it is for.
        """
        template, group = self.launch_template, self.placement_group
        signs: list[Maybe[bool]] = [self.is_dedicated]
        if group is not None:
            is_spread = has_value(group) and group.strategy in ("spread", "partition")
            is_set = has_value(group) or self.sets_placement_group
            signs.append(True if is_set and not is_spread else UNKNOWN)
        if self.has_template_overrides is not False:
            signs.append(UNKNOWN)
        if template is UNKNOWN:
            signs.append(UNKNOWN)
        elif template is not None:
            signs += _signs_in(template)
        return True if True in signs else UNKNOWN if UNKNOWN in signs else False

    @property
    def on_demand(self) -> ComputeEnvironment:
        """The same environment as a managed one with On-Demand instances."""
        return replace(self, type="EC2", management="MANAGED")

    @classmethod
    def imported(
        cls,
        *,
        id: str,
        instance_types: Maybe[tuple[Maybe[str], ...]],
        max_vcpus: Maybe[int],
        launch_template: Maybe[LaunchTemplate],
        is_eks: bool = False,
    ) -> ComputeEnvironment:
        """Return a managed On-Demand environment with all unknown but what is stated about it."""
        unknown: dict[str, Any] = {
            **_UNKNOWN_RESOURCES,
            "type": "EC2",
            "instance_types": instance_types,
            "max_vcpus": max_vcpus,
            "launch_template": launch_template,
            "has_template_overrides": launch_template if launch_template is UNKNOWN else False,
            "is_eks": is_eks,
        }
        return cls(id=id, is_imported=True, name=UNKNOWN, state=UNKNOWN, **unknown)

    @classmethod
    def read(
        cls,
        shape: ApiStruct,
        *,
        id: str,
        launch_template: Maybe[LaunchTemplate] | None,
        placement_group: Maybe[PlacementGroup] | None,
        subnets: Maybe[tuple[Maybe[Subnet], ...]],
        security_groups: Maybe[tuple[Maybe[SecurityGroup], ...]] | None,
        vpc: Maybe[Vpc] = UNKNOWN,
        instance_role: Maybe[Role] | None = UNKNOWN,
        instance_role_is_profile: Maybe[bool] = UNKNOWN,
        instance_role_name: Text | None = None,
        instance_profile: InstanceProfile | None = None,
        service_role: Maybe[Role] | None = None,
        service_role_name: Text | None = None,
        acknowledged: Mapping[str, str] | None = None,
        is_dedicated: bool = False,
        words: tuple[WordFault, ...] | None = None,
    ) -> ComputeEnvironment:
        """Read a CreateComputeEnvironment request or AWS::Batch::ComputeEnvironment properties.

        Resources that the structure refers to are passed separately, resolved or unknown. Misspelt
        names are read as what they stand for.
        """
        words = tuple(environment_faults(shape)) if words is None else words
        shape = as_meant(shape, words)
        resources = shape.shape("computeResources")
        known = resources if isinstance(resources, ApiStruct) else ApiStruct({})
        found = cls(
            id=id,
            acknowledged={} if acknowledged is None else acknowledged,
            is_dedicated=is_dedicated,
            name=shape.text_if("computeEnvironmentName", cannot_be_name),
            words=words,
            state=recognized(shape.text("state"), SWITCH),
            management=recognized(shape.text("type"), MANAGEMENT),
            is_eks=shape.is_set("eksConfiguration"),
            namespace=_namespace(shape.shape("eksConfiguration")),
            replace_on_update=shape.boolean("replaceComputeEnvironment"),
            update_timeout_minutes=_update_timeout(shape.shape("updatePolicy")),
            container_insights=_insights(shape.shape("ecsSettings")),
            has_fixed_name=shape.sets("computeEnvironmentName"),
            launch_template=launch_template,
            placement_group=placement_group,
            subnets=subnets,
            vpc=vpc,
            security_groups=security_groups,
            instance_role=instance_role,
            instance_role_is_profile=instance_role_is_profile,
            instance_role_name=instance_role_name,
            instance_profile=instance_profile,
            service_role=service_role,
            service_role_name=service_role_name,
            sets_security_groups=known.sets("securityGroupIds")
            and security_groups is not None
            and (security_groups is UNKNOWN or fewest(security_groups) > 0),
            **_of_compute_resources(known),
            **_of_launch_template(known.shape("launchTemplate")),
        )
        return found if resources is not UNKNOWN else replace(found, **_UNKNOWN_RESOURCES)


def _signs_in(template: LaunchTemplate) -> Iterator[Maybe[bool]]:
    """Yield whether a launch template has what only multi-node parallel jobs need."""
    for member, sign in (
        (template.placement_group, None),
        (template.market_type, "capacity-block"),
    ):
        if member is UNKNOWN:
            yield UNKNOWN
        elif member is not None:
            yield sign in (None, member)
    interfaces = template.network_interfaces
    for interface in (UNKNOWN,) if interfaces is UNKNOWN else interfaces:
        yield UNKNOWN if interface is UNKNOWN else interface.is_efa


def _of_compute_resources(shape: ApiStruct) -> dict[str, Any]:
    """Return the attributes that computeResources sets by itself."""
    return {
        "type": recognized(shape.text("type"), COMPUTE_TYPES),
        "min_vcpus": shape.integer("minvCpus"),
        "max_vcpus": shape.integer("maxvCpus"),
        "most_vcpus": shape.bounds("maxvCpus")[1],
        "desired_vcpus": shape.integer("desiredvCpus"),
        "instance_types": shape.texts("instanceTypes"),
        "allocation_strategy": recognized(shape.text("allocationStrategy"), STRATEGIES),
        "ec2_configurations": shape.each("ec2Configuration", _ec2_configuration),
        "image_id": shape.text_if("imageId", is_no_image),
        "scale_down_delay_minutes": _scale_down_delay(shape.shape("scalingPolicy")),
        "sets_desired_vcpus": shape.sets("desiredvCpus"),
        "sets_placement_group": shape.sets("placementGroup"),
    }


def _of_launch_template(shape: Maybe[ApiStruct] | None) -> dict[str, Any]:
    """Return the attributes that the specification of the launch template sets."""
    if not isinstance(shape, ApiStruct):
        return {
            "launch_template_version": shape,
            "has_template_overrides": UNKNOWN if shape is UNKNOWN else False,
        }
    names = ("launchTemplateId", "launchTemplateName")
    return {
        "launch_template_version": _version(shape),
        "has_two_template_names": all(shape.sets(name) for name in names),
        "has_nameless_template": shape.sets("version")
        and all(shape.is_set(name) is False for name in (*names, "overrides")),
        "has_template_overrides": _has_overrides(shape),
    }


def _ec2_configuration(shape: ApiStruct) -> Ec2Configuration:
    return Ec2Configuration(
        image_type=shape.text("imageType"),
        image_id_override=shape.text_if("imageIdOverride", is_no_image),
    )


def _update_timeout(policy: Maybe[ApiStruct] | None) -> Maybe[int] | None:
    if not isinstance(policy, ApiStruct):
        return policy
    return policy.integer("jobExecutionTimeoutMinutes")


def _scale_down_delay(policy: Maybe[ApiStruct] | None) -> Maybe[int] | None:
    return policy.integer("minScaleDownDelayMinutes") if isinstance(policy, ApiStruct) else policy


def _insights(settings: Maybe[ApiStruct] | None) -> Maybe[str] | None:
    if not isinstance(settings, ApiStruct):
        return settings
    return recognized(settings.text("containerInsights"), INSIGHTS)


def _namespace(eks: Maybe[ApiStruct] | None) -> Maybe[str] | None:
    return eks.text("kubernetesNamespace") if isinstance(eks, ApiStruct) else eks


def _version(template: ApiStruct) -> Maybe[str]:
    version = template.text("version")
    return "$Default" if version is None else version


def _has_overrides(template: ApiStruct) -> Maybe[bool]:
    overrides = template.items("overrides")
    if overrides is UNKNOWN or not overrides:
        return UNKNOWN if overrides is UNKNOWN else False
    return fewest(overrides) > 0 or UNKNOWN


_UNKNOWN_RESOURCES: Mapping[str, Any] = dict.fromkeys(
    (
        "type",
        "min_vcpus",
        "max_vcpus",
        "desired_vcpus",
        "instance_types",
        "allocation_strategy",
        "ec2_configurations",
        "image_id",
        "launch_template",
        "launch_template_version",
        "has_template_overrides",
        "placement_group",
        "scale_down_delay_minutes",
        "subnets",
        "security_groups",
        "instance_role",
        "instance_role_is_profile",
    ),
    UNKNOWN,
)
