"""An app as `cdk init` creates it, with the defaults of the CDK CLI.

Version reporting is on, so that each stack that is for any Region has a resource with a condition
on ``AWS::Region``; the feature flags are those of a new app.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from cdk_batch_mnp_emulator.running import Server
from cdk_batch_mnp_emulator.variables import command_environment
from embedded import EmbeddedAws
from tests.cli.command import call
from tests.end_to_end.toolkit import REGION

# Each test runs the CDK CLI, or an app that it creates.
pytestmark = pytest.mark.clients

ROOT = Path(__file__).parents[2]
CDK = ROOT / "node_modules" / ".bin" / "cdk"
ASSEMBLY = "cdk.out"

STACK = """\
from aws_cdk import Duration, Stack
from aws_cdk import aws_ec2 as ec2
from cdk_batch_mnp import MnpCluster, NodeContainer, NodeGroup
from constructs import Construct


class HpcStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, max_vcpus=None, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)
        vpc = ec2.Vpc(self, "Vpc", max_azs=1)
        cluster = MnpCluster(self, "Cluster", vpc=vpc, instance_type="c5n.18xlarge", max_nodes=4)
        cluster.add_job(
            "Solver",
            node_groups=[NodeGroup("solver", ":", NodeContainer(image="public.ecr.aws/hpc/s:1"))],
            timeout=Duration.hours(12),
        )
        if max_vcpus is not None:
            environment = cluster.compute_environment.node.default_child
            environment.add_property_override("ComputeResources.MaxvCpus", max_vcpus)
"""

ANYWHERE = "HpcStack(app, 'Hpc', max_vcpus={})"
IN_A_REGION = (
    # As cdk.context.json keeps what the command once looked up in the account.
    "app.node.set_context('availability-zones:account=123456789012:region=eu-west-1',"
    " ['eu-west-1a', 'eu-west-1b'])\n"
    "HpcStack(app, 'Hpc', max_vcpus={},"
    " env=cdk.Environment(account='123456789012', region='eu-west-1'))"
)
IN_A_STAGE = "HpcStack(cdk.Stage(app, 'Production'), 'Hpc', max_vcpus={})"
IN_A_STAGE_OF_A_STAGE = (
    "HpcStack(cdk.Stage(cdk.Stage(app, 'Production'), 'Europe'), 'Hpc', max_vcpus={})"
)
BESIDE_A_STAGE = f"cdk.Stack(app, 'Other')\n{IN_A_STAGE}"
EVERYWHERE = {
    "any Region": ANYWHERE,
    "one Region": IN_A_REGION,
    "a stage": IN_A_STAGE,
    "a stage in a stage": IN_A_STAGE_OF_A_STAGE,
    "a stage beside a stack": BESIDE_A_STAGE,
}

RULE_THAT_CRASHES = """
from dataclasses import replace
from cdk_batch_mnp.rules import checking, discovery


def broken(subject, catalogue):
    raise KeyError("a broken rule")


rules = [
    replace(each, check=broken) if each.id == "MNP317" else each for each in discovery.all_rules()
]
checking.all_rules = lambda: rules
"""

APPS = """
import json
import aws_cdk as cdk
from hpc.hpc_stack import HpcStack

failures = []
for body in {}:
    app = cdk.App()
    exec(body)
    try:
        app.synth()
        failures.append("")
    except RuntimeError as error:
        failures.append(str(error))
print(json.dumps(failures))
"""
"""Synthesizes an app for each body."""


class FreshApp:
    """An app in a folder of its own, away from the settings of this repository."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "hpc"
        self._folder.mkdir()
        self.run(CDK, "init", "app", "--language=python", "--generate-only")
        (self._folder / "hpc" / "hpc_stack.py").write_text(STACK)

    @property
    def settings(self) -> dict[str, object]:
        """Its ``cdk.json``."""
        read: dict[str, object] = json.loads((self._folder / "cdk.json").read_text())
        return read

    def template(self, stack: str) -> str:
        """Return the template of a stack."""
        return (self._folder / ASSEMBLY / f"{stack}.template.json").read_text()

    def write(self, *bodies: str) -> list[str]:
        """Write its ``app.py``, and return the assembly of each body; the command reads the last.

        All are synthesized in one process, as the command requests.
        """
        text = "import aws_cdk as cdk\nfrom hpc.hpc_stack import HpcStack\n"
        assemblies = [f"cdk.out.{number}" for number in range(len(bodies) - 1)] + [ASSEMBLY]
        for body, assembly in zip(bodies, assemblies, strict=True):
            where = "" if assembly == ASSEMBLY else f"outdir={assembly!r}"
            text += f"\napp = cdk.App({where})\n{body}\napp.synth()\n"
        (self._folder / "app.py").write_text(text)
        return assemblies

    def cdk(
        self, *arguments: str, app: str = f"{sys.executable} app.py", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the CDK's command; only what would go over the network is switched off."""
        return self.run(CDK, f"--app={app}", "--no-notices", *arguments, **environ)

    def failures(self, bodies: Iterable[str]) -> list[str]:
        """Run apps in one process, without the command, and return the exception of each."""
        (self._folder / "apps.py").write_text(APPS.format(list(bodies)))
        # Has the CDK write its report into the exception.
        ran = self.run(sys.executable, "apps.py", CDK_APP_MODE="inmemory")
        assert ran.returncode == 0, ran.stdout
        failures: list[str] = json.loads(ran.stdout.splitlines()[-1])
        return failures

    def check(self, assembly: str) -> subprocess.CompletedProcess[str]:
        """Check what was synthesized."""
        return call(self._folder, "check", assembly)

    def run(self, *command: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value
            for name, value in os.environ.items()
            # How an app behaves that is run in a test is not what is tested here.
            if not name.startswith(("PYTEST", "AWS_"))
        }
        return subprocess.run(
            command,
            cwd=self._folder,
            env=environment
            | {"CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_VALIDATION": "false"}
            | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FreshApp:
    return FreshApp(tmp_path_factory.mktemp("fresh"))


def test_the_app_has_the_defaults_of_the_cdk(app: FreshApp) -> None:
    assert "versionReporting" not in app.settings
    assert "@aws-cdk/core:enablePartitionLiterals" in str(app.settings["context"])


def assert_passes_the_check(app: FreshApp, assembly: str = ASSEMBLY) -> None:
    checked = app.check(assembly)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith("no findings in ")


def test_right_apps_are_deployed_and_their_assemblies_pass_the_check(
    app: FreshApp, server: Server, aws: EmbeddedAws
) -> None:
    # One run of the command is for all of them. The assembly that it reads is that of the last one.
    shapes = ("one Region", "a stage beside a stack", "a stage in a stage")
    bodies = [*(EVERYWHERE[shape] for shape in shapes), f"{ANYWHERE}\n{IN_A_STAGE}"]
    assemblies = app.write(*(body.replace("{}", "None") for body in bodies))
    variables = command_environment({}, server.access, REGION)
    deployed = app.cdk("deploy", "**", "--require-approval=never", **variables)
    assert deployed.returncode == 0, deployed.stdout
    cloudformation = aws.client("cloudformation")
    for stack in ("Hpc", "Production-Hpc"):
        (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        cloudformation.delete_stack(StackName=stack)
        assert described["StackStatus"] == "CREATE_COMPLETE"
    assert "CDKMetadataAvailable" in app.template("Hpc")
    for assembly in assemblies:
        assert_passes_the_check(app, assembly)


def test_an_override_that_no_job_can_run_with_is_not_deployed(app: FreshApp) -> None:
    app.write(ANYWHERE.format(72))
    deployed = app.cdk("deploy", "--all", "--require-approval=never")
    assert deployed.returncode == 1
    assert "max vCPUs 72" in deployed.stdout
    assert "MNP::MNP106" in deployed.stdout


def test_one_stage_can_be_selected_exclusively_though_another_is_wrong(app: FreshApp) -> None:
    app.write(f"{IN_A_STAGE.format(72)}\nHpcStack(cdk.Stage(app, 'Test'), 'Hpc')")
    assert app.cdk("synth", "--quiet", "--exclusively", "Test/*").returncode == 0
    selected = app.cdk("synth", "--quiet", "--exclusively", "Production/*", app=ASSEMBLY)
    assert selected.returncode == 1
    assert "max vCPUs 72" in selected.stdout
    assert "MNP::MNP106" in selected.stdout


@pytest.fixture(scope="module")
def failures(app: FreshApp) -> dict[str, str]:
    """The exception of a wrong app of every shape; at the end, with a rule that crashes."""
    wrong = {where: body.format(72) for where, body in EVERYWHERE.items()}
    crashes = {
        f"{where}, a rule crashes": f"{RULE_THAT_CRASHES}\n{wrong[where]}"
        for where in ("any Region", "a stage")
    }
    bodies = wrong | crashes
    return dict(zip(bodies, app.failures(bodies.values()), strict=True))


@pytest.mark.parametrize("where", EVERYWHERE)
def test_an_override_fails_an_app_of_every_shape(failures: dict[str, str], where: str) -> None:
    assert "max vCPUs 72" in failures[where]
    assert "rule MNP317" not in failures[where]


@pytest.mark.parametrize("where", ["any Region", "a stage"])
def test_a_rule_that_crashes_fails_the_synthesis_and_hides_no_other(
    failures: dict[str, str], where: str
) -> None:
    failure = failures[f"{where}, a rule crashes"]
    assert "rule MNP317" in failure
    assert "KeyError: 'a broken rule'" in failure
    assert "https://github.com/cdk-batch-mnp/cdk-batch-mnp/issues" in failure
    assert "MNP106" in failure
