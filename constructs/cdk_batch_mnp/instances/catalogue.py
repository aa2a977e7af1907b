"""The catalogue of instance types, loaded when the first fact is needed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from cdk_batch_mnp.files.reading import UnreadableFileError, read_bytes
from cdk_batch_mnp.instances.instance_type import InstanceType

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1
"""Version of the data file's layout that this code reads."""

INSTANCES_CONTEXT = "cdk-batch-mnp:instances"
"""Key of a CDK app's context that names a catalogue file, as ``instances refresh`` writes it."""

MAX_BYTES = 32 * 1024 * 1024
"""Largest file that is read; all types of AWS need well below 1 MiB."""

COLUMNS = tuple(field.name for field in fields(InstanceType) if field.name != "name")
"""Every fact, in the order of the data file."""

_TYPES, _BETWEEN, _END = '"types":{\n', ",\n", "\n}}\n"
"""Before, between and after the rows of the data file."""

_TUPLES = frozenset({"architectures", "placement_strategies"})


class CatalogueError(ValueError):
    """A catalogue file cannot be used. The message is one line."""


class Catalogue:
    """Facts about instance types, by name.

    Args:
        types: Facts by the name of the type. Default: none.
        rows: Rows of the data file by the name of the type, converted when they are needed. A row
            can be its JSON text. Default: none.
        columns: Names of the values in each row. Default: none.
        without_facts: Types that exist, but about which no facts are known. Default: none.
        date: Date of the facts, ``YYYY-MM-DD``. Default: unknown.
        sources: Origins of the facts. Default: none are named.
    """

    def __init__(
        self,
        types: Mapping[str, InstanceType] | None = None,
        *,
        rows: Mapping[str, list[Any] | str] | None = None,
        columns: tuple[str, ...] = (),
        without_facts: frozenset[str] = frozenset(),
        date: str = "",
        sources: tuple[str, ...] = (),
    ) -> None:
        self._types = dict(types or {})
        self._rows = rows or {}
        self._columns = columns
        self._without_facts = without_facts
        self._names: tuple[str, ...] | None = None
        self._by_family: dict[str, list[str]] | None = None
        self.date = date
        self.sources = sources

    def find(self, name: str) -> InstanceType | None:
        """Return the facts of a type, ``None`` if there are none."""
        found = self._types.get(name)
        if found is None and name in self._rows:
            found = self._types[name] = self._read(name, self._rows[name])
        return found

    def exists(self, name: str) -> bool:
        """Return whether a type is known to exist, with or without facts."""
        return name in self._types or name in self._rows or name in self._without_facts

    def family(self, name: str) -> tuple[str, ...]:
        """Return the sorted names of the types of a family (``c5``), with or without facts."""
        if self._by_family is None:
            self._by_family = {}
            for instance_type in self.names():
                self._by_family.setdefault(instance_type.partition(".")[0], []).append(
                    instance_type
                )
        return tuple(self._by_family.get(name, ()))

    def names(self) -> tuple[str, ...]:
        """Return the sorted names of all types, with or without facts."""
        if self._names is None:
            self._names = tuple(sorted({*self._types, *self._rows, *self._without_facts}))
        return self._names

    def families(self) -> tuple[str, ...]:
        """Return the sorted names of all families."""
        self.family("")
        return tuple(sorted(self._by_family or ()))

    def near(self, name: str) -> tuple[str, ...]:
        """Return up to three names that resemble a misspelt one, the closest first."""
        from difflib import get_close_matches  # Slow to import, and rarely needed.

        return tuple(get_close_matches(name.lower(), self.names(), n=3))

    def __iter__(self) -> Iterator[InstanceType]:
        """Iterate over the types with facts, sorted by name."""
        for name in sorted({*self._types, *self._rows}):
            found = self.find(name)
            if found is not None:
                yield found

    def with_types(self, *types: InstanceType) -> Catalogue:
        """Return a catalogue with these types added; their facts replace existing ones."""
        return Catalogue(
            {**self._types, **{instance_type.name: instance_type for instance_type in types}},
            rows=self._rows,
            columns=self._columns,
            without_facts=self._without_facts,
            date=self.date,
            sources=self.sources,
        )

    def text(self) -> str:
        """Return the contents of the catalogue's file: JSON with one line per type.

        The same facts always produce the same text, so diffs show what changed.
        """
        known = {each.name for each in self}
        head = {
            "schema": SCHEMA,
            "date": self.date,
            "sources": self.sources,
            "columns": COLUMNS,
            "without_facts": sorted(self._without_facts - known),
        }
        lines = [f"{json.dumps(key)}:{json.dumps(value)}," for key, value in head.items()]
        types = [
            f"{json.dumps(facts.name)}:{json.dumps(_row(facts), separators=(',', ':'))}"
            for facts in self
        ]
        return "{\n" + "\n".join(lines) + f"\n{_TYPES}" + _BETWEEN.join(types) + _END

    def save(self, path: Path | str) -> None:
        """Write the catalogue's file atomically.

        It is written under a temporary name in the same directory and renamed when complete. If
        the path is a symbolic link, its target is replaced.

        Raises:
            CatalogueError: The file cannot be written. The message is one line with its path.
        """
        place = check_place(path)
        beside = place.with_name(f".{place.name}.{os.urandom(4).hex()}")
        try:
            try:
                with beside.open("x", encoding="utf-8") as file:
                    file.write(self.text())
                    file.flush()
                    os.fsync(file.fileno())
                if place.exists():
                    beside.chmod(place.stat().st_mode & 0o777)
                beside.replace(place)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise CatalogueError(f"{path}: {error.strerror}") from None

    @classmethod
    def load(cls, path: Path | str) -> Catalogue:
        """Read a catalogue's file and validate every fact in it.

        Raises:
            CatalogueError: The file cannot be read, is truncated, has a newer schema, or contains
                an invalid fact. The message is one line with its path.
        """
        try:
            content = read_bytes(path, MAX_BYTES, may_be_pipe=True)
            if len(content) > MAX_BYTES:
                raise CatalogueError(f"is larger than {MAX_BYTES} bytes")
            found = cls._parse(content)
            found._validate_facts()
            return found
        except UnreadableFileError as error:
            raise CatalogueError(f"{path}: {str(error).removeprefix('cannot be read: ')}") from None
        except CatalogueError as error:
            raise CatalogueError(f"{path}: {error}") from None

    @classmethod
    def _parse(cls, text: bytes | str) -> Catalogue:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CatalogueError(f"is not valid JSON or is truncated: {error}") from None
        if not isinstance(data, dict) or type(data.get("schema")) is not int:
            raise CatalogueError("is not an instance type catalogue: schema is missing")
        if data["schema"] != SCHEMA:
            raise CatalogueError(
                f"has schema {data['schema']}, but this version supports schema {SCHEMA}; update "
                "cdk-batch-mnp, or run `cdk-batch-mnp instances refresh`"
            )
        columns, rows = data.get("columns"), data.get("types")
        if not isinstance(columns, list) or not isinstance(rows, dict):
            raise CatalogueError("is not an instance type catalogue: columns or types are missing")
        known = set(COLUMNS)
        named = {column for column in columns if isinstance(column, str)}
        if len(named) < len(columns) or not named <= known or "vcpus" not in named:
            others = ", ".join(sorted(named - known)) or "duplicates, or vcpus is missing"
            raise CatalogueError(f"is not an instance type catalogue: invalid columns ({others})")
        for name, row in rows.items():
            if not isinstance(row, list) or len(row) != len(columns):
                raise CatalogueError(f"{name} does not have one value per column")
        without_facts, sources = data.get("without_facts", []), data.get("sources", [])
        for key, value in (("without_facts", without_facts), ("sources", sources)):
            if not _is_list_of(str, value):
                raise CatalogueError(
                    f"is not an instance type catalogue: {key} is not a list of strings"
                )
        return cls(
            rows=rows,
            columns=tuple(columns),
            without_facts=frozenset(without_facts),
            date=str(data.get("date", "")),
            sources=tuple(sources),
        )

    @classmethod
    def _of_package(cls, text: str) -> Catalogue:
        # A program needs few of a thousand types, and parsing all rows creates enough objects to
        # start a full garbage collection. The file has one line per type, as text() writes it.
        head, start, lines = text.partition(_TYPES)
        rows: dict[str, list[Any] | str] = {}
        for line in lines.removesuffix(_END).split(_BETWEEN):
            name, _, row = line.partition(":")
            rows[name[1:-1]] = row
        catalogue = cls._parse(f"{head}{start}{_END}")
        catalogue._rows = rows
        return catalogue

    def _validate_facts(self) -> None:
        kinds = {field.name: str(field.type) for field in fields(InstanceType)}
        checks = [(column, _FITS[kinds[column]]) for column in self._columns]
        for name, row in self._rows.items():
            for (column, fits), value in zip(checks, _parsed(row), strict=True):
                if not fits(value) or (column == "network_cards" and not _is_packed(value)):
                    raise CatalogueError(f"{column} of {name} is invalid: {json.dumps(value)}")

    def _read(self, name: str, row: list[Any] | str) -> InstanceType:
        facts = dict(zip(self._columns, _parsed(row), strict=True))
        for column in _TUPLES & facts.keys():
            facts[column] = tuple(facts[column])
        cards = facts.get("network_cards") or [0]
        # [n, interfaces] for n equal cards, otherwise 0 followed by the cards.
        facts["network_cards"] = (cards[1],) * cards[0] if cards[0] else tuple(cards[1:])
        return InstanceType(name=name, **facts)


def check_place(path: Path | str) -> Path:
    """Check that a catalogue's file can be written, before work is done for it.

    Returns:
        The absolute path, with symbolic links resolved.

    Raises:
        CatalogueError: The directory is missing or not writable, or the path is not a file.
    """
    from pathlib import Path  # Slow to import, and not needed for looking up facts.

    place = Path(path).resolve()
    if place.exists() and not place.is_file():
        raise CatalogueError(f"{path}: is not a file")
    if not place.parent.is_dir():
        raise CatalogueError(f"{path}: the directory {place.parent} does not exist")
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise CatalogueError(f"{path}: the directory {place.parent} is not writable")
    return place


def _row(instance: InstanceType) -> list[Any]:
    facts = {column: getattr(instance, column) for column in COLUMNS}
    return list((facts | {"network_cards": _packed(instance.network_cards)}).values())


def _packed(cards: tuple[int, ...]) -> list[int]:
    """Return [n, interfaces] for n equal cards, otherwise 0 followed by the cards."""
    if not cards:
        return []
    return [len(cards), cards[0]] if len(set(cards)) == 1 else [0, *cards]


def _parsed(row: list[Any] | str) -> list[Any]:
    if isinstance(row, list):
        return row
    values: list[Any] = json.loads(row)
    return values


def _is_list_of(kind: type, value: object) -> bool:
    return isinstance(value, list) and all(type(each) is kind for each in value)


def _is_packed(cards: list[int]) -> bool:
    return not cards or cards[0] == 0 or (len(cards) == 2 and cards[0] > 0)


_FITS: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: type(value) is int and value > 0,
    "int | None": lambda value: value is None or (type(value) is int and value >= 0),
    "str | None": lambda value: value is None or isinstance(value, str),
    "bool | None": lambda value: value is None or isinstance(value, bool),
    "tuple[str, ...]": lambda value: _is_list_of(str, value),
    "tuple[int, ...]": lambda value: _is_list_of(int, value) and all(each >= 0 for each in value),
}
"""Validators of the file's values, by the type of the field in :class:`InstanceType`."""


@cache
def default_catalogue() -> Catalogue:
    """Return the package's own catalogue."""
    # What importlib.resources does, without its slow import. The loader also supports zip files.
    place = os.path.join(os.path.dirname(__file__), "data", "instance_types.json")  # noqa: PTH118, PTH120
    data: bytes = __spec__.loader.get_data(place)  # type: ignore[union-attr]
    return Catalogue._of_package(data.decode())
