"""Finding the name that a misspelt one may have meant, however many of either there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

MAX_LENGTH = 64
"""Characters of a name that is compared; what is longer was not misspelt by a slip."""


class Spelling:
    """Names, looked up by those that differ in one character: missing, too many, wrong or swapped.

    Built in time that grows with the names, and asked in time that grows with the word alone.

    Args:
        known: The names.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._by_rest: dict[str, str] = {}
        for name in sorted(known, reverse=True):
            if len(name) <= MAX_LENGTH:
                for rest in _with_one_left_out(name):
                    self._by_rest[rest] = name

    def nearest(self, word: str) -> str | None:
        """Return a name that differs from a word in one character; the first of several."""
        if len(word) > MAX_LENGTH:
            return None
        found = {self._by_rest[each] for each in _with_one_left_out(word) if each in self._by_rest}
        # A character too many or too few is a likelier slip than a wrong one.
        return min(found, key=lambda name: (len(name) == len(word), name), default=None)


def _with_one_left_out(name: str) -> Iterator[str]:
    yield name
    for position in range(len(name)):
        yield name[:position] + name[position + 1 :]


@lru_cache(maxsize=4)
def spelling_of(known: tuple[str, ...]) -> Spelling:
    """Return the names of a catalogue, prepared once."""
    return Spelling(known)
