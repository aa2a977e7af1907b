"""The check is imported when the CDK calls the plugin, and fails the synthesis if it cannot be."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from aws_cdk import App, Stack
from tests.cdk.apps import add_cluster, add_job

CHECK = "cdk_batch_mnp.template.checking"
RULES = "cdk_batch_mnp.rules.jobs.volumes"
assert CHECK not in sys.modules


def synthesize():
    app = App()
    add_job(add_cluster(Stack(app, "Stack")))
    yield
    app.synth()


for missing in (CHECK, "cdk_batch_mnp.cdk.validation.written_templates"):
    synthesis = synthesize()
    next(synthesis)
    assert RULES not in sys.modules
    sys.modules[missing] = None
    try:
        next(synthesis)
    except RuntimeError:
        print("failed without", missing)
    del sys.modules[missing]

synthesis = synthesize()
next(synthesis)
assert RULES not in sys.modules
next(synthesis, None)
assert CHECK in sys.modules and RULES in sys.modules
print("synthesized")
"""


@pytest.fixture(scope="module")
def ended() -> subprocess.CompletedProcess[str]:
    """A new process, in which nothing of the check is imported yet."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=120,
        # Under pytest, the CDK reports errors in another way.
        env={
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            "CDK_VALIDATION": "false",
        },
    )


def test_the_plugin_imports_the_check_and_the_constructs_do_not(
    ended: subprocess.CompletedProcess[str],
) -> None:
    assert ended.returncode == 0, ended.stderr
    assert "synthesized" in ended.stdout


def test_a_module_that_cannot_be_imported_fails_the_synthesis(
    ended: subprocess.CompletedProcess[str],
) -> None:
    assert "failed without cdk_batch_mnp.template.checking" in ended.stdout
    assert "not completely installed" in ended.stderr


def test_a_check_that_cannot_be_imported_fails_the_synthesis(
    ended: subprocess.CompletedProcess[str],
) -> None:
    assert "failed without cdk_batch_mnp.cdk.validation.written_templates" in ended.stdout
    assert "the plugin crashed: ModuleNotFoundError" in ended.stderr
