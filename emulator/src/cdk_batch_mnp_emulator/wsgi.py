"""Types of WSGI applications."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WebApplication = Callable[[Environ, StartResponse], Iterable[bytes]]
