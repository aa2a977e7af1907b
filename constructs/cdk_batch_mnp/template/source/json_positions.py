"""Find the line and column of a value in JSON, on demand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import count
from json import JSONDecoder, loads

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.template.source.limits import MAX_REPEATED

_NEWLINE = pattern("\n")
_SPACE = pattern(r"[ \t\n\r]*")
_TOKEN = pattern(r"""(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")(?P<colon>\s*:)?|[{}\[\]]""")


_Places = tuple[int, int]
"""Where the key and the value of a member begin; both are the same for an element of a list."""

_Member = tuple[str | int, _Places]


class JsonPositions:
    """Positions of the values in a JSON text.

    Nothing is read before the first lookup. Then only the structures on the path are read key by
    key, as far as they have to be; the decoder skips everything else.

    Args:
        text: Valid JSON.
        has_repeated: Whether an object may repeat a key. The last one counts.
    """

    def __init__(self, text: str, *, has_repeated: bool) -> None:
        self._text = text
        self._has_repeated = has_repeated
        self._skip = JSONDecoder().raw_decode
        self._structures: dict[int, tuple[dict[str | int, _Places], Iterator[_Member]]] = {}
        self._lines = [-1]
        self._counted = 0

    def find(self, path: Sequence[str | int]) -> tuple[int, int] | None:
        """Return the line and column, from 1, of a member's key or of an element."""
        place, value = 0, self._after_space(0)
        for step in path:
            found = self._within(value, step)
            if found is None:
                return None
            place, value = found
        return self._line_and_column(place)

    def _line_and_column(self, place: int) -> tuple[int, int]:
        if place > self._counted:
            newlines = _NEWLINE.finditer(self._text, self._counted, place)
            self._lines += (newline.start() for newline in newlines)
            self._counted = place
        line = bisect_left(self._lines, place)
        return line, place - self._lines[line - 1]

    def _within(self, start: int, step: str | int) -> _Places | None:
        """Return where a member of the structure at ``start`` begins."""
        if start not in self._structures:
            self._structures[start] = ({}, self._members(start))
        found, unread = self._structures[start]
        if step not in found:
            for member, places in unread:
                found[member] = places
                if member == step and not self._has_repeated:
                    break
        return found.get(step)

    def _members(self, start: int) -> Iterator[_Member]:
        opening = self._text[start]
        if opening == "{":
            return self._object(start)
        return self._array(start) if opening == "[" else iter(())

    def _object(self, start: int) -> Iterator[_Member]:
        at = self._after_space(start + 1)
        while self._text[at] != "}":
            key, end = self._skip(self._text, at)
            value = self._after_space(self._after_space(end) + 1)
            yield key, (at, value)
            at = self._after_value(value)

    def _array(self, start: int) -> Iterator[_Member]:
        at = self._after_space(start + 1)
        for index in count():
            if self._text[at] == "]":
                return
            yield index, (at, at)
            at = self._after_value(at)

    def _after_value(self, at: int) -> int:
        """Where the next member begins, or the structure ends."""
        end = self._after_space(self._skip(self._text, at)[1])
        return self._after_space(end + 1) if self._text[end] == "," else end

    def _after_space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return at if match is None else match.end()


def repeated_keys(text: str) -> list[tuple[str, int, int]]:
    """Return the duplicate keys of objects, with the lines of the first and of each further one.

    Args:
        text: Valid JSON.
    """
    found: list[tuple[str, int, int]] = []
    keys: list[dict[str, int]] = []
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        match token[0][0]:
            case "{" | "[":
                keys.append({})
            case "}" | "]":
                keys.pop()
            case _ if token["colon"] is not None:
                line += text.count("\n", counted, token.start())
                counted = token.start()
                key: str = loads(token["text"])
                if key in keys[-1] and len(found) < MAX_REPEATED:
                    found.append((key, keys[-1][key], line))
                keys[-1].setdefault(key, line)
    return found
