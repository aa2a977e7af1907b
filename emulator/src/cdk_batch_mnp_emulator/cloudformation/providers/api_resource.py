"""Table-driven providers: the API calls that create, update, tag and delete a resource type."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    ProvisioningError,
    changed,
    reset,
    without,
)

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Setting:
    """A property that a separate call sets, without replacing the resource.

    Attributes:
        property: Its name in the template.
        call: Operation that sets the property.
        argument: Argument for the value, if its name is not that of the property.
        member: Member of the argument for the value, if it is not the argument itself.
        is_spread: Whether the value is a mapping of arguments.
        default: Value to set if the property is removed from the template.
        reset_call: Operation that removes the value instead.
        at_creation: Whether the create call accepts it too.
    """

    property: str
    call: str
    argument: str = ""
    member: str = ""
    is_spread: bool = False
    default: Any = None
    reset_call: str = ""
    at_creation: bool = False

    def apply(
        self,
        context: Context,
        service: str,
        named: Mapping[str, Any],
        old: Properties,
        new: Properties,
    ) -> None:
        """Make the calls for a change from old to new properties.

        Args:
            context: Context of the resource.
            service: Service of the resource.
            named: Argument that identifies the resource.
            old: Properties in the old template.
            new: Properties of the template.
        """
        if self.property in new:
            value = new[self.property]
        elif self.property in old and self.reset_call:
            context.call(service, self.reset_call, **named)
            return
        else:
            value = self.default if self.property in old else None
        if value is None or old.get(self.property) == value:
            return
        argument = self.argument or self.property
        value = {self.member: value} if self.member else value
        context.call(
            service, self.call, **named, **(value if self.is_spread else {argument: value})
        )


@dataclass(frozen=True)
class Tagging:
    """How the resources of a service are tagged.

    Attributes:
        argument: Argument of the tagging calls that identifies the resource.
        resource: Its value: a text with Id, Region, Account and attributes in braces.
        property: The property that holds the tags.
        is_map: Whether the calls accept a mapping rather than a list.
        tag_call: Operation that sets tags.
        untag_call: Operation that removes tags.
        created_as: Argument of the create call for tags; empty if it takes none.
        tags_argument: Argument of the tag call for tags.
        keys_argument: Argument of the untag call for keys.
        is_listed: Whether the calls take a list of resources.
        names: What the API calls the key and the value of a tag.
    """

    argument: str
    resource: str = "{Id}"
    property: str = "Tags"
    is_map: bool = False
    tag_call: str = "TagResource"
    untag_call: str = "UntagResource"
    created_as: str = "Tags"
    tags_argument: str = "Tags"
    keys_argument: str = "TagKeys"
    is_listed: bool = False
    names: tuple[str, str] = ("Key", "Value")

    def at_creation(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the tags of the resource and of the stack, as an argument of the create call."""
        tags = {**context.tags, **self._read(properties)}
        return {self.created_as: self._written(tags)} if tags and self.created_as else {}

    def apply(
        self,
        context: Context,
        service: str,
        provided: Provided,
        old: Properties,
        new: Properties,
    ) -> None:
        """Remove the tags that were removed from the template, and set those that changed."""
        before, after = self._read(old), self._read(new)
        words = {"Id": provided.physical_id, "Region": context.region, "Account": ACCOUNT}
        resource = self.resource.format_map({**provided.attributes, **words})
        named = {self.argument: [resource] if self.is_listed else resource}
        if gone := sorted(set(before) - set(after)):
            context.call(service, self.untag_call, **named, **{self.keys_argument: gone})
        if after and after != before:
            own = {self.tags_argument: self._written(after)}
            context.call(service, self.tag_call, **named, **own)

    def _read(self, properties: Properties) -> dict[str, str]:
        tags = properties.get(self.property, {})
        if isinstance(tags, Mapping):
            return dict(tags)
        return {tag["Key"]: str(tag["Value"]) for tag in tags}

    def _written(self, tags: dict[str, str]) -> Any:
        if self.is_map:
            return tags
        key, value = self.names
        return [{key: own, value: tags[own]} for own in tags]


@dataclass(frozen=True, kw_only=True)
class ApiResource:
    """Provides a type whose resources are created by one call and deleted by another.

    A change requires a replacement, unless it is a change of tags, of a setting, or of a property
    that the update call accepts.

    Attributes:
        service: Service name in botocore.
        create_call: Operation that creates the resource.
        delete_call: Operation that deletes the resource.
        update_call: Operation that updates the resource, called with all properties that can
            change.
        answer: Member of the create call's response with the resource, if not the response itself.
        id: Member of the resource, or argument of the create call, that is the physical ID.
        id_argument: Argument that identifies the resource in other calls, if not ``id``.
        name: Property for the name of the resource. Default: a generated name.
        attributes: Sources of the attributes: a member of the resource, an argument of the create
            call, or a text with these, Id, Region and Account in braces.
        apart: Properties that are arguments of neither the create nor the update call.
        create_only: Properties whose change requires a replacement, if only these do.
        settings: Properties that separate calls set.
        defaults: Values for the update call if a property is removed from the template.
        deletion: Further arguments of the delete call.
        tagging: How the resource is tagged, if it can be.
    """

    service: str
    create_call: str
    delete_call: str
    update_call: str = ""
    answer: str = ""
    id: str
    id_argument: str = ""
    name: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    create_only: frozenset[str] | None = None
    settings: tuple[Setting, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    deletion: Mapping[str, Any] = field(default_factory=dict)
    tagging: Tagging | None = None

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the resource and apply its settings."""
        request = self.request(context, properties)
        answer = context.call(self.service, self.create_call, **request)
        resource = answer[self.answer] if self.answer else answer
        provided = self.provided(context, {**request, **resource}, properties)
        created = {each.property for each in self.settings if each.at_creation}
        try:
            self.modify(context, provided, NOTHING, without(properties, *created))
        except ProvisioningError:
            with contextlib.suppress(ProvisioningError):
                self.delete(context, provided, properties)
            raise
        return provided

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call."""
        later = [each.property for each in self.settings if not each.at_creation]
        request = without(properties, *self.apart, *later)
        if self.name:
            request.setdefault(self.name, context.name)
        if self.tagging:
            request.pop(self.tagging.property, None)
            request |= self.tagging.at_creation(context, properties)
        return request

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the resource that the create call created.

        Args:
            context: Context of the resource.
            known: Arguments of the create call, and members of its response.
            properties: Properties in the template.
        """
        id = known[self.id]
        words = {**known, "Id": id, "Region": context.region, "Account": ACCOUNT}
        attributes = {
            name: source.format_map(words) if "{" in source else words.get(source, "")
            for name, source in self.attributes.items()
        }
        return Provided(id, attributes)

    def named(self, provided: Provided) -> dict[str, Any]:
        """Return the argument that identifies the resource in a call."""
        return {self.id_argument or self.id: provided.physical_id}

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether a change requires a replacement."""
        if self.create_only is not None:
            return bool(changed(old, new) & self.create_only)
        in_place = {*self.apart, *(each.property for each in self.settings)}
        if self.tagging:
            in_place.add(self.tagging.property)
        return bool(changed(old, new) - in_place)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the resource in place."""
        if self.update_call:
            own_calls = {each.property for each in self.settings} | self._tags_property()
            fixed = {*self.apart, *(self.create_only or ()), *own_calls}
            request = without(new, *fixed) | reset(old, new, self.defaults)
            context.call(self.service, self.update_call, **self.named(provided) | request)
        if self.tagging:
            self.tagging.apply(context, self.service, provided, old, new)
        self.modify(context, provided, old, new)
        return provided

    def modify(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Set the properties that the create call cannot set, or that have changed."""
        for setting in self.settings:
            setting.apply(context, self.service, self.named(provided), old, new)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource."""
        context.call(self.service, self.delete_call, **self.named(provided), **self.deletion)

    def _tags_property(self) -> set[str]:
        return {self.tagging.property} if self.tagging else set()


class ReplacedOnChange:
    """A provider of a type for which every change requires a replacement."""

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether anything has changed."""
        return old != new

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Return the resource unchanged, because every change replaces it."""
        return provided
