"""Read JSON texts of which only parts are known, such as definitions of state machines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import Value
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.template.evaluation.values import PartialText, joined
from cdk_batch_mnp.template.source.limits import BYTES_PER_STEP, MAX_JSON_DEPTH

_MARK = pattern("\ue000([0-9]+)\ue001")
"""What stands for a part that is not known, of characters for private use."""
_ESCAPED_OR_QUOTE = pattern(r'\\.|"', re.DOTALL)


def read_json(text: Value, spend: Callable[[int], None]) -> Value:
    """Return the value of a JSON text, with references and unknown parts where they are.

    Args:
        text: The text.
        spend: Charges steps of work to the budget.

    Returns:
        ``UNKNOWN`` if the text is unknown or not JSON.
    """
    parts = text.parts if isinstance(text, PartialText) else (text,)
    written: list[str] = []
    is_quoted = False
    for position, part in enumerate(parts):
        if not isinstance(part, str):
            written.append(f"\ue000{position}\ue001" if is_quoted else f'"\ue000{position}\ue001"')
            continue
        if "\ue000" in part:
            return UNKNOWN
        written.append(part)
        quotes = sum(match[0] == '"' for match in _ESCAPED_OR_QUOTE.finditer(part))
        is_quoted ^= quotes % 2 == 1
    whole = "".join(written)
    spend(len(whole) // BYTES_PER_STEP)
    try:
        found = json.loads(whole)
    except (ValueError, RecursionError):
        return UNKNOWN
    return _restored(found, parts, 0)


def substituted(text: Value, values: dict[str, Value]) -> Value:
    """Return a text with ``${name}`` replaced by the value of each name that has one."""
    parts = text.parts if isinstance(text, PartialText) else (text,)
    return joined(_substituted(parts, values))


_VARIABLE = pattern(r"\$\{([A-Za-z0-9_.-]+)\}")


def _substituted(parts: Iterable[Value], values: dict[str, Value]) -> Iterator[Value]:
    for part in parts:
        if not isinstance(part, str):
            yield part
            continue
        end = 0
        for match in _VARIABLE.finditer(part):
            if match[1] in values:
                yield part[end : match.start()]
                yield values[match[1]]
                end = match.end()
        yield part[end:]


def _restored(value: Value, parts: tuple[Value, ...], depth: int) -> Value:
    if depth > MAX_JSON_DEPTH:
        return UNKNOWN
    if isinstance(value, dict):
        if any("\ue000" in name for name in value):
            return UNKNOWN
        return {name: _restored(each, parts, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_restored(each, parts, depth + 1) for each in value]
    if isinstance(value, str) and "\ue000" in value:
        # Literal text and numbers of parts alternate.
        pieces = _MARK.split(value)
        return joined(
            parts[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)
        )
    return value
