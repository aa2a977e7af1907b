"""Common parts of all EC2 resources: names, lists and tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import ApiResource
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    changed,
    without,
)


@dataclass(frozen=True, kw_only=True)
class Ec2Resource(ApiResource):
    """Provides an EC2 type. EC2 tags all types in the same way.

    Attributes:
        many: Whether the delete call accepts a list of resources.
        shown: Members of the resource, or properties, that are attributes of the type.
        tagged_as: Resource type in tag specifications; empty if it cannot be tagged.
        in_place: Properties that :meth:`modify` can change.
    """

    service: str = "ec2"
    many: bool = False
    shown: tuple[str, ...] = ()
    tagged_as: str = ""
    in_place: frozenset[str] = frozenset()

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call, with the tags of the resource and stack."""
        request = super().request(context, without(properties, "Tags"))
        if self.tagged_as and (tags := context.tag_list(properties)):
            request["TagSpecifications"] = [{"ResourceType": self.tagged_as, "Tags": tags}]
        return request

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the resource that the create call created."""
        own = {name: {**properties, **known}.get(name, "") for name in self.shown}
        return Provided(known[self.id], {"Id": known[self.id], self.id: known[self.id]} | own)

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether a change requires a replacement."""
        in_place = self.in_place | {each.property for each in self.settings}
        return bool(changed(old, new) - in_place - {"Tags"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the resource in place."""
        if old.get("Tags") != new.get("Tags"):
            self._retag(context, provided, old, new)
        return super().update(context, provided, old, new)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource."""
        own: Any = provided.attributes[self.id]
        name = self.id_argument or self.id
        context.call(self.service, self.delete_call, **{name: [own] if self.many else own})

    def tagged(self, provided: Provided) -> str:
        """Return the ID that is tagged."""
        return str(provided.attributes[self.id])

    def _retag(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        kept = {tag["Key"] for tag in new.get("Tags", [])}
        gone = [{"Key": tag["Key"]} for tag in old.get("Tags", []) if tag["Key"] not in kept]
        resources = [self.tagged(provided)]
        if gone:
            context.call(self.service, "DeleteTags", Resources=resources, Tags=gone)
        if kept:
            context.call(self.service, "CreateTags", Resources=resources, Tags=list(new["Tags"]))
