"""How often a synthesis asks Node: each message takes a third of a millisecond."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk import aws_batch as batch
from jsii._kernel.providers.process import _NodeProcess

from stacks.settings import load
from tests.cdk.apps import add_cluster, add_definition, new_stack
from tests.docs.pages import ROOT


@pytest.mark.parametrize(
    ("config", "most"),
    [("demo", 126), ("training", 152), ("hpc", 146)],
)
def test_a_platform_takes_few_messages(
    config: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Imported only here: cdk-nag is slow to load, and every worker imports this module.
    from stacks.platform import add_platform

    monkeypatch.setenv("CDK_VALIDATION", "false")
    settings = load(ROOT / "configs" / f"{config}.toml")
    with counted_messages(monkeypatch) as sent:
        app = App(outdir=str(tmp_path))
        add_platform(app, settings)
        app.synth()
    assert len(sent) <= most, "\n".join(sent)


def test_a_definition_reads_the_environments_of_its_queue_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = new_stack()
    ordered = batch.OrderedComputeEnvironment(
        compute_environment=add_cluster(stack).compute_environment, order=1
    )
    queue = batch.JobQueue(stack, "Queue", compute_environments=[ordered])
    with counted_messages(monkeypatch) as sent:
        add_definition(stack, instance_type=None, job_queue=queue)
    reads = [message for message in sent if "aws_batch.JobQueue" in message]
    assert len(reads) == 2, "the environments and the node\n" + "\n".join(sent)


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
