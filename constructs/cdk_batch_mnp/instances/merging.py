"""A newer catalogue, of what EC2 tells in one Region or several and of an older catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cdk_batch_mnp.instances.catalogue import COLUMNS, Catalogue
from cdk_batch_mnp.instances.described import Described, DescriptionError, read_description
from cdk_batch_mnp.instances.instance_type import InstanceType


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A newer catalogue, and what is new in it.

    Attributes:
        catalogue: What is known now.
        told: How many types EC2 told of.
        new: Types of which the old catalogue had no facts.
        changed: Types of which it had others.
        kept: Types of which EC2 told no usable facts, and the old catalogue has some.
        contradictions: What EC2 told and cannot be true, one line each, which names the type.
    """

    catalogue: Catalogue
    told: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    contradictions: tuple[str, ...]


def merge(described: Mapping[str, Iterable[Described]], *, old: Catalogue, date: str) -> Merged:
    """Join what Regions tell of their types with what an older catalogue knows of others.

    A fact that the Regions do not agree on becomes unknown, and a description that contradicts
    itself is not used: a rule that is silent is better than one that is wrong.

    Args:
        described: What DescribeInstanceTypes tells in each Region.
        old: Whose facts stay for the types that EC2 does not tell of.
        date: When EC2 told it, ``YYYY-MM-DD``.
    """
    told: dict[str, dict[str, InstanceType]] = {}
    contradictions: dict[str, list[str]] = {}
    for region, infos in described.items():
        for info in infos:
            name = str(info.get("InstanceType"))
            of_type = told.setdefault(name, {})
            try:
                of_type[region] = read_description(info)
            except DescriptionError as error:
                lines = contradictions.setdefault(name, [])
                lines += [each for each in error.contradictions if each not in lines]
    types = {}
    for name, by_region in told.items():
        facts, differing = _joined(by_region)
        contradictions.setdefault(name, []).extend(differing)
        if facts is not None:
            types[name] = facts
    before = {each.name: each for each in old}
    kept = tuple(sorted(before.keys() - types.keys()))
    return Merged(
        catalogue=Catalogue(
            before | types,
            without_facts=frozenset(old.names()) | told.keys(),
            date=date,
            sources=_sources(tuple(described), len(types), kept, old),
        ),
        told=len(told),
        new=tuple(sorted(types.keys() - before.keys())),
        changed=tuple(
            sorted(name for name in types.keys() & before.keys() if types[name] != before[name])
        ),
        kept=kept,
        contradictions=tuple(
            f"{name}: {line}" for name in sorted(contradictions) for line in contradictions[name]
        ),
    )


def _joined(by_region: Mapping[str, InstanceType]) -> tuple[InstanceType | None, list[str]]:
    """The facts that Regions agree on, none without vCPUs, and what they do not agree on."""
    if not by_region:
        return None, []
    facts, differing = dict[str, object](), []
    for column in COLUMNS:
        values = {region: getattr(each, column) for region, each in by_region.items()}
        known = {value for value in values.values() if value is not None and value != ()}
        if len(known) == 1:
            facts[column] = known.pop()
        elif known:
            each_says = ", ".join(f"{value} in {region}" for region, value in values.items())
            differing.append(f"the Regions tell another {column}: {each_says}")
    if "vcpus" not in facts:
        return None, differing
    name = next(iter(by_region.values())).name
    return InstanceType(name=name, **facts), differing  # type: ignore[arg-type]


def _sources(
    regions: Sequence[str], described: int, kept: Sequence[str], old: Catalogue
) -> tuple[str, ...]:
    told = f"EC2 DescribeInstanceTypes in {', '.join(regions)}, of {described} types"
    return (told, f"a catalogue of {old.date}, of {len(kept)} others") if kept else (told,)
