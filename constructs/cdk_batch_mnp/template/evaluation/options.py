"""How templates are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.template.source.opening import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Parameter values for templates, and the reader of files.

    Attributes:
        parameters: Values by name, in place of the templates' defaults.
        use_defaults: Whether a parameter takes its default; otherwise it is unknown.
        reader: Opens the files of the run, which has one work budget.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    use_defaults: bool = True
    reader: Reader = field(default_factory=Reader, compare=False)
