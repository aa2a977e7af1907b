"""The check is imported while Node works, by a thread that nothing depends on."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from threading import Thread

import pytest

from cdk_batch_mnp.cdk.validation import loading

START = """
    import os, sys, threading, time
    from aws_cdk import App, Stack
    from cdk_batch_mnp import MnpCluster
    from cdk_batch_mnp.cdk.validation import loading
    from tests.cdk.apps import add_cluster, add_job

    CHECK = "cdk_batch_mnp.template.checking"
    RULES = "cdk_batch_mnp.rules.jobs.volumes"

    def threads():
        return [each for each in threading.enumerate() if each.name.startswith("cdk-batch-mnp")]
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a new process, in which nothing of the check is imported yet."""
    code = textwrap.dedent(START) + textwrap.dedent(program)
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        # Under pytest, the CDK reports errors in another way.
        env={
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            "CDK_VALIDATION": "false",
        },
    )


def test_the_constructs_do_not_import_the_check() -> None:
    ended = run(
        """
        assert CHECK not in sys.modules and RULES not in sys.modules, "imported at once"
        assert not threads(), "started by an import"
        """
    )
    assert ended.returncode == 0, ended.stderr


def test_the_check_is_imported_while_the_main_thread_waits_and_no_thread_stays() -> None:
    ended = run(
        """
        interval = sys.getswitchinterval()
        app = App()
        cluster = add_cluster(Stack(app, "Stack"))
        loading._loading().join(60)
        assert CHECK in sys.modules and RULES in sys.modules, "not imported"
        add_job(cluster)
        app.synth()
        assert not threads(), "a thread stays"
        assert sys.getswitchinterval() == interval
        """
    )
    assert ended.returncode == 0, ended.stderr


def test_the_check_imports_what_the_thread_could_not() -> None:
    ended = run(
        """
        def no_thread(self):
            raise RuntimeError("can't start new thread")

        loading._Loading.start = no_thread
        app = App()
        add_job(add_cluster(Stack(app, "Stack")), num_nodes=1001)
        assert RULES not in sys.modules
        try:
            app.synth()
        except RuntimeError:
            print("failed")
        assert RULES in sys.modules
        """
    )
    assert ended.returncode == 0, ended.stderr
    assert "failed" in ended.stdout
    assert "MNP106" in ended.stderr


def test_a_module_that_cannot_be_imported_fails_the_synthesis() -> None:
    ended = run(
        """
        sys.modules[CHECK] = None
        app = App()
        add_job(add_cluster(Stack(app, "Stack")))
        app.synth()
        """
    )
    assert ended.returncode != 0
    assert "not completely installed" in ended.stderr


def test_an_app_that_fails_does_not_wait_for_the_thread() -> None:
    ended = run(
        """
        loading._modules = lambda: (time.sleep(0.01) or "json" for _ in range(6000))
        add_cluster(Stack(App(), "Stack"))
        raise SystemExit(3)
        """
    )
    assert ended.returncode == 3, ended.stderr


def test_a_check_that_cannot_be_imported_fails_the_synthesis() -> None:
    ended = run(
        """
        sys.modules["cdk_batch_mnp.cdk.validation.written_templates"] = None
        app = App()
        add_job(add_cluster(Stack(app, "Stack")))
        app.synth()
        """
    )
    assert ended.returncode != 0
    assert "the plugin crashed: ModuleNotFoundError" in ended.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_child_process_can_import_the_check() -> None:
    ended = run(
        """
        add_cluster(Stack(App(), "Stack"))
        child = os.fork()
        if child == 0:
            import cdk_batch_mnp.template.checking
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert status == 0
        assert not threads(), "runs while the process forks"
        """
    )
    assert ended.returncode == 0, ended.stderr


def test_the_thread_lets_others_work() -> None:
    stopped: list[bool] = []

    def work() -> None:
        while not stopped:
            sum(range(1000))

    worker = Thread(target=work)
    worker.start()
    try:
        thread = loading._Loading()
        thread._others_work()
        assert all(thread._others_work() for _ in range(3) if not thread._stopped.wait(0.01))
    finally:
        stopped.append(True)
        worker.join()
