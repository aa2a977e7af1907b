"""Read EC2 launch templates, by reference, ID or name."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from dataclasses import replace

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.launch_template import NAME_PART, UNKNOWN_PART, Encoding, LaunchTemplate
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.model.word_faults import around_template_faults, as_meant, template_faults
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    Encoded,
    PartialText,
    Pseudo,
    Reference,
    ReferencedResource,
    referred,
)
from cdk_batch_mnp.template.readers.file_systems import FileSystems
from cdk_batch_mnp.template.readers.metadata import reservation_zone
from cdk_batch_mnp.template.readers.security_groups import SecurityGroups
from cdk_batch_mnp.template.readers.sources import TemplateSources

LAUNCH_TEMPLATE = "AWS::EC2::LaunchTemplate"
_RESERVATION = "AWS::EC2::CapacityReservation"
_NOT_BASE64 = pattern(r"[^A-Za-z0-9+/=\s]")
_GZIP = b"\x1f\x8b"


class LaunchTemplates:
    """The launch templates of the stacks.

    Args:
        stacks: The stacks that declare them.
        groups: The security groups of the same stacks.
        file_systems: The file systems of the same stacks.
        sources: The keys of the same stacks.
    """

    def __init__(
        self,
        stacks: Stacks,
        groups: SecurityGroups,
        file_systems: FileSystems,
        sources: TemplateSources,
    ) -> None:
        self._stacks = stacks
        self._groups = groups
        self._file_systems = file_systems
        self._sources = sources
        self._found: dict[str, Maybe[LaunchTemplate]] = {}
        self._by_name: dict[Value, ReferencedResource] | None = None

    def of(self, specification: Maybe[ApiStruct] | None) -> Maybe[LaunchTemplate] | None:
        """Return the launch template that a LaunchTemplateSpecification names."""
        if specification is None or specification is UNKNOWN:
            return specification
        resource = referred(specification.raw("LaunchTemplateId"), LAUNCH_TEMPLATE)
        if resource is UNKNOWN:
            resource = self._named(specification.raw("LaunchTemplateName"))
        if resource is UNKNOWN:
            return UNKNOWN
        if resource.id not in self._found:
            self._found[resource.id] = self._read(resource)
        return self._found[resource.id]

    def groups_of(self, specification: Maybe[ApiStruct] | None) -> tuple[Value, ...]:
        """Return the security groups in a launch template that every instance uses."""
        if specification is None or specification is UNKNOWN or specification.has("Overrides"):
            return ()
        resource = referred(specification.raw("LaunchTemplateId"), LAUNCH_TEMPLATE)
        data = UNKNOWN if resource is UNKNOWN else resource.known.shape("LaunchTemplateData")
        if not isinstance(data, ApiStruct):
            return ()
        interfaces = data.shapes("NetworkInterfaces")
        shapes = () if interfaces is UNKNOWN or interfaces is None else interfaces
        lists = [data.items("SecurityGroupIds")]
        lists += [shape.items("Groups") for shape in shapes if isinstance(shape, ApiStruct)]
        return tuple(
            group for groups in lists if groups is not UNKNOWN and groups for group in groups
        )

    def _named(self, name: Value) -> Maybe[ReferencedResource]:
        resource = referred(name, LAUNCH_TEMPLATE)
        if resource is not UNKNOWN:
            return resource
        if isinstance(name, (str, Pseudo)) or (
            isinstance(name, PartialText) and UNKNOWN not in name.parts
        ):
            if self._by_name is None:
                self._by_name = {}
                for template in self._stacks.of_type(LAUNCH_TEMPLATE):
                    own = template.known.raw("LaunchTemplateName")
                    if isinstance(own, (str, PartialText, Pseudo)):
                        self._by_name.setdefault(own, template)
            return self._by_name.get(name, UNKNOWN)
        return UNKNOWN

    def _read(self, resource: ReferencedResource) -> Maybe[LaunchTemplate]:
        data = resource.known.shape("LaunchTemplateData")
        if not isinstance(data, ApiStruct):
            return UNKNOWN
        words = tuple(template_faults(data))
        data = as_meant(data, words)
        user_data, encoding = _decoded(data.raw("UserData"))
        template = LaunchTemplate.read(
            data,
            id=resource.id,
            user_data=user_data,
            encoding=encoding,
            security_group_of=self._groups.of,
            file_systems=self._file_systems.named_in(data.raw("UserData")),
            key_of=self._sources.key,
            acknowledged=resource.acknowledged,
            words=(*around_template_faults(resource.known), *words),
        )
        reservation = template.capacity_reservation
        if not has_value(reservation):
            return template
        zone = _zone_of_reservation(resource, data)
        return replace(template, capacity_reservation=replace(reservation, zone=zone))


def _zone_of_reservation(template: ReferencedResource, data: ApiStruct) -> Maybe[str]:
    specification = data.shape("CapacityReservationSpecification")
    target = (
        specification.shape("CapacityReservationTarget")
        if isinstance(specification, ApiStruct)
        else None
    )
    if not isinstance(target, ApiStruct):
        return UNKNOWN
    id = target.raw("CapacityReservationId")
    reservation = referred(id, _RESERVATION)
    if reservation is UNKNOWN:
        return reservation_zone(template, id)
    zone = reservation.known.text("AvailabilityZone")
    return UNKNOWN if zone is None else zone


def _decoded(value: Value) -> tuple[Maybe[str] | None, Maybe[Encoding]]:
    """Return the script, with a placeholder for unknown parts, and how it is written."""
    if value is None:
        return None, Encoding.BASE64
    if isinstance(value, Encoded):
        text = value.text
        if isinstance(text, PartialText):
            return _filled(text), Encoding.BASE64
        return (text if isinstance(text, str) else UNKNOWN), Encoding.BASE64
    if isinstance(value, PartialText):
        return _written_out(_filled(value), "".join(_texts_of(value)))
    if isinstance(value, str):
        return _written_out(value, value)
    return UNKNOWN, UNKNOWN


def _written_out(text: str, known: str) -> tuple[Maybe[str], Maybe[Encoding]]:
    """Read user data that no function encodes."""
    if "{{resolve:" in text or "${Token[" in text:
        return UNKNOWN, UNKNOWN
    if _NOT_BASE64.search(known):
        return text, Encoding.NONE
    if text != known:
        return UNKNOWN, UNKNOWN
    try:
        content = b64decode("".join(text.split()), validate=True)
    except (Error, ValueError):
        return text, Encoding.NONE
    if content.startswith(_GZIP):
        return UNKNOWN, Encoding.GZIP
    try:
        return content.decode(), Encoding.BASE64
    except ValueError:
        return UNKNOWN, Encoding.BASE64


def _filled(value: PartialText) -> str:
    """Return a text with a placeholder for each part that is not known."""
    return "".join(
        part if isinstance(part, str) else NAME_PART if _is_word(part) else UNKNOWN_PART
        for part in value.parts
    )


def _is_word(part: Value) -> bool:
    """Return whether an unknown part is certainly one word, and so no line of a script."""
    if isinstance(part, Pseudo):
        return not part.is_of_template
    return isinstance(part, Reference) and part.attribute in ("", "Arn")


def _texts_of(value: PartialText) -> Iterator[str]:
    return (part for part in value.parts if isinstance(part, str))
