"""Suggestions for misspelt names, fast for many names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

MAX_LENGTH = 64
"""Longest name that is compared."""


class Spelling:
    """An index of names that finds those with one missing, extra, wrong or swapped character.

    Building it takes time in proportion to the names; a lookup depends only on the word.

    Args:
        known: The names.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._by_rest: dict[str, str] = {}
        for name in sorted(known, reverse=True):
            if len(name) <= MAX_LENGTH:
                for rest in _with_one_removed(name):
                    self._by_rest[rest] = name

    def nearest(self, word: str) -> str | None:
        """Return a name that differs from a word in one character, the best match of several."""
        if len(word) > MAX_LENGTH:
            return None
        found = {
            self._by_rest[variant]
            for variant in _with_one_removed(word)
            if variant in self._by_rest
        }
        # A missing or extra character is more likely than a wrong one.
        return min(found, key=lambda name: (len(name) == len(word), name), default=None)


def _with_one_removed(name: str) -> Iterator[str]:
    yield name
    for position in range(len(name)):
        yield name[:position] + name[position + 1 :]


@lru_cache(maxsize=4)
def spelling_of(known: tuple[str, ...]) -> Spelling:
    """Return the index of these names, built once."""
    return Spelling(known)
