"""Types that a table provides: which calls create, change, tag and delete their resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    changed,
    reset,
    without,
)

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Setting:
    """A property that has a call of its own, which sets it without a new resource.

    Attributes:
        property: Its name in the template.
        call: Operation that sets it.
        argument: The argument that takes it, if its name is not the property's.
        member: Member of the argument that takes it, if it is not the argument itself.
        is_spread: Whether the value is a mapping of arguments.
        default: What the call sets once the property has left the template.
        reset_call: Operation that removes it instead.
        at_creation: Whether the creating call takes it too.
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
            context: Where the resource is provided.
            service: That provides it.
            named: The argument that names the resource.
            old: Properties of the template before.
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
        argument: The argument of the tagging calls that names the resource.
        resource: Its value: a text with Id, Region, Account and attributes in braces.
        property: The property that holds the tags.
        is_map: Whether the calls take a mapping rather than a list.
        tag_call: Operation that sets tags.
        untag_call: Operation that removes tags.
    """

    argument: str
    resource: str = "{Id}"
    property: str = "Tags"
    is_map: bool = False
    tag_call: str = "TagResource"
    untag_call: str = "UntagResource"

    def at_creation(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the argument of the creating call: the tags of the resource and of the stack."""
        tags = {**context.tags, **self._read(properties)}
        return {"Tags": self._written(tags)} if tags else {}

    def apply(
        self,
        context: Context,
        service: str,
        provided: Provided,
        old: Properties,
        new: Properties,
    ) -> None:
        """Remove the tags that have left the template, and set those that have changed."""
        before, after = self._read(old), self._read(new)
        words = {"Id": provided.physical_id, "Region": context.region, "Account": ACCOUNT}
        named = {self.argument: self.resource.format_map({**provided.attributes, **words})}
        if gone := sorted(set(before) - set(after)):
            context.call(service, self.untag_call, **named, TagKeys=gone)
        if after and after != before:
            context.call(service, self.tag_call, **named, Tags=self._written(after))

    def _read(self, properties: Properties) -> dict[str, str]:
        tags = properties.get(self.property, {})
        if isinstance(tags, Mapping):
            return dict(tags)
        return {tag["Key"]: str(tag["Value"]) for tag in tags}

    def _written(self, tags: dict[str, str]) -> Any:
        return tags if self.is_map else [{"Key": key, "Value": tags[key]} for key in tags]


@dataclass(frozen=True, kw_only=True)
class ApiResource:
    """Provides a type whose resources one call creates and one call deletes.

    A change needs a new resource, unless it is of the tags, of a setting, or of a property that the
    updating call takes.

    Attributes:
        service: As botocore knows it.
        create_call: Operation that creates it.
        delete_call: Operation that deletes it.
        update_call: Operation that changes it. It is called with all properties that can change.
        answer: Member of the creating call's answer that holds the resource, if not the answer.
        id: Member of the resource, or argument of the creating call, that is the physical id.
        id_argument: How the other calls name the resource, if not by ``id``.
        name: The property that names the resource; the stack names it if the template does not.
        attributes: Where the attributes of the type come from: a member of the resource, an
            argument of the creating call, or a text with these, Id, Region and Account in braces.
        apart: Properties that are arguments of neither the creating nor the updating call.
        create_only: Properties whose change needs a new resource, if only these do.
        settings: Properties that calls of their own set.
        defaults: What the updating call sets once a property has left the template.
        deletion: More arguments of the deleting call.
        tagging: How it is tagged, if it can be.
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
        self.modify(context, provided, NOTHING, without(properties, *created))
        return provided

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the creating call."""
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
        """Return the resource that the creating call made.

        Args:
            context: Where it is provided.
            known: The arguments of the creating call, and the members of its answer.
            properties: Of the template.
        """
        id = known[self.id]
        words = {**known, "Id": id, "Region": context.region, "Account": ACCOUNT}
        attributes = {
            name: source.format_map(words) if "{" in source else words.get(source, "")
            for name, source in self.attributes.items()
        }
        return Provided(id, attributes)

    def named(self, provided: Provided) -> dict[str, Any]:
        """Return the argument that names the resource in a call."""
        return {self.id_argument or self.id: provided.physical_id}

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the resource cannot change in its place."""
        if self.create_only is not None:
            return bool(changed(old, new) & self.create_only)
        in_place = {*self.apart, *(each.property for each in self.settings)}
        if self.tagging:
            in_place.add(self.tagging.property)
        return bool(changed(old, new) - in_place)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the resource in its place."""
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
        """Set what the creating call cannot set, or what has changed since."""
        for setting in self.settings:
            setting.apply(context, self.service, self.named(provided), old, new)

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource."""
        context.call(self.service, self.delete_call, **self.named(provided), **self.deletion)

    def _tags_property(self) -> set[str]:
        return {self.tagging.property} if self.tagging else set()


class ReplacedOnChange:
    """A provider of a type whose every change needs a new resource."""

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether anything has changed."""
        return old != new

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Return the resource as it is: every change replaces it."""
        return provided
