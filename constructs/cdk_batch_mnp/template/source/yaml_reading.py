"""Parse YAML with CloudFormation's short forms (``!Ref``, ``!GetAtt``, ``!Sub`` and others).

Builds values from the events of PyYAML's parser, not with its constructors: the position of every
value is kept, no tag creates an object, aliases cannot grow without bound, and no nesting exhausts
the stack. ``yaml.compose`` would build nodes first: it takes twice as long as all of this module,
and no budget can stop it before it has used hundreds of megabytes for a hostile document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from importlib import import_module
from typing import Any

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_DEPTH, MAX_REPEATED, MAX_VALUES, PARSED

_STANDARD = "tag:yaml.org,2002:"
_INTEGER = pattern(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = pattern(r"[-+]?(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 18
_NUMBER_STARTS = frozenset("-+.0123456789")
_WORDS: dict[str, Any] = {"": None, "~": None} | {
    written: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for written in (word, word.capitalize(), word.upper())
}
_LONG_FORMS = {"Ref": "Ref", "Condition": "Condition"}


class YamlPositions:
    """Positions of the values in a YAML document.

    Attributes:
        root: The document.
        places: For each structure, by identity, the positions of its members.
    """

    def __init__(self) -> None:
        self.root: Any = None
        self.places: dict[int, dict[str | int, tuple[int, int]]] = {}

    def find(self, path: Sequence[str | int]) -> tuple[int, int] | None:
        """Return the line and column, from 1, of a member's key or of an element."""
        value, place = self.root, (1, 1)
        for step in path:
            found = self.places.get(id(value), {}).get(step)
            if found is None:
                return None
            place, value = found, value[step]
        return place


@dataclass(slots=True)
class _Open:
    """A structure that has not ended yet."""

    value: Any
    places: dict[str | int, tuple[int, int]]
    tag: str | None
    anchor: str | None
    line: int
    key: str | None = None
    size: int = 1
    merged: list[Any] = field(default_factory=list)


def read_yaml(
    text: str, file: str, spend: Callable[[int], None]
) -> tuple[Any, YamlPositions, list[tuple[str, int, int]]]:
    """Read one YAML document.

    Returns the values, their positions, and each repeated key with the lines of the first and the
    further one. The last value counts.

    Args:
        text: The document.
        file: Path, as the user named it.
        spend: Charges steps of work to the budget, and may raise.

    Raises:
        TemplateError: It is not YAML, has several documents, is nested too deeply, or grows too
            large through aliases.
    """
    yaml: Any = import_module("yaml")
    builder = _Builder(file, spend)
    try:
        for event in _events(yaml, text):
            spend(PARSED)
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise TemplateError(
            file, f"is not YAML: {error.problem or error.context}", mark.line + 1 if mark else None
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        raise TemplateError(file, f"is not YAML: {error.reason}", line) from None
    except yaml.YAMLError as error:
        raise TemplateError(file, f"is not YAML: {error}") from None
    return builder.result()


def _events(yaml: Any, text: str) -> Iterator[Any]:
    # The C parser is ten times faster; some builds of PyYAML lack it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


class _Builder:
    def __init__(self, file: str, spend: Callable[[int], None]) -> None:
        self._file = file
        self._spend = spend
        self._positions = YamlPositions()
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._documents = 0
        self._repeated: list[tuple[str, int, int]] = []
        self._take = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._start_mapping,
            "SequenceStartEvent": self._start_sequence,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._start_document,
        }

    def take(self, event: Any) -> None:
        handle = self._take.get(type(event).__name__)
        if handle is not None:
            handle(event)

    def result(self) -> tuple[Any, YamlPositions, list[tuple[str, int, int]]]:
        if self._documents == 0:
            raise TemplateError(self._file, "is empty")
        return self._positions.root, self._positions, self._repeated

    def _fail(self, event: Any, reason: str) -> TemplateError:
        return TemplateError(self._file, reason, event.start_mark.line + 1)

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._fail(event, "has several YAML documents, expected one")

    def _start_mapping(self, event: Any) -> None:
        self._start(event, {})

    def _start_sequence(self, event: Any) -> None:
        self._start(event, [])

    def _start(self, event: Any, value: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._fail(event, "is nested too deeply")
        if self._open:
            self._mark_element(event)
        places: dict[str | int, tuple[int, int]] = {}
        self._open.append(_Open(value, places, event.tag, event.anchor, event.start_mark.line + 1))

    def _mark_element(self, event: Any) -> None:
        parent = self._open[-1]
        if isinstance(parent.value, list):
            mark = event.start_mark
            parent.places[len(parent.value)] = (mark.line + 1, mark.column + 1)
        elif parent.key is None:
            raise self._fail(event, "has a key that is not a string")

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        for mapping in done.merged:
            self._spend(len(mapping))
            for key, value in mapping.items():
                done.value.setdefault(key, value)
        self._positions.places[id(done.value)] = done.places
        value = _tagged(done.tag, done.value)
        if value is not done.value:
            # The mapping of a short form has one member, which starts where the short form does.
            self._positions.places[id(value)] = dict.fromkeys(value, (done.line, 1))
        if done.anchor:
            self._anchors[done.anchor] = (value, done.size)
        self._put(event, value, done.size)

    def _scalar(self, event: Any) -> None:
        parent = self._open[-1] if self._open else None
        if parent is not None and parent.key is None and isinstance(parent.value, dict):
            mark = event.start_mark
            key = event.value
            if key in parent.places and key != "<<":
                first, _ = parent.places[key]
                if len(self._repeated) < MAX_REPEATED:
                    self._repeated.append((key, first, mark.line + 1))
            parent.key = key
            parent.places[key] = (mark.line + 1, mark.column + 1)
            if event.anchor:
                self._anchors[event.anchor] = (key, 1)
            return
        if parent is not None:
            self._mark_element(event)
        tag = event.tag
        value = (
            _plain(event.value)
            if tag is None and event.implicit[0]
            else event.value
            if tag is None
            else _tagged_scalar(tag, event.value)
        )
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._put(event, value, 1)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise self._fail(event, f"has an alias *{event.anchor} without an earlier anchor")
        if self._open:
            self._mark_element(event)
        self._put(event, *self._anchors[event.anchor])

    def _put(self, event: Any, value: Any, size: int) -> None:
        if not self._open:
            self._positions.root = value
            return
        parent = self._open[-1]
        parent.size += size
        if parent.size > MAX_VALUES:
            raise self._fail(event, f"has more than {MAX_VALUES} values with aliases expanded")
        if isinstance(parent.value, list):
            parent.value.append(value)
            return
        key, parent.key = parent.key, None
        if key == "<<":
            merged = value if isinstance(value, list) else [value]
            if not all(isinstance(mapping, dict) for mapping in merged):
                raise self._fail(event, "merges a value that is not a mapping")
            parent.merged += merged
        else:
            parent.value[key] = value


def _plain(text: str) -> Any:
    """Return the value of an unquoted scalar.

    Narrower than YAML 1.1: ``1:3`` is a node range, not a number in base 60; ``012345678901`` is an
    account ID, not an octal number; and ``Yes`` is the name of a condition.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS or len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _tagged_scalar(tag: str, text: str) -> Any:
    if not tag.startswith(_STANDARD):
        return _tagged(tag, text)
    return text if tag in (f"{_STANDARD}str", f"{_STANDARD}binary") else _plain(text)


def _tagged(tag: str | None, value: Any) -> Any:
    """Expand the short form of an intrinsic function."""
    if tag is None or not tag.startswith("!") or len(tag) == 1:
        return value
    name = tag[1:]
    if name == "GetAtt" and isinstance(value, str):
        return {"Fn::GetAtt": value.split(".", 1)}
    return {_LONG_FORMS.get(name, f"Fn::{name}"): value}
