"""What the known parts of a partly known text show about it."""

from __future__ import annotations

import re

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.partial_text import Text, known_parts, starts_with
from cdk_batch_mnp.model.unknown import Maybe, has_value


def is_no_namespace(name: Text) -> bool:
    """Return whether a text is certainly not a namespace that AWS Batch accepts."""
    return starts_with(name, "kube") or re.search(r"[^-a-z0-9]", known_parts(name)) is not None


def is_no_range(nodes: Text) -> bool:
    """Return whether a text is certainly not a range of nodes."""
    return re.search(r"[^0-9:]|:.*:", known_parts(nodes)) is not None


def has_first_node(nodes: Text) -> bool:
    """Return whether the first node of a range is certain."""
    return bool(nodes) and isinstance(nodes[0], str) and ":" in nodes[0]


def first_node(nodes: Maybe[str] | None) -> int:
    """Return the first node of a range if it is certain, otherwise 0."""
    match = re.match(r"[0-9]{1,9}(?=:|$)", nodes) if has_value(nodes) else None
    return int(match[0]) if match else 0


_NO_NAME = pattern(r"[^A-Za-z0-9_-]")
_MAX_NAME = 128


def is_no_name(name: Text) -> bool:
    """Return whether a text is certainly not the name of a job definition."""
    known = known_parts(name)
    return len(known) > _MAX_NAME or _NO_NAME.search(known) is not None or starts_with(name, *"-_")
