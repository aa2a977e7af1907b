"""The catalogue of instance types: read when the first fact is asked for, and only then."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cdk_batch_mnp.instances.instance_type import InstanceType

SCHEMA = 1
"""Version of the data file's layout that this code reads."""

CATALOGUE_VARIABLE = "CDK_BATCH_MNP_INSTANCES"
"""Environment variable that names a catalogue to use in the place of the package's own."""

_TUPLES = frozenset({"architectures", "placement_strategies"})


class CatalogueError(ValueError):
    """A catalogue's file cannot be used; the message says why, in one line."""


class Catalogue:
    """Facts of instance types, by name.

    Args:
        types: Facts that are already known.
        rows: Facts as the data file has them, read one type at a time.
        without_facts: Types that exist and of which no more is known.
        date: When the facts were told, ``YYYY-MM-DD``.
        sources: Who told them.
    """

    def __init__(
        self,
        types: Mapping[str, InstanceType] | None = None,
        *,
        rows: Mapping[str, list[Any]] | None = None,
        columns: tuple[str, ...] = (),
        without_facts: frozenset[str] = frozenset(),
        date: str = "",
        sources: tuple[str, ...] = (),
    ) -> None:
        self._types = dict(types or {})
        self._rows = rows or {}
        self._columns = columns
        self._without_facts = without_facts
        self.date = date
        self.sources = sources

    def find(self, name: str) -> InstanceType | None:
        """Give the facts of a type, ``None`` if there are none."""
        found = self._types.get(name)
        if found is None and name in self._rows:
            found = self._types[name] = self._read(name, self._rows[name])
        return found

    def exists(self, name: str) -> bool:
        """Whether a type is known to exist, with facts or without."""
        return name in self._types or name in self._rows or name in self._without_facts

    def family(self, name: str) -> tuple[str, ...]:
        """Give the names of the types of a family (``c5``), with facts or without, in order."""
        start = f"{name}."
        names = {*self._types, *self._rows, *self._without_facts}
        return tuple(sorted(each for each in names if each.startswith(start)))

    def __iter__(self) -> Iterator[InstanceType]:
        """Every type with facts, by name."""
        for name in sorted({*self._types, *self._rows}):
            found = self.find(name)
            if found is not None:
                yield found

    def with_types(self, *types: InstanceType) -> Catalogue:
        """Give a catalogue that knows these types too, and prefers these facts to its own."""
        return Catalogue(
            {**self._types, **{each.name: each for each in types}},
            rows=self._rows,
            columns=self._columns,
            without_facts=self._without_facts,
            date=self.date,
            sources=self.sources,
        )

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read a catalogue's file.

        Raises:
            CatalogueError: It cannot be read, is cut off, or is written in a newer layout.
        """
        try:
            return cls._parse(path.read_bytes())
        except OSError as error:
            raise CatalogueError(f"{path}: {error.strerror}") from None
        except CatalogueError as error:
            raise CatalogueError(f"{path}: {error}") from None

    @classmethod
    def _parse(cls, text: bytes) -> Catalogue:
        try:
            data = json.loads(text)
        except ValueError as error:
            raise CatalogueError(f"no JSON, or cut off: {error}") from None
        if not isinstance(data, dict) or not isinstance(data.get("schema"), int):
            raise CatalogueError("no catalogue of instance types: it says no schema")
        if data["schema"] != SCHEMA:
            raise CatalogueError(
                f"written in layout {data['schema']}, and this version reads layout {SCHEMA}; "
                "update cdk-batch-mnp, or write the file again with its `instances refresh`"
            )
        columns, rows = data.get("columns"), data.get("types")
        if not isinstance(columns, list) or not isinstance(rows, dict):
            raise CatalogueError("no catalogue of instance types: columns or types are missing")
        known = set(InstanceType.__dataclass_fields__) - {"name"}
        if not set(columns) <= known or "vcpus" not in columns:
            raise CatalogueError(
                "no catalogue of instance types: its columns are not the known ones"
            )
        for name, row in rows.items():
            if not isinstance(row, list) or len(row) != len(columns):
                raise CatalogueError(f"{name} has not one value for each column")
        return cls(
            rows=rows,
            columns=tuple(columns),
            without_facts=frozenset(data.get("without_facts", ())),
            date=str(data.get("date", "")),
            sources=tuple(data.get("sources", ())),
        )

    def _read(self, name: str, row: list[Any]) -> InstanceType:
        facts = dict(zip(self._columns, row, strict=True))
        for column in _TUPLES & facts.keys():
            facts[column] = tuple(facts[column])
        cards = facts.get("network_cards")
        if cards:
            # [n, interfaces] for n equal cards; others one by one behind a zero.
            facts["network_cards"] = (cards[1],) * cards[0] if cards[0] else tuple(cards[1:])
        return InstanceType(name=name, **facts)


def default_catalogue() -> Catalogue:
    """Give the catalogue that ``CDK_BATCH_MNP_INSTANCES`` names, else the package's own.

    Raises:
        CatalogueError: The named file cannot be used.
    """
    return _cached(os.environ.get(CATALOGUE_VARIABLE, ""))


@cache
def _cached(path: str) -> Catalogue:
    if path:
        return Catalogue.load(Path(path))
    data = files("cdk_batch_mnp.instances").joinpath("data", "instance_types.json")
    return Catalogue._parse(data.read_bytes())
