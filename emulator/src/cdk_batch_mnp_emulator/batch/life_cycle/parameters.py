"""Parameter substitution in commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_REFERENCE = "Ref::"


def substituted(command: Sequence[str], parameters: Mapping[str, str]) -> list[str]:
    """Return a command with its placeholders replaced.

    An item that is exactly ``Ref::name`` is replaced. One whose parameter has no value stays.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html,
    parameters.
    """
    return [
        parameters.get(item.removeprefix(_REFERENCE), item) if item.startswith(_REFERENCE) else item
        for item in command
    ]
