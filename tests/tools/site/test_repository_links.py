"""Links from docs/ to other files of the repository lead to GitHub in the site."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site.repository_links import on_page_markdown

REPOSITORY = "https://github.com/owner/name"


@pytest.fixture
def config(tmp_path: Path) -> MkDocsConfig:
    """The settings of a repository with a page and an example."""
    for file in ("docs/page.md", "examples/README.md"):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).touch()
    config = MkDocsConfig(config_file_path=str(tmp_path / "mkdocs.yml"))
    config.load_dict({"site_name": "name", "repo_url": REPOSITORY, "docs_dir": "docs"})
    config.validate()
    return config


def rewritten(config: MkDocsConfig, markdown: str) -> str:
    file = File("page.md", config.docs_dir, config.site_dir, use_directory_urls=True)
    page = Page(None, file, config)
    return on_page_markdown(markdown, page=page, config=config, files=Files([file]))


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("../examples/README.md", f"{REPOSITORY}/blob/main/examples/README.md"),
        ("../examples/README.md#part", f"{REPOSITORY}/blob/main/examples/README.md#part"),
        ("../examples", f"{REPOSITORY}/tree/main/examples"),
        ("other.md#part", "other.md#part"),
        ("https://example.com/../x", "https://example.com/../x"),
    ],
)
def test_a_link_out_of_the_pages_leads_to_the_repository(
    config: MkDocsConfig, link: str, expected: str
) -> None:
    assert rewritten(config, f"a [text]({link}).") == f"a [text]({expected})."


@pytest.mark.parametrize("link", ["../missing.md", "../../outside"])
def test_a_link_to_a_missing_file_is_a_warning_which_fails_the_strict_build(
    config: MkDocsConfig, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "mkdocs.hooks.repository_links"):
        assert rewritten(config, f"[text]({link})") == f"[text]({link})"
    assert caplog.messages == [f"page.md links to {link}, which does not exist"]
