"""The check is imported when the CDK calls the plugin, and fails the synthesis if it cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

START = """
    import sys
    from aws_cdk import App, Stack
    from tests.cdk.apps import add_cluster, add_job

    CHECK = "cdk_batch_mnp.template.checking"
    RULES = "cdk_batch_mnp.rules.jobs.volumes"

    app = App()
    add_job(add_cluster(Stack(app, "Stack")))
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a new process, in which nothing of the check is imported yet."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(START) + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
        # Under pytest, the CDK reports errors in another way.
        env={
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            "CDK_VALIDATION": "false",
        },
    )


def test_the_plugin_imports_the_check_and_the_constructs_do_not() -> None:
    ended = run(
        """
        assert CHECK not in sys.modules and RULES not in sys.modules
        app.synth()
        assert CHECK in sys.modules and RULES in sys.modules
        """
    )
    assert ended.returncode == 0, ended.stderr


def test_a_module_that_cannot_be_imported_fails_the_synthesis() -> None:
    ended = run(
        """
        sys.modules[CHECK] = None
        app.synth()
        """
    )
    assert ended.returncode != 0
    assert "not completely installed" in ended.stderr


def test_a_check_that_cannot_be_imported_fails_the_synthesis() -> None:
    ended = run(
        """
        sys.modules["cdk_batch_mnp.cdk.validation.written_templates"] = None
        app.synth()
        """
    )
    assert ended.returncode != 0
    assert "the plugin crashed: ModuleNotFoundError" in ended.stderr
