"""Read the file systems that nodes mount over the network."""

from __future__ import annotations

from collections import defaultdict

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import Value
from cdk_batch_mnp.model.file_system import FileSystem, MountTarget
from cdk_batch_mnp.model.network import SecurityGroup
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.template.evaluation.stack import TemplateResource
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.evaluation.values import (
    Encoded,
    PartialText,
    Reference,
    ReferencedResource,
    referred,
)
from cdk_batch_mnp.template.readers.network import Network
from cdk_batch_mnp.template.readers.routing import SUBNET, VPC
from cdk_batch_mnp.template.readers.security_groups import SecurityGroups

EFS = "AWS::EFS::FileSystem"
FSX = "AWS::FSx::FileSystem"
_ANY_SYSTEM = ""
_WORD = pattern(r"[A-Za-z0-9]+")


class FileSystems:
    """The file systems of the templates.

    Args:
        stacks: The stacks that declare them.
        groups: The security groups of the same stacks.
        network: The networks of the same stacks.
    """

    def __init__(self, stacks: Stacks, groups: SecurityGroups, network: Network) -> None:
        self._stacks = stacks
        self._groups = groups
        self._network = network
        self._found: dict[str, FileSystem] = {}
        self._given_away: frozenset[str] | None = None
        self._targets: dict[str, list[Maybe[MountTarget]]] | None = None

    def of(self, value: Value) -> Maybe[FileSystem]:
        """Return the file system of a reference."""
        resource = referred(value, EFS, FSX)
        return UNKNOWN if resource is UNKNOWN else self._system(resource)

    def named_in(self, user_data: Value) -> tuple[FileSystem, ...]:
        """Return the file systems that user data refers to."""
        text = user_data.text if isinstance(user_data, Encoded) else None
        parts = text.parts if isinstance(text, PartialText) else (text,)
        resources = {
            part.resource.id: part.resource
            for part in parts
            if isinstance(part, Reference) and part.resource.type in (EFS, FSX)
        }
        systems = (self._system(resource) for resource in resources.values())
        return tuple(system for system in systems if system.kind == "EFS" or system.mount_targets)

    def _system(self, resource: ReferencedResource) -> FileSystem:
        if resource.id not in self._found:
            read = self._efs if resource.type == EFS else self._lustre
            self._found[resource.id] = read(resource)
        return self._found[resource.id]

    def _efs(self, resource: ReferencedResource) -> FileSystem:
        if self._targets is None:
            self._targets = self._find_targets()
        targets = tuple(self._targets.get(resource.id, ()))
        is_complete = (
            self._stacks.is_whole
            and _ANY_SYSTEM not in self._targets
            and resource.id not in self._network.handed_on
            and (bool(targets) or not self._is_given_away(resource))
        )
        return FileSystem(
            id=resource.id,
            acknowledged=resource.acknowledged,
            kind="EFS",
            mount_targets=targets if is_complete else (*targets, UNKNOWN),
        )

    def _is_given_away(self, resource: ReferencedResource) -> bool:
        """Return whether another stack, with the mount targets, may use a file system."""
        if self._given_away is None:
            self._given_away = frozenset(
                word for stack in self._stacks.all for word in _WORD.findall(str(stack.outputs))
            )
        return resource.logical_id in self._given_away

    def _find_targets(self) -> dict[str, list[Maybe[MountTarget]]]:
        found: dict[str, list[Maybe[MountTarget]]] = defaultdict(list)
        for resource in self._stacks.of_type("AWS::EFS::MountTarget"):
            written = resource.known.raw("FileSystemId")
            system = referred(written, EFS)
            if system is UNKNOWN:
                if not isinstance(written, str):
                    found[_ANY_SYSTEM].append(UNKNOWN)
                continue
            found[system.id].append(
                self._target(resource, resource.known.raw("SubnetId"), "SecurityGroups")
                if resource.is_certain
                else UNKNOWN
            )
        return found

    def _lustre(self, resource: ReferencedResource) -> FileSystem:
        properties = resource.known
        subnets = properties.items("SubnetIds")
        is_lustre = properties.constant("FileSystemType") == "LUSTRE"
        if not is_lustre or subnets is UNKNOWN or not subnets:
            return FileSystem(id=resource.id, kind="Lustre", mount_targets=())
        return FileSystem(
            id=resource.id,
            acknowledged=resource.acknowledged,
            kind="Lustre",
            mount_targets=tuple(
                self._target(resource, subnet, "SecurityGroupIds") for subnet in subnets
            ),
        )

    def _target(
        self, resource: ReferencedResource | TemplateResource, subnet: Value, name: str
    ) -> MountTarget:
        listed = self._groups.listed(resource.known.items(name))
        if listed in (None, ()):
            listed = (self._default_group(subnet),)
        return MountTarget(
            id=resource.id,
            subnet=self._network.bare_subnet(subnet),
            security_groups=UNKNOWN if listed is None else listed,
        )

    def _default_group(self, subnet: Value) -> Maybe[SecurityGroup]:
        resource = referred(subnet, SUBNET)
        vpc = UNKNOWN if resource is UNKNOWN else referred(resource.known.raw("VpcId"), VPC)
        return UNKNOWN if vpc is UNKNOWN else self._groups.default_of(vpc)
