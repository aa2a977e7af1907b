"""The programs that the pages on storage and on reserved capacity show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, reports, resources, synthesize


@pytest.mark.parametrize(("name", "environments"), [("storage", 2), ("reserved-capacity", 4)])
def test_the_page_is_a_program_that_synthesizes(
    tmp_path: Path, name: str, environments: int
) -> None:
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    synthesize("\n".join([*blocks(page, "python"), "app.synth()"]), tmp_path)
    assert len(list(resources(tmp_path, "AWS::Batch::ComputeEnvironment"))) == environments
    assert reports(tmp_path) == []
