"""What cfn-lint finds in a template.

To load its rules takes longer than to check a template, so they are loaded once. Only the worker
that runs these tests imports it: see `WITH_CFN_LINT` in `tests.scheduling`.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any


@cache
def _rules() -> Any:
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn()).rules


def schema_errors(template: Any, regions: list[str] | None = None) -> list[str]:
    """Return the errors and warnings of cfn-lint, by default for every Region."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode.decode import decode_str
    from cfnlint.helpers import REGIONS
    from cfnlint.runner import run_template_by_data

    config = ConfigMixIn(include_experimental=True, regions=regions or REGIONS)
    decoded, errors = decode_str(json.dumps(template))
    assert decoded is not None, errors
    return [str(match) for match in run_template_by_data(decoded, config, _rules())]
