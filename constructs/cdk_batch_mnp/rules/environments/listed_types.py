"""The instance types that a compute environment's types, families and bundles cover."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value

BUNDLES = {"optimal": "x86_64", "default_x86_64": "x86_64", "default_arm64": "arm64"}
"""Values for which AWS Batch chooses the types, and their architecture.

Source: AWS Batch API, ComputeResource.instanceTypes.
"""

_ARCHITECTURES = ("x86_64", "arm64")


def has_instances(environment: ComputeEnvironment) -> bool:
    """Return whether an environment is known to launch instances of the types that it lists."""
    return environment.management == "MANAGED" and environment.type in ("EC2", "SPOT")


def listed(environment: ComputeEnvironment) -> Iterator[str]:
    """Yield the known types, families and bundles that an environment lists."""
    types = environment.instance_types
    if has_instances(environment) and has_value(types):
        yield from (each for each in types if each is not UNKNOWN)


def members(name: str, catalogue: Catalogue) -> tuple[InstanceType, ...]:
    """Return the facts of a type, or of each known type of a family; none for a bundle."""
    names = (name,) if "." in name else catalogue.family(name)
    found = (catalogue.find(each) for each in names)
    return tuple(each for each in found if each is not None)


def exact_types(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Maybe[tuple[InstanceType, ...]]:
    """Return the facts of every type that an environment can launch.

    Unknown if it lists a family or a bundle, which gain types over time, or a type without facts.
    """
    types = environment.instance_types
    if not has_instances(environment) or not has_value(types) or not types:
        return UNKNOWN
    facts = tuple(None if each is UNKNOWN else catalogue.find(each) for each in types)
    known = tuple(fact for fact in facts if fact is not None)
    return known if len(known) == len(facts) else UNKNOWN


def architecture(name: str, catalogue: Catalogue) -> str | None:
    """Return the architecture of a type, a family or a bundle; ``None`` if it is not known.

    All types of a family share one architecture, so a type without facts has its family's.
    """
    if name in BUNDLES:
        return BUNDLES[name]
    facts = members(name, catalogue) or members(name.partition(".")[0], catalogue)
    seen = {_architecture(fact) for fact in facts}
    return seen.pop() if len(seen) == 1 else None


def _architecture(facts: InstanceType) -> str | None:
    # The oldest types also support 32-bit images.
    return next((each for each in _ARCHITECTURES if each in facts.architectures), None)
