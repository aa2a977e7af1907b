"""Known instance types and their architectures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from botocore.model import StringShape

from cdk_batch_mnp_emulator import api_model

BUNDLES = {"optimal": "x86_64", "default_x86_64": "x86_64", "default_arm64": "arm64"}
"""Values that Batch resolves to instance types, with their architecture.

Source: Batch API, ComputeResource.instanceTypes.
"""


@cache
def _architectures() -> Mapping[str, frozenset[str]]:
    """Return the architectures of every type and family; empty for types that moto lacks."""
    # Slow to import, and rarely needed.
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    shape = api_model.service_model("ec2").shape_for("InstanceType")
    names = {*INSTANCE_TYPES, *(shape.enum if isinstance(shape, StringShape) else ())}
    found = {
        name: frozenset(
            INSTANCE_TYPES.get(name, {}).get("ProcessorInfo", {}).get("SupportedArchitectures", ())
        )
        & {"x86_64", "arm64"}
        for name in names
    }
    families: dict[str, frozenset[str]] = {}
    for name, architectures in found.items():
        family = name.split(".")[0]
        families[family] = families.get(family, frozenset()) | architectures
    bundles = {name: frozenset({architecture}) for name, architecture in BUNDLES.items()}
    return found | families | bundles


def unknown(names: Iterable[str]) -> list[str]:
    """Return the names that are not an instance type, a family or a Batch default."""
    return [name for name in names if name not in _architectures()]


def architectures(names: Iterable[str]) -> frozenset[str]:
    """Return the architectures of all these types and families, as far as they are known."""
    known = _architectures()
    return frozenset().union(*(known.get(name, frozenset()) for name in names))


def overlap(one: str, other: str) -> bool:
    """Return whether two types or families have an instance type in common."""
    return one == other or one == other.split(".")[0] or other == one.split(".")[0]
