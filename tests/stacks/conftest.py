"""The reference app, synthesized once for each of its settings files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.toml"))


@dataclass(frozen=True)
class Synthesized:
    """What `cdk synth` writes."""

    directory: Path

    @property
    def templates(self) -> dict[str, Any]:
        """The templates by stack name."""
        return {
            path.name.removesuffix(".template.json"): json.loads(path.read_text())
            for path in sorted(self.directory.glob("*.template.json"))
        }

    def resources(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """All resources of a type, by logical id."""
        return {
            logical_id: resource
            for template in self.templates.values()
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    @property
    def nag(self) -> Mapping[str, Any]:
        """What cdk-nag's pack reported."""
        report = json.loads((self.directory / "validation-report.json").read_text())
        (pack,) = [
            plugin_report
            for plugin_report in report["pluginReports"]
            if plugin_report["pluginName"] == "AwsSolutions"
        ]
        return dict(pack)


@cache
def synthesized(config: Path) -> Synthesized:
    from aws_cdk import App

    from stacks.platform import add_platform
    from stacks.settings import load

    app = App()
    add_platform(app, load(config))
    return Synthesized(Path(app.synth().directory))


@pytest.fixture(scope="session", params=CONFIGS, ids=lambda each: each.stem)
def platform(request: pytest.FixtureRequest) -> Synthesized:
    """The platform of each settings file in turn."""
    return synthesized(request.param)
