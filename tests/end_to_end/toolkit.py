"""The CDK's own command, run on the reference app beside an embedded AWS."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.run.assembly import read
from cdk_batch_mnp_emulator.run.deploying import Deployer
from cdk_batch_mnp_emulator.running import Server
from cdk_batch_mnp_emulator.variables import command_environment

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
BOOTSTRAP_ENVIRONMENT = f"aws://123456789012/{REGION}"

QUIET = {"CDK_DISABLE_CLI_TELEMETRY": "true"}


def deploy_without_cdk(server: Server, assembly: Path) -> None:
    """Deploy all stacks of an assembly as ``cdk-batch-mnp local run`` does."""
    Deployer(Endpoint(server.access)).deploy(read(assembly, REGION), {})


class Toolkit:
    """Runs ``cdk``.

    Args:
        server: The embedded AWS.
        folder: Where assemblies are written.
    """

    def __init__(self, server: Server, folder: Path) -> None:
        self._environment = command_environment(os.environ, server.access, REGION) | QUIET
        self._folder = folder

    def bootstrap(self) -> str:
        """Prepare the account, away from any app."""
        return self._run("bootstrap", BOOTSTRAP_ENVIRONMENT, folder=self._folder)

    def deploy(self, *arguments: str, app: str = "app.py") -> str:
        """Deploy all stacks of an app."""
        return self._run("deploy", "--all", "--require-approval=never", *self._with(app, arguments))

    def deploy_in_vain(self, app: str, *arguments: str) -> str:
        """Deploy an app that cannot be deployed."""
        own = self._with(app, arguments)
        return self._run("deploy", "--all", "--require-approval=never", *own, status=1)

    def deploy_assembly(self, assembly: Path, *, status: int = 0) -> str:
        """Deploy all stacks of an assembly that is there already."""
        arguments = ["deploy", "--all", "--require-approval=never", f"--app={assembly}"]
        return self._run(*arguments, status=status)

    def destroy_assembly(self, assembly: Path) -> str:
        """Destroy all stacks of an assembly that is there already."""
        return self._run("destroy", "--all", "--force", f"--app={assembly}")

    def _with(self, app: str, arguments: tuple[str, ...]) -> list[str]:
        return [
            f"--app={shlex.quote(sys.executable)} {shlex.quote(app)}",
            f"--output={self._folder / 'assembly'}",
            *arguments,
        ]

    def _run(self, *arguments: str, folder: Path = ROOT, status: int = 0) -> str:
        done = subprocess.run(
            [ROOT / "node_modules" / ".bin" / "cdk", *arguments],
            cwd=folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout
