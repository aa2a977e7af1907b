"""Words as AWS spells them, and those that misspelt ones stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.partial_text import Text
from cdk_batch_mnp.model.spelling import spelling_of
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value

_MEANT = {
    "CONTAINER": "ContainerProperties",
    "CONTAINERPROPERTIES": "Container",
    "EC2SPOT": "SPOT",
    "ENV": "Environment",
    "ENVIRONMENT": "Env",
    "MNP": "multinode",
    "MULTINODEPARALLEL": "multinode",
    "ONDEMAND": "EC2",
    "SECURITYGROUPID": "Groups",
    "SECURITYGROUPIDS": "Groups",
    "SECURITYGROUPS": "Groups",
}
"""Words of other tools, documents and structures, and what they are called here."""

_AMI = pattern(r"ami-")
_IMAGE_STARTS = ("ami-", "resolve:ssm:", "{{resolve:")
_SHORTEST = 4


def corrected(word: Maybe[str] | None, known: tuple[str, ...]) -> Maybe[str] | None:
    """Return the word that is certainly meant by a misspelt one, or the word as it is."""
    if not has_value(word) or word in known:
        return word
    return meant(word, known) or word


def recognized(word: Maybe[str] | None, known: tuple[str, ...]) -> Maybe[str] | None:
    """Return the word as AWS spells it, or what a misspelt one stands for; unknown otherwise."""
    if not has_value(word):
        return word
    same = next((right for right in known if right.upper() == word.upper()), None)
    return same or meant(word, known) or UNKNOWN


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that another resembles, ``None`` if there is none."""
    known = tuple(known)
    if (certain := meant(word, known)) is not None:
        return certain
    names, letters = _by_plain(known), plain(word)
    if not letters or len(letters) > 2 * max(map(len, names)):
        return None
    from difflib import get_close_matches  # Slow to import, and rarely needed.

    near = get_close_matches(letters, names, n=1, cutoff=0.84)
    return names[near[0]] if near else None


def meant(word: str, known: tuple[str, ...]) -> str | None:
    """Return the known word that another certainly stands for."""
    names, letters = _by_plain(known), plain(word)
    if (other := _MEANT.get(letters)) in known:
        return other
    if letters in names:
        return names[letters]
    near = spelling_of(tuple(names)).nearest(letters) if letters else None
    return names[near] if near is not None and _is_slip(letters, near) else None


def is_no_image(value: Text) -> bool:
    """Return whether the known start of a text is not that of an image's ID."""
    start = value[0] if value else ""
    return isinstance(start, str) and not any(
        right.startswith(start) or start.startswith(right) for right in _IMAGE_STARTS
    )


def is_image(value: Maybe[str] | None) -> bool:
    """Return whether a value may be the ID of an AMI: it is one, unknown, or empty."""
    return not has_value(value) or not value.strip() or _AMI.match(value) is not None


def _is_slip(word: str, right: str) -> bool:
    """Return whether one wrong letter makes the difference, and no other name is likely.

    Names that differ in their digits, or that are very short, are too often other names. Another
    case alone may be accepted.
    """
    one, other = plain(word), plain(right)
    if one == other or len(other) < _SHORTEST or _digits(one) != _digits(other):
        return False
    return spelling_of((other,)).nearest(one) is not None


@cache
def _by_plain(known: tuple[str, ...]) -> Mapping[str, str]:
    return {plain(name): name for name in sorted(known)}


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def plain(word: str) -> str:
    """Return the letters and digits of a word, in upper case."""
    return re.sub(r"[^A-Z0-9]", "", word.upper())
