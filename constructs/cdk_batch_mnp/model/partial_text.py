"""Texts of which only parts are known before deployment, and patterns with wildcards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Unknown


@dataclass(frozen=True, slots=True)
class Token:
    """A text that is known only at deployment, but is the same wherever the token occurs.

    Attributes:
        name: What it stands for (``AWS::Region``, the ID of a resource).
        is_unique: Whether no other unique token has the same text: the physical IDs of two
            resources differ.
        is_segment: Whether its text has no colon and no slash, as an account or a role's name.
        is_free: Whether it may be any text, as a parameter of a template.
    """

    name: str
    is_unique: bool = False
    is_segment: bool = False
    is_free: bool = False


Piece = str | Token | Unknown
Text = tuple[Piece, ...]
"""A text as the sequence of its pieces; ``UNKNOWN`` is any text, also the empty one."""

MAX_LENGTH = 2048
"""Characters of the longest text that is compared: those of the longest ARN. Source: IAM quotas."""

_ANY = object()
"""Any number of characters: ``*`` in a pattern, or an unknown piece."""
_SEGMENT = object()
"""Any number of characters but colons and slashes: a token that is a segment."""
_ONE = object()
"""Any one character: ``?`` in a pattern."""

_Symbol = object


def text(*pieces: Piece) -> Text:
    """Return a text of pieces, with adjacent literals joined and empty ones left out."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else UNKNOWN
        if isinstance(piece, str) and isinstance(last, str):
            joined[-1] = last + piece
        elif piece != "":
            joined.append(piece)
    return tuple(joined)


def is_open(value: Text) -> bool:
    """Return whether a text may be any other one: a piece is unknown, or a parameter."""
    return any(piece is UNKNOWN or (isinstance(piece, Token) and piece.is_free) for piece in value)


def starts_with(value: Text, *starts: str) -> bool:
    """Return whether a text certainly starts with one of these."""
    return bool(value) and isinstance(value[0], str) and value[0].startswith(starts)


def known_parts(value: Text) -> str:
    """Return the known pieces of a text, joined."""
    return "".join(piece for piece in value if isinstance(piece, str))


def shown(value: Text) -> str:
    """Return a text for people: ``${AWS::Region}`` for a token, ``...`` for an unknown piece."""
    return "".join(
        f"${{{piece.name.partition(' of ')[0]}}}"
        if isinstance(piece, Token)
        else "..."
        if isinstance(piece, Unknown)
        else piece
        for piece in value
    )


@lru_cache(maxsize=4096)
def matches(pattern: Text, value: Text) -> Maybe[bool]:
    """Return whether a text matches a pattern; unknown if that depends on unknown pieces.

    In the pattern, ``*`` stands for any number of characters, and ``?`` for one. Letter case
    counts. Of texts that are longer than ``MAX_LENGTH``, nothing is known.
    """
    if _length(pattern) > MAX_LENGTH or _length(value) > MAX_LENGTH:
        return UNKNOWN
    wanted, given = _trimmed(list(_symbols(pattern, wild=True)), list(_symbols(value, wild=False)))
    if _always(wanted, given):
        return True
    if _are_unique(wanted, given) or not _can(_loosened(wanted), _loosened(given)):
        return False
    return UNKNOWN


def _length(value: Text) -> int:
    return sum(len(piece) if isinstance(piece, str) else 1 for piece in value)


def _symbols(value: Iterable[Piece], *, wild: bool) -> Iterator[_Symbol]:
    for piece in value:
        if not isinstance(piece, str):
            yield piece
            continue
        for character in piece:
            yield {"*": _ANY, "?": _ONE}.get(character, character) if wild else character


def _trimmed(pattern: list[_Symbol], value: list[_Symbol]) -> tuple[list[_Symbol], list[_Symbol]]:
    """Drop the symbols that both certainly share at the start and at the end."""
    start = 0
    while start < min(len(pattern), len(value)) and _same(pattern[start], value[start]):
        start += 1
    end = 0
    while end < min(len(pattern), len(value)) - start and _same(pattern[-1 - end], value[-1 - end]):
        end += 1
    return pattern[start : len(pattern) - end], value[start : len(value) - end]


def _same(one: _Symbol, other: _Symbol) -> bool:
    return isinstance(one, (str, Token)) and one == other


def _are_unique(pattern: list[_Symbol], value: list[_Symbol]) -> bool:
    """Return whether all that differs is one unique token, and another one."""
    return all(
        len(parts) == 1 and isinstance(parts[0], Token) and parts[0].is_unique
        for parts in (pattern, value)
    )


def _always(pattern: list[_Symbol], value: list[_Symbol]) -> bool:
    """Return whether a pattern matches whatever the unknown pieces are."""
    if UNKNOWN in pattern:
        return False

    def takes(wanted: _Symbol, given: _Symbol) -> bool:
        return _same(wanted, given) or (wanted is _ONE and isinstance(given, str))

    # The usual search for a pattern with wildcards: go back to the last one.
    at = star = after = 0
    has_star = False
    position = 0
    while position < len(value):
        if at < len(pattern) and pattern[at] is _ANY:
            has_star, star, after = True, at, position
            at += 1
        elif at < len(pattern) and takes(pattern[at], value[position]):
            at += 1
            position += 1
        elif has_star:
            after += 1
            at, position = star + 1, after
        else:
            return False
    return all(each is _ANY for each in pattern[at:])


def _loosened(symbols: list[_Symbol]) -> list[_Symbol]:
    """Return symbols with any text for each piece that is not known."""
    loose = [_loose(symbol) for symbol in symbols]
    return loose[:1] + [each for before, each in pairwise(loose) if not before is each is _ANY]


def _loose(symbol: _Symbol) -> _Symbol:
    if isinstance(symbol, Token) and symbol.is_segment:
        return _SEGMENT
    return _ANY if isinstance(symbol, (Token, Unknown)) else symbol


def _can(pattern: list[_Symbol], value: list[_Symbol]) -> bool:
    """Return whether two patterns have a text in common."""
    # The places that can be reached: the pattern so far and the value up to there can be equal.
    reached = _through(value, {0})
    for wanted in pattern:
        if wanted is _ANY or wanted is _SEGMENT:
            reached = _over(value, reached, wanted)
        else:
            reached = _through(value, set(_one_further(value, reached, wanted)))
        if not reached:
            return False
    return len(value) in reached


def _one_further(value: list[_Symbol], places: set[int], wanted: _Symbol) -> Iterator[int]:
    for place in places:
        given = value[place] if place < len(value) else None
        if given is _ANY or (given is _SEGMENT and wanted not in (":", "/")):
            yield place
        elif isinstance(given, str) and (wanted is _ONE or wanted == given):
            yield place + 1


def _over(value: list[_Symbol], places: set[int], wanted: _Symbol) -> set[int]:
    """Return places, and those after any text that a wildcard or a token stands for."""
    found: set[int] = set()
    for place in sorted(places):
        following = place
        while following not in found:
            found.add(following)
            if following == len(value) or (wanted is _SEGMENT and value[following] in (":", "/")):
                break
            following += 1
    return found


def _through(value: list[_Symbol], places: set[int]) -> set[int]:
    """Return places, and those after unknown pieces that begin there, which may be empty."""
    found = set(places)
    for place in places:
        following = place
        while following < len(value) and value[following] in (_ANY, _SEGMENT):
            following += 1
            found.add(following)
    return found
