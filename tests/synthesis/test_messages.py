"""How often a synthesis asks Node: each message takes a third of a millisecond."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from jsii._kernel.providers.process import _NodeProcess

from stacks.platform import add_platform
from stacks.settings import load
from tests.docs.pages import ROOT


@pytest.mark.parametrize(
    ("config", "most"),
    [("demo", 126), ("training", 152), ("hpc", 146)],
)
def test_a_platform_takes_few_messages(
    config: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_VALIDATION", "false")
    settings = load(ROOT / "configs" / f"{config}.toml")
    with counted_messages(monkeypatch) as sent:
        app = App(outdir=str(tmp_path))
        add_platform(app, settings)
        app.synth()
    assert len(sent) <= most, "\n".join(sent)


@contextmanager
def counted_messages(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the messages to Node as texts."""
    sent: list[str] = []
    send: Callable[..., Any] = _NodeProcess.send

    def collect(process: _NodeProcess, request: Any, response_type: Any) -> Any:
        sent.append(str(request)[:200])
        return send(process, request, response_type)

    with monkeypatch.context() as patched:
        patched.setattr(_NodeProcess, "send", collect)
        yield sent
