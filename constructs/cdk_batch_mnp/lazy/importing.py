"""Imports without a search for garbage.

What is imported stays until the end of the process. An import that loads hundreds of modules lets
Python search for garbage two hundred times, and twice in all objects of the AWS CDK, which takes
longer than the imports of this package.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Import modules within, while Python's search for garbage is paused.

    It continues at the end if it was on before.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
