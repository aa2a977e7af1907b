"""One structure in the spelling of the API and in that of CloudFormation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

Spelled = Mapping[str, Any]

OWN_KEYS = ("parameters", "tags")
"""Members whose keys are the user's own words, which no spelling changes."""


def as_cloudformation(value: Any) -> Any:
    """Spell a request of the API as CloudFormation does: with a capital first letter."""
    if isinstance(value, dict):
        return {
            key[0].upper() + key[1:]: inner if key in OWN_KEYS else as_cloudformation(inner)
            for key, inner in value.items()
        }
    return [as_cloudformation(each) for each in value] if isinstance(value, list) else value


def both(request: dict[str, Any]) -> list[Any]:
    return [
        pytest.param(request, id="API"),
        pytest.param(as_cloudformation(request), id="CloudFormation"),
    ]
