"""The check is imported when the CDK calls the plugin, and fails the synthesis if it cannot be."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# One process for all cases, in which nothing of the check is imported before the first of them.
PROGRAM = """
import json
import sys
from pathlib import Path

from aws_cdk import App, Stack
from tests.cdk.apps import add_cluster, add_job

CHECK = "cdk_batch_mnp.template.checking"
RULES = "cdk_batch_mnp.rules.jobs.volumes"
TEMPLATES = "cdk_batch_mnp.cdk.validation.written_templates"


def new_app():
    app = App()
    add_job(add_cluster(Stack(app, "Stack")))
    return app


def report_without(module):
    app = new_app()
    sys.modules[module] = None
    try:
        app.synth()
    except Exception:
        return (Path(app.outdir) / "validation-report.json").read_text()
    finally:
        del sys.modules[module]


def imported():
    return [name for name in (CHECK, RULES) if name in sys.modules]


new_app()
found = {"imported by the constructs": imported()}
found["without the check"] = report_without(CHECK)
found["without the plugin's module"] = report_without(TEMPLATES)
new_app().synth()
found["imported by the plugin"] = imported()
print(json.dumps(found))
"""

Found = dict[str, str | list[str]]


@pytest.fixture(scope="module")
def found() -> Found:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=120,
        # Under pytest, the CDK reports errors in another way.
        env={
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            "CDK_VALIDATION": "false",
        },
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    outcome: Found = json.loads(ran.stdout)
    return outcome


def test_the_plugin_imports_the_check_and_the_constructs_do_not(found: Found) -> None:
    assert found["imported by the constructs"] == []
    assert found["imported by the plugin"] == [
        "cdk_batch_mnp.template.checking",
        "cdk_batch_mnp.rules.jobs.volumes",
    ]


def test_a_module_that_cannot_be_imported_fails_the_synthesis(found: Found) -> None:
    assert "not completely installed" in str(found["without the check"])


def test_a_check_that_cannot_be_imported_fails_the_synthesis(found: Found) -> None:
    assert "the plugin crashed: ModuleNotFoundError" in str(found["without the plugin's module"])
