"""Read the documents of policies: of roles, their trust, and resources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import get_args

from cdk_batch_mnp.model.api_struct import Value
from cdk_batch_mnp.model.policy import Principal, PrincipalKind, Statement, Statements
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Perhaps, Unknown
from cdk_batch_mnp.template.readers.texts import Texts

_KINDS: tuple[PrincipalKind, ...] = get_args(PrincipalKind)
_UNKNOWN: Statements = (UNKNOWN,)
_ELEMENTS = {
    *("Sid", "Effect", "Condition"),
    *("Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal"),
}
"""The elements of a statement. One in other letters may have the same meaning, or none."""


def read_policy(document: Value, texts: Texts, origin: str = "") -> Statements:
    """Read the statements of a policy, one ``UNKNOWN`` for all that cannot be read.

    Args:
        document: The policy as the template writes it, with intrinsic functions resolved.
        texts: The texts of the templates.
        origin: The policy, for people.
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return _UNKNOWN
    statements = document.get("Statement") if isinstance(document, Mapping) else UNKNOWN
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list):
        return _UNKNOWN
    return tuple(
        _statement(statement, texts, origin) if isinstance(statement, Mapping) else UNKNOWN
        for statement in statements
    )


def _statement(written: Mapping[str, Value], texts: Texts, origin: str) -> Maybe[Statement]:
    effect = written.get("Effect")
    if effect not in ("Allow", "Deny") or not written.keys() <= _ELEMENTS:
        return UNKNOWN
    actions, resources = (
        written.get(name, written.get(f"Not{name}")) for name in ("Action", "Resource")
    )
    is_of_resource = not {"Principal", "NotPrincipal"}.isdisjoint(written)
    listed = _listed(resources)
    return Statement(
        is_deny=effect == "Deny",
        actions=_actions(actions),
        excludes_actions="NotAction" in written,
        resources=None
        if resources is None and is_of_resource
        else UNKNOWN
        if listed is UNKNOWN
        else tuple(texts.pattern(each) for each in listed),
        excludes_resources="NotResource" in written,
        principals=_principals(written.get("Principal", UNKNOWN), texts)
        if is_of_resource
        else None,
        is_conditional=written.get("Condition") not in (None, {}),
        origin=origin,
    )


def _listed(value: Value) -> Maybe[list[Value]]:
    if value is None or isinstance(value, (Unknown, Perhaps, Mapping)):
        return UNKNOWN
    return value if isinstance(value, list) else [value]


def _actions(value: Value) -> Maybe[tuple[Maybe[str], ...]]:
    listed = _listed(value)
    if listed is UNKNOWN:
        return UNKNOWN
    return tuple(each if isinstance(each, str) else UNKNOWN for each in listed)


def _principals(value: Value, texts: Texts) -> Maybe[tuple[Principal, ...]]:
    if value == "*":
        return (Principal("AWS", ("*",)),)
    if not isinstance(value, Mapping) or not set(value) <= set(_KINDS):
        return UNKNOWN
    if any(_listed(each) is UNKNOWN for each in value.values()):
        return UNKNOWN
    return tuple(_each_principal(value, texts))


def _each_principal(value: Mapping[str, Value], texts: Texts) -> Iterator[Principal]:
    for kind in _KINDS:
        listed = _listed(value.get(kind, []))
        for name in [] if listed is UNKNOWN else listed:
            yield Principal(kind, texts.of(name))
