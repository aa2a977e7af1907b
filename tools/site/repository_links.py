"""Hook of mkdocs.yml: links from docs/ to other files of the repository lead to GitHub.

On GitHub, such links are relative. The site has only the pages of docs/, so each becomes the
address of the file at the branch main. A link to a file that does not exist is a warning, which
fails the strict build.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_LOG = logging.getLogger("mkdocs.hooks.repository_links")
_LINK = re.compile(r"\]\((\.\./[^)#\s]*)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page with the addresses of all files outside of docs/."""
    repository = str(config.repo_url).rstrip("/")
    source = Path(str(page.file.abs_src_path))
    root = Path(config.docs_dir).parent

    def address(link: re.Match[str]) -> str:
        target = (source.parent / link[1]).resolve()
        if not target.exists() or not target.is_relative_to(root):
            _LOG.warning("%s links to %s, which does not exist", page.file.src_uri, link[1])
            return link[0]
        kind = "tree" if target.is_dir() else "blob"
        path = target.relative_to(root).as_posix()
        return f"]({repository}/{kind}/main/{path}{link[2] or ''})"

    return _LINK.sub(address, markdown)
