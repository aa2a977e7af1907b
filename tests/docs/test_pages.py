"""What the pages under docs/ and CONTRIBUTING.md show is what the code has."""

from __future__ import annotations

import re
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from stacks.settings import PlatformSettings
from tests.docs.pages import PAGES, ROOT, anchors, blocks, resources, synthesize


def settings_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of the settings file, as docs/deploy.md writes it."""
    for name, field in model.model_fields.items():
        nested = next(
            (
                kind
                for kind in (field.annotation, *typing.get_args(field.annotation))
                if isinstance(kind, type) and issubclass(kind, BaseModel)
            ),
            None,
        )
        if nested is None:
            yield f"{prefix}{name}"
        else:
            is_list = typing.get_origin(field.annotation) is list
            yield from settings_of(nested, f"{prefix}{name}{'[]' if is_list else ''}.")


def test_the_constructs_by_example_are_a_program_that_synthesizes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "constructs.md").read_text(encoding="utf-8")
    synthesize("\n".join(blocks(page, "python")), tmp_path)
    definitions = list(resources(tmp_path, "AWS::Batch::JobDefinition"))
    assert len(definitions) == 10
    assert len(list(resources(tmp_path, "AWS::Batch::ComputeEnvironment"))) == 3
    (acknowledged,) = [
        definition["Metadata"]["cdk-batch-mnp"]["acknowledged"]
        for definition in definitions
        if "acknowledged" in definition.get("Metadata", {}).get("cdk-batch-mnp", {})
    ]
    assert acknowledged == {"MNP317": "An operator watches these runs."}


def test_the_launcher_by_example_goes_on_with_that_program(tmp_path: Path) -> None:
    constructs = (ROOT / "docs" / "constructs.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "launcher.md").read_text(encoding="utf-8")
    program = blocks(constructs, "python")
    assert program[-1].endswith("app.synth()\n")
    program[-1] = program[-1].removesuffix("app.synth()\n")
    synthesize("\n".join([*program, *blocks(page, "python"), "app.synth()"]), tmp_path)
    commands = [
        nodes["Container"]["Command"]
        for resource in resources(tmp_path, "AWS::Batch::JobDefinition")
        for nodes in resource["Properties"]["NodeProperties"]["NodeRangeProperties"]
        if "/opt/flow" in str(nodes)
    ]
    rest = ["--mode", "main", "--", "mpirun", "/opt/flow"]
    programs = {"mnp-launch", "/opt/cdk-batch-mnp/mnp-launch"}
    assert len(commands) == 3
    assert {command[0] for command in commands} == programs
    assert all(command[1:] == rest for command in commands)


def test_the_plugin_and_the_assertion_by_example_run(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    synthesize("\n".join([*blocks(page, "python"), "app.synth()"]), tmp_path)
    assert (tmp_path / "manifest.json").exists()


def test_the_page_on_deploying_lists_every_setting_and_no_other() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    section = page.partition("## 5. Settings")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)
    assert sorted(listed) == sorted(settings_of(PlatformSettings))


def test_the_rule_that_contributing_shows_is_one_of_the_package() -> None:
    (shown,) = re.findall(
        r"^ *```python\n(.*?)^ *```$",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    rules = (
        ROOT / "constructs" / "cdk_batch_mnp" / "rules" / "environments" / "environment_limits.py"
    )
    assert textwrap.dedent(shown) in rules.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []
