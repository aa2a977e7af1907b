"""Policies of VPC endpoints, as far as they decide whether a service can be used at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cdk_batch_mnp.model.api_struct import Value
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

ECR_LAYER_BUCKET = "prod-region-starport-layer-bucket"
"""Stands for the bucket of the image layers of Amazon ECR, in any Region."""

_LAYER_BUCKET = re.compile(r"prod-[a-z0-9-]+-starport-layer-bucket")
_PARTITION = re.compile(r"^arn:aws[a-z-]*:")
_STAND_IN = "arn:aws:"


@dataclass(frozen=True, slots=True)
class EndpointStatement:
    """A statement of an endpoint policy.

    Attributes:
        allows: Whether its effect is ``Allow``.
        actions: Patterns of actions, or of all others if ``except_actions``.
        resources: Patterns of ARNs, or of all others if ``except_resources``.
        is_for_everyone: Whether it applies to every principal.
        is_conditional: Whether it has conditions.
    """

    allows: Maybe[bool]
    actions: tuple[Maybe[str], ...]
    resources: tuple[Maybe[str], ...] = ("*",)
    except_actions: bool = False
    except_resources: bool = False
    is_for_everyone: Maybe[bool] = True
    is_conditional: bool = False

    def covers(self, action: str, resources: Sequence[str]) -> Maybe[bool]:
        """Return whether the statement applies to an action.

        Args:
            action: The action.
            resources: ARNs, any of which may be the resource; empty if it is not known.
        """
        on_action = _matches(self.actions, (action,), self.except_actions)
        on_resource = _matches(self.resources, resources, self.except_resources)
        if on_action is False or on_resource is False:
            return False
        if self.is_conditional or self.is_for_everyone is not True:
            return UNKNOWN
        return on_action if on_resource is True else UNKNOWN


@dataclass(frozen=True, slots=True)
class EndpointPolicy:
    """The policy of a VPC endpoint.

    Attributes:
        statements: Its statements; an unknown one may allow or deny anything.
    """

    statements: tuple[Maybe[EndpointStatement], ...]

    def allows(self, action: str, resources: Sequence[str] = ()) -> Maybe[bool]:
        """Return whether the policy lets requests for an action pass.

        Args:
            action: The action, such as ``ecr:BatchGetImage``.
            resources: ARNs, any of which may be the resource; empty if it is not known.
        """
        verdicts = [
            (UNKNOWN, UNKNOWN) if each is UNKNOWN else (each.allows, each.covers(action, resources))
            for each in self.statements
        ]
        if (False, True) in verdicts:
            return False
        possible = [verdict for verdict in verdicts if verdict[1] is not False]
        if all(allows is False for allows, _ in possible):
            return False
        return True if all(verdict == (True, True) for verdict in possible) else UNKNOWN


def read_policy(document: Value) -> Maybe[EndpointPolicy] | None:
    """Read a policy document; ``None`` if there is none."""
    if document is None:
        return None
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list):
        return UNKNOWN
    return EndpointPolicy(tuple(_statement(each) for each in statements))


def _statement(value: Value) -> Maybe[EndpointStatement]:
    if not isinstance(value, Mapping):
        return UNKNOWN
    effect = value.get("Effect")
    except_actions, except_resources = "NotAction" in value, "NotResource" in value
    principal = value.get("Principal", UNKNOWN)
    if isinstance(principal, Mapping):
        principal = principal.get("AWS", UNKNOWN)
    return EndpointStatement(
        allows=effect == "Allow" if effect in ("Allow", "Deny") else UNKNOWN,
        actions=_texts(value.get("NotAction" if except_actions else "Action")),
        resources=_texts(value.get("NotResource" if except_resources else "Resource")),
        except_actions=except_actions,
        except_resources=except_resources,
        is_for_everyone=True if principal in ("*", ["*"]) else UNKNOWN,
        is_conditional="Condition" in value,
    )


def _texts(value: Value) -> tuple[Maybe[str], ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(each if isinstance(each, str) else UNKNOWN for each in values)


def _matches(patterns: Sequence[Maybe[str]], values: Sequence[str], inverted: bool) -> Maybe[bool]:
    """Return whether patterns match; values that only some of them match are not known to."""
    if "*" in patterns:
        return not inverted
    found: set[Maybe[bool]] = {_matches_one(patterns, each) for each in values} or {UNKNOWN}
    if len(found) > 1 or UNKNOWN in found:
        return UNKNOWN
    return (True in found) is not inverted


def _matches_one(patterns: Sequence[Maybe[str]], value: str) -> Maybe[bool]:
    if any(each is not UNKNOWN and _is_like(value, each) for each in patterns):
        return True
    return UNKNOWN if UNKNOWN in patterns else False


def _is_like(value: str, pattern: str) -> bool:
    pattern = _PARTITION.sub(_STAND_IN, pattern.lower())
    # The Region of a policy is that of its stack, whose name is often not known.
    pattern = _LAYER_BUCKET.sub(ECR_LAYER_BUCKET, pattern)
    # Square brackets are no wildcards in policies.
    return fnmatchcase(value.lower(), pattern.replace("[", "[[]"))
