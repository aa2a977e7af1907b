"""Extension of Griffe for mkdocs.yml: roles of docstrings become cross-references of the site.

Docstrings name other public names as ``:class:`Name``` and members of their own class as
``:meth:`name```. What is not public has no place in the site, and becomes code.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

PACKAGE = "cdk_batch_mnp"
_ROLE = re.compile(r":(?:class|meth|attr|func|data|mod):`~?([^`]+)`")


class DocstringRoles(griffe.Extension):
    """Replaces the roles in the docstrings of a package."""

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        """Replace them when the whole package is known."""
        if pkg.path == PACKAGE:
            exports = {str(name) for name in pkg.exports or ()}
            _replace(pkg, exports, owner=None)


def _replace(parent: griffe.Module | griffe.Class, exports: set[str], owner: str | None) -> None:
    for name, member in parent.members.items():
        if member.is_alias:
            continue
        inside = name if member.is_class else owner
        if member.docstring is not None:
            member.docstring.value = markdown(member.docstring.value, exports, inside)
        if isinstance(member, griffe.Module | griffe.Class):
            _replace(member, exports, inside)


def markdown(text: str, exports: set[str], owner: str | None) -> str:
    """Return a docstring with a cross-reference for each role that refers to a public name."""

    def reference(role: re.Match[str]) -> str:
        name = role[1]
        first = name.partition(".")[0]
        if first in exports:
            return f"[`{name}`][{PACKAGE}.{name}]"
        if owner in exports and "." not in name:
            return f"[`{name}`][{PACKAGE}.{owner}.{name}]"
        return f"`{name.rpartition('.')[2]}`"

    return _ROLE.sub(reference, text)
