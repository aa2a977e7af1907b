"""Merging EC2 descriptions from one or more Regions into a catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cdk_batch_mnp.instances.catalogue import COLUMNS, Catalogue
from cdk_batch_mnp.instances.described import Described, DescriptionError, read_description
from cdk_batch_mnp.instances.instance_type import InstanceType
from cdk_batch_mnp.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A newer catalogue and its differences from the old one.

    Attributes:
        catalogue: The newer catalogue.
        described: Number of types that EC2 described.
        new: Types without facts in the old catalogue.
        changed: Types with other facts in the old catalogue.
        kept: Types whose facts are from the old catalogue, because EC2 returned none that are
            usable.
        contradictions: Contradictory descriptions, one line each, starting with the type.
    """

    catalogue: Catalogue
    described: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    contradictions: tuple[str, ...]


def merge(described: Mapping[str, Iterable[Described]], *, old: Catalogue, date: str) -> Merged:
    """Merge the descriptions of Regions into an older catalogue.

    A fact on which Regions disagree becomes unknown, and a contradictory description is not used:
    a silent rule is better than a wrong one.

    Args:
        described: The results of DescribeInstanceTypes, by Region.
        old: The catalogue whose facts are kept for types that EC2 does not describe.
        date: Date of the descriptions, ``YYYY-MM-DD``.
    """
    facts_by_region: dict[str, dict[str, InstanceType]] = {}
    contradictions: dict[str, list[str]] = {}
    for region, infos in described.items():
        for info in infos:
            name = str(info.get("InstanceType"))
            of_type = facts_by_region.setdefault(name, {})
            try:
                of_type[region] = read_description(info)
            except DescriptionError as error:
                lines = contradictions.setdefault(name, [])
                lines += [
                    contradiction
                    for contradiction in error.contradictions
                    if contradiction not in lines
                ]
    types = {}
    for name, by_region in facts_by_region.items():
        facts, differing = _joined(by_region)
        contradictions.setdefault(name, []).extend(differing)
        if facts is not None:
            types[name] = facts
    before = {each.name: each for each in old}
    kept = tuple(sorted(before.keys() - types.keys()))
    return Merged(
        catalogue=Catalogue(
            before | types,
            without_facts=frozenset(old.names()) | facts_by_region.keys(),
            date=date,
            sources=_sources(tuple(described), len(types), kept, old),
        ),
        described=len(facts_by_region),
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
    """Return the facts on which Regions agree (none without vCPUs), and the disagreements."""
    if not by_region:
        return None, []
    facts, differing = dict[str, object](), []
    for column in COLUMNS:
        values = {region: getattr(each, column) for region, each in by_region.items()}
        known = {value for value in values.values() if value is not None and value != ()}
        if len(known) == 1:
            facts[column] = known.pop()
        elif known:
            values_by_region = ", ".join(f"{value} in {region}" for region, value in values.items())
            differing.append(f"Regions disagree on {column}: {values_by_region}")
    if "vcpus" not in facts:
        return None, differing
    name = next(iter(by_region.values())).name
    return InstanceType(name=name, **facts), differing  # type: ignore[arg-type]


def _sources(
    regions: Sequence[str], described: int, kept: Sequence[str], old: Catalogue
) -> tuple[str, ...]:
    source = f"EC2 DescribeInstanceTypes in {', '.join(regions)}, of {described} types"
    return (source, f"a catalogue of {old.date}, of {len(kept)} others") if kept else (source,)
