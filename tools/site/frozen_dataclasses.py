"""Extension of Griffe for mkdocs.yml: frozen dataclasses of the package show their arguments.

Griffe knows the arguments of classes with the decorator of the standard library only.
"""

from __future__ import annotations

from typing import Any

import griffe

DECORATOR = "cdk_batch_mnp.lazy.dataclass.dataclass"


class FrozenDataclasses(griffe.Extension):
    """Presents the package's own decorator as that of the standard library."""

    def on_class_instance(self, *, cls: griffe.Class, **kwargs: Any) -> None:
        """Replace the decorator before Griffe looks for dataclasses."""
        for decorator in cls.decorators:
            value = decorator.value
            if isinstance(value, griffe.ExprCall) and value.canonical_path == DECORATOR:
                value.function = griffe.ExprName("dataclasses.dataclass")
