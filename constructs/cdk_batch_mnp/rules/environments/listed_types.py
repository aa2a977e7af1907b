"""The instance types that a compute environment's types, families and bundles cover."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value

BUNDLES = {"optimal": "x86_64", "default_x86_64": "x86_64", "default_arm64": "arm64"}
"""Values for which AWS Batch chooses the types, and their architecture.

Source: AWS Batch API, ComputeResource.instanceTypes.
"""

_GENERAL = {
    # The documented families, and the newer general ones that AWS Batch may choose instead.
    # Network-, storage- and GPU-optimized families are never among them.
    "x86_64": r"[cmr][0-9]+[ai]?(-flex)?",
    "arm64": r"[cmr][0-9]+g",
}
"""The families that a bundle covers, by architecture.

The API names c4, m4, r4, c5, m5, r5 for optimal; m6i, c6i, r6i, c7i for default_x86_64; m6g, c6g,
r6g, c7g for default_arm64. Since November 2025 optimal is default_x86_64, and all three may change
to newer generations. Source: AWS Batch API, ComputeResource.instanceTypes, as of November 2026.
"""

_DOCUMENTED = {"x86_64": ("c5", "c6i", "m6i", "r6i"), "arm64": ("c6g", "m6g", "r6g")}
"""Families without which a catalogue does not show what a bundle covers."""

_ARCHITECTURES = ("x86_64", "arm64")


def has_instances(environment: ComputeEnvironment) -> bool:
    """Return whether an environment is known to launch instances of the types that it lists."""
    return environment.management == "MANAGED" and environment.type in ("EC2", "SPOT")


def listed(environment: ComputeEnvironment) -> Iterator[str]:
    """Yield the known types, families and bundles that an environment lists."""
    types = environment.instance_types
    if has_instances(environment) and has_value(types):
        yield from (name for name in types if name is not UNKNOWN)


def members(name: str, catalogue: Catalogue) -> tuple[InstanceType, ...]:
    """Return the facts of a type, or of each known type of a family; none for a bundle."""
    names = (name,) if "." in name else catalogue.family(name)
    found = (catalogue.find(each) for each in names)
    return tuple(each for each in found if each is not None)


def is_covered_by(listed: str, instance_type: str) -> bool:
    """Return whether a listed type, family or bundle covers an instance type."""
    family = instance_type.partition(".")[0]
    if listed in BUNDLES:
        return bool(re.fullmatch(_GENERAL[BUNDLES[listed]], family))
    return listed in (instance_type, family)


def is_open(environment: ComputeEnvironment) -> bool:
    """Return whether an environment certainly lists a family or a bundle."""
    return any("." not in name for name in listed(environment))


def possible_types(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Maybe[tuple[InstanceType, ...]]:
    """Return the facts of every type that an environment can launch.

    A family is every type of it in the catalogue. A bundle is every type of the general families
    of its architecture, which are more than those that AWS Batch chooses from today.

    Returns:
        In the order of the list, and each family by vCPUs. Unknown if an entry of the list is
        unknown, or has a type without facts.
    """
    types = environment.instance_types
    if not has_instances(environment) or not has_value(types) or not types:
        return UNKNOWN
    # Each job is compared with each environment.
    known = environment.computed.get(__name__)
    if isinstance(known, tuple) and known[0] is catalogue:
        found: Maybe[tuple[InstanceType, ...]] = known[1]
        return found
    made = _possible(types, catalogue)
    environment.computed[__name__] = (catalogue, made)
    return made


def _possible(
    types: tuple[Maybe[str], ...], catalogue: Catalogue
) -> Maybe[tuple[InstanceType, ...]]:
    possible: dict[str, InstanceType] = {}
    for name in types:
        covered = UNKNOWN if name is UNKNOWN else covered_types(name, catalogue)
        if covered is UNKNOWN:
            return UNKNOWN
        possible.update((facts.name, facts) for facts in covered)
    return tuple(possible.values())


def covered_types(name: str, catalogue: Catalogue) -> Maybe[tuple[InstanceType, ...]]:
    """Return the facts of a type, or of every type that a family or a bundle covers, by vCPUs.

    Unknown if there is a type without facts among them, or if a catalogue of few types may lack
    some of them.
    """
    if "." in name:
        one = catalogue.find(name)
        return UNKNOWN if one is None else (one,)
    names: tuple[str, ...] = ()
    if name in BUNDLES:
        if not all(map(catalogue.family, _DOCUMENTED[BUNDLES[name]])):
            return UNKNOWN
        families = (each for each in catalogue.families() if is_covered_by(name, f"{each}."))
        names = tuple(
            instance_type for family in families for instance_type in catalogue.family(family)
        )
    else:
        names = catalogue.family(name)
    found = [catalogue.find(each) for each in names]
    facts = [each for each in found if each is not None]
    # An app may declare the vCPUs alone of one type whose family the catalogue does not have.
    if not facts or len(facts) < len(names) or any(fact.memory_mib is None for fact in facts):
        return UNKNOWN
    return tuple(sorted(facts, key=lambda fact: (fact.vcpus, fact.name)))


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
