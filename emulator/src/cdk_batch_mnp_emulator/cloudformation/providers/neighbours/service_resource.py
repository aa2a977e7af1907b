"""Table-driven providers of types that have the properties that their service takes."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import StructureShape

from cdk_batch_mnp_emulator import api_model
from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import NOTHING, ApiResource
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    ProvisioningError,
    changed,
    reset,
    without,
)
from cdk_batch_mnp_emulator.errors import ServiceError

_log = logging.getLogger("cdk_batch_mnp_emulator")

_GONE = ("NotFound", "NoSuch", "DoesNotExist", "NonExistent", "NotExist")
_KEYS = "(keys)"
"""Attribute with the arguments that name a resource; no Fn::GetAtt can read it."""

Change = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class ServiceResource(ApiResource):
    """Provides a type by the operations of its service.

    Properties that the operations do not take have no effect, and a warning names them. A change of
    what the update call takes is made in place, and any other requires a replacement.

    Attributes:
        renamed: Arguments by properties, where the API has another name.
        converted: How values are converted, by property.
        fixed: Further arguments of the create call: texts with Name, Region and Account in braces.
        keys: Properties that, with the ID, identify the resource in other calls.
        key: How the ID is written as an argument: a text with Id and attributes in braces.
        is_listed: Whether the delete call takes a list of IDs.
        delete_argument: Its argument, if it is not that of other calls.
        is_recreated: Whether a change deletes the resource and creates it anew with its name,
            because the service cannot update it here.
        ignored: Properties that have no effect here, without a warning.
        wrapped: Argument of the create and update calls that holds all others.
        is_only_checked: Whether the request is checked, and no service here has the resource.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    converted: Mapping[str, Change] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    key: str = "{Id}"
    is_listed: bool = False
    delete_argument: str = ""
    is_recreated: bool = False
    ignored: tuple[str, ...] = ()
    wrapped: str = ""
    is_only_checked: bool = False

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the resource, apply its settings and tag it."""
        if self.is_only_checked:
            return self._checked(context, properties, "")
        provided = super().create(context, properties)
        if self.tagging and not self.tagging.created_as:
            self.tagging.apply(context, self.service, provided, NOTHING, properties)
        self._warn(context, properties)
        return provided

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call: the properties that it takes."""
        request = super().request(context, without(properties, *self.ignored))
        words = {"Name": context.name, "Region": context.region, "Account": ACCOUNT}
        fixed = {
            name: value.format_map(words) if isinstance(value, str) else value
            for name, value in self.fixed.items()
        }
        return self._taken(self.create_call, {**fixed, **request})

    def provided(
        self, context: Context, known: Mapping[str, Any], properties: Properties
    ) -> Provided:
        """Return the resource that the create call created."""
        inner = known.get(self.wrapped, {})
        answered = {key[:1].upper() + key[1:]: value for key, value in {**inner, **known}.items()}
        known = {**properties, **answered, **known}
        if "{" in self.id:
            words = {**known, "Region": context.region, "Account": ACCOUNT}
            known[self.id] = self.id.format_map(words)
        provided = super().provided(context, known, properties)
        words = {**known, "Id": provided.physical_id, **provided.attributes}
        own = {self.id_argument or self.id: self.key.format_map(words)}
        keys = {name: known[name] for name in self.keys if name in known}
        return Provided(provided.physical_id, {**provided.attributes, _KEYS: {**keys, **own}})

    def named(self, provided: Provided) -> dict[str, Any]:
        """Return the arguments that identify the resource in a call."""
        return dict(provided.attributes[_KEYS])

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether a change requires a replacement."""
        different = changed(old, new) - set(self.ignored)
        if self.create_only is not None:
            return bool(different & self.create_only)
        in_place = {*self.apart, *(each.property for each in self.settings), *self._tags_property()}
        if self.is_recreated:
            return bool(different & {self.name, *self.keys})
        if self.update_call:
            takes = self._shape(self.update_call)
            named = {self.name, self.id, *self.keys}
            in_place |= {
                name
                for name in different - named
                if api_model.member(takes, self.renamed.get(name, name)) is not None
            }
        return bool(different - in_place)

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the resource in place."""
        if self.is_only_checked:
            return self._checked(context, new, provided.physical_id)
        own_calls = {*(each.property for each in self.settings), *self._tags_property()}
        different = changed(old, new) - own_calls - set(self.apart) - set(self.ignored)
        if self.is_recreated:
            self.delete(context, provided, old)
            name = {self.name: provided.physical_id} if self.name else {}
            return self.create(context, {**name, **new})
        if self.update_call and different:
            fixed = {*self.apart, *self.ignored, *(self.create_only or ()), *own_calls}
            request = without(new, *fixed, *self.keys, self.name) | reset(old, new, self.defaults)
            named = self.named(provided)
            if self.wrapped:
                request |= named
                named = {}
            context.call(
                self.service,
                self.update_call,
                **{**self._taken(self.update_call, request), **named},
            )
        if self.tagging:
            self.tagging.apply(context, self.service, provided, old, new)
        self.modify(context, provided, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource, unless it is gone already."""
        if self.is_only_checked:
            return
        named = self.named(provided)
        own = named.pop(self.id_argument or self.id)
        argument = self.delete_argument or self.id_argument or self.id
        named[argument] = [own] if self.is_listed else own
        with gone_already():
            context.call(self.service, self.delete_call, **named, **self.deletion)

    def _checked(self, context: Context, properties: Properties, id: str) -> Provided:
        request = self.request(context, properties)
        shape = api_model.input_shape(self.service, self.create_call)
        try:
            api_model.check(
                self.service,
                self.create_call,
                api_model.request_from_properties(shape, request),
                "InvalidRequest",
            )
        except ServiceError as error:
            raise ProvisioningError(error.message) from None
        if not id:
            _log.warning(
                "%s (%s): the embedded AWS checks the properties of this type only; it has no %s",
                context.path,
                context.type,
                self.create_call,
            )
        own = {self.id: id or properties.get(self.id, context.name)}
        return self.provided(context, {**request, **own}, properties)

    def _shape(self, call: str) -> StructureShape:
        shape = api_model.input_shape(self.service, call)
        own = shape.members[self.wrapped] if self.wrapped else shape
        return own if isinstance(own, StructureShape) else shape

    def _taken(self, call: str, properties: Properties) -> dict[str, Any]:
        shape = self._shape(call)
        taken: dict[str, Any] = {}
        for name, value in properties.items():
            argument = api_model.member(shape, self.renamed.get(name, name))
            if argument is not None:
                taken[argument] = self.converted[name](value) if name in self.converted else value
        return {self.wrapped: taken} if self.wrapped else taken

    def _warn(self, context: Context, properties: Properties) -> None:
        shape = self._shape(self.create_call)
        known = {*self.apart, *self.ignored, *self.keys, *self._tags_property()}
        known |= {each.property for each in self.settings}
        left_out = [
            name
            for name in properties
            if name not in known and api_model.member(shape, self.renamed.get(name, name)) is None
        ]
        self.warn_of(context, left_out)

    def warn_of(self, context: Context, left_out: list[str]) -> None:
        """Name the properties of a resource that have no effect."""
        if left_out:
            _log.warning(
                "%s (%s): the embedded AWS leaves out %s",
                context.path,
                context.type,
                ", ".join(sorted(left_out)),
            )


@contextlib.contextmanager
def gone_already() -> Iterator[None]:
    """Ignore that what is to be deleted does not exist."""
    try:
        yield
    except ProvisioningError as error:
        cause = error.__cause__
        code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else ""
        if not any(word in code for word in _GONE):
            raise
