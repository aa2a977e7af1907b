"""What all resources of EC2 have in common: a call that creates, one that deletes, and tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    changed,
    without,
)

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Ec2Resource:
    """Provides a type whose resources one call creates and one call deletes.

    A change other than of tags needs a new resource, unless :attr:`in_place` names the property
    and a subclass knows what to call.

    Attributes:
        create_call: Operation that creates it.
        delete_call: Operation that deletes it.
        answer: Member of the creating call's answer that holds the resource, if not the answer.
        id: Member of it that names the resource.
        id_argument: How the deleting call names it.
        many: Whether the deleting call takes a list of them.
        attributes: Attributes of the type that its properties or the answer give.
        tagged_as: Kind of the resource in tag specifications; empty if it takes no tags.
        apart: Properties that are no arguments of the creating call.
        in_place: Properties that can change without a new resource.
    """

    create_call: str
    delete_call: str
    id: str
    answer: str = ""
    id_argument: str = ""
    many: bool = False
    attributes: tuple[str, ...] = ()
    tagged_as: str = ""
    apart: tuple[str, ...] = ()
    in_place: frozenset[str] = field(default=frozenset())

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the resource, and set up what is apart."""
        request = self.request(context, properties)
        if self.tagged_as and (tags := context.tag_list(properties)):
            request["TagSpecifications"] = [{"ResourceType": self.tagged_as, "Tags": tags}]
        answer = context.call("ec2", self.create_call, **request)
        resource = answer[self.answer] if self.answer else answer
        provided = self.provided(resource, properties)
        self.modify(context, provided, NOTHING, properties)
        return provided

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Give the arguments of the creating call, but for tags."""
        return without(properties, "Tags", *self.apart)

    def provided(self, resource: Mapping[str, Any], properties: Properties) -> Provided:
        """Give the resource that the creating call made."""
        physical_id = resource[self.id]
        known = {**properties, **resource}
        attributes = {name: known.get(name, "") for name in self.attributes}
        return Provided(physical_id, {"Id": physical_id, self.id: physical_id} | attributes)

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Set what the creating call cannot set, or what has changed since."""

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the resource cannot change in its place."""
        return bool(changed(old, new) - self.in_place - {"Tags"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the resource in its place."""
        if old.get("Tags") != new.get("Tags"):
            self._retag(context, provided, old, new)
        self.modify(context, provided, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource."""
        name = self.id_argument or self.id
        physical_id: Any = provided.attributes[self.id]
        context.call("ec2", self.delete_call, **{name: [physical_id] if self.many else physical_id})

    def _retag(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        kept = {each["Key"] for each in new.get("Tags", [])}
        gone = [{"Key": each["Key"]} for each in old.get("Tags", []) if each["Key"] not in kept]
        resources = [provided.attributes[self.id]]
        if gone:
            context.call("ec2", "DeleteTags", Resources=resources, Tags=gone)
        if kept:
            context.call("ec2", "CreateTags", Resources=resources, Tags=list(new["Tags"]))
