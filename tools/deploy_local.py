"""Deploy the reference platform to the embedded AWS, and run its jobs there.

cdk-batch-mnp local exec -- python -m tools.deploy_local [SETTINGS]
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Column, Table

from cdk_batch_mnp import NodeRange
from cdk_batch_mnp.instances.catalogue import default_catalogue
from cdk_batch_mnp_emulator.run.progress import Followed, Stop, follow
from cdk_batch_mnp_emulator.run.table import table_of
from stacks.settings import JobSettings, PlatformSettings, SettingsError, load

ROOT = Path(__file__).parent.parent
DEFAULT_SETTINGS = ROOT / "configs" / "demo.toml"
BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"

QUIET = {"CDK_DISABLE_CLI_TELEMETRY": "true"}

_JOB_SECONDS = 300
"""Before a job is terminated: no job may keep `make deploy-local` from its end."""

_STARTED = re.compile(
    r"\[(?P<node>\d+)\] mnp-launch: node (?P=node): all (\d+ )?nodes are ready, starting"
)

console = Console()


class DeploymentError(Exception):
    """The platform is missing or differs from its settings. The message is one line."""


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of the platform, in the settings and in the embedded AWS."""

    resource: str
    fact: str
    wanted: object
    found: object
    note: str = ""

    @property
    def is_right(self) -> bool:
        """Whether both agree."""
        return self.wanted == self.found


class Platform:
    """The deployed platform, as the APIs describe it.

    Args:
        settings: The settings of the deployment.
    """

    def __init__(self, settings: PlatformSettings) -> None:
        self._settings = settings
        self._cloudformation = boto3.client("cloudformation")
        self._batch: Any = boto3.client("batch")
        self._ec2 = boto3.client("ec2")
        self._stack = f"{settings.name}Mnp"

    def rows(self) -> Iterator[Row]:
        """Yield every fact that the settings determine.

        Raises:
            DeploymentError: A resource does not exist.
        """
        environment = self._environment()
        yield from self._rows_of_environment(environment)
        yield from self._rows_of_queue(environment["computeEnvironmentArn"])
        for job in self._settings.jobs:
            definition = self._definition(job)
            yield from _rows_of_definition(job, definition, self._settings.cluster.max_nodes)

    def run(self, job: JobSettings) -> tuple[list[Row], Followed]:
        """Run a job to its end, with all nodes of the cluster if its node ranges allow it.

        Prints what its nodes write. With a launcher, the rows include the number of nodes that it
        says have met.
        """
        lines: list[str] = []

        def write(line: str) -> None:
            lines.append(line)
            console.print(line, highlight=False, markup=False, soft_wrap=True)

        most = self._settings.cluster.max_nodes
        is_open = any(NodeRange.parse(group.nodes).last is None for group in job.node_groups)
        overrides: Mapping[str, Any] = {"nodeOverrides": {"numNodes": most}} if is_open else {}
        submitted = self._batch.submit_job(
            jobName=job.name,
            jobQueue=self._output("JobQueue"),
            jobDefinition=self._output(f"JobDefinition{job.name}"),
            **overrides,
        )
        followed = follow(
            self._batch, boto3.client("logs"), submitted["jobId"], write, Stop(_JOB_SECONDS)
        )
        nodes = most if is_open else job.num_nodes or most
        what = "nodes, overridden" if is_open else "nodes"
        rows = [Row(f"job {job.name}", what, nodes, followed.number)]
        if job.launcher:
            what = "nodes that the launcher started"
            rows.append(Row(f"job {job.name}", what, nodes, met(lines)))
        return rows, followed

    def _environment(self) -> Any:
        resources = self._cloudformation.describe_stack_resources(StackName=self._stack)
        arns = [
            resource.get("PhysicalResourceId", "")
            for resource in resources["StackResources"]
            if resource["ResourceType"] == "AWS::Batch::ComputeEnvironment"
        ]
        arn = _only(arns, "compute environment of stack", self._stack)
        found = self._batch.describe_compute_environments(computeEnvironments=[arn])
        return _only(found["computeEnvironments"], "compute environment", arn)

    def _rows_of_environment(self, environment: Any) -> Iterator[Row]:
        cluster = self._settings.cluster
        instance_type = default_catalogue().find(cluster.instance_type)
        if instance_type is None:
            raise DeploymentError(f"unknown instance type {cluster.instance_type}")
        name, resources = "compute environment", environment["computeResources"]
        yield Row(name, "status", "ENABLED, VALID", _state(environment))
        yield Row(name, "type", "MANAGED, EC2", f"{environment['type']}, {resources['type']}")
        yield Row(
            name, "instance types", cluster.instance_type, _joined(resources["instanceTypes"])
        )
        most = cluster.max_nodes * instance_type.vcpus
        yield Row(name, f"max vCPUs, {cluster.max_nodes} nodes", most, resources["maxvCpus"])
        zones = {
            subnet["AvailabilityZone"]
            for subnet in self._ec2.describe_subnets(SubnetIds=resources["subnets"])["Subnets"]
        }
        yield Row(name, "availability zones", 1, len(zones))
        group = resources.get("placementGroup", "")
        groups = self._ec2.describe_placement_groups(GroupNames=[group])["PlacementGroups"]
        yield Row("placement group", "strategy", "cluster", groups[0]["Strategy"])
        template = resources.get("launchTemplate", {})
        versions = self._ec2.describe_launch_template_versions(
            LaunchTemplateId=template.get("launchTemplateId", ""),
            Versions=[template.get("version", "")],
        )["LaunchTemplateVersions"]
        data = versions[0]["LaunchTemplateData"]
        volume = data["BlockDeviceMappings"][0]["Ebs"]
        name = "launch template"
        yield Row(name, "root volume, GiB", cluster.root_volume_size_gib, volume.get("VolumeSize"))
        yield Row(name, "root volume encrypted", True, volume.get("Encrypted"))
        tokens = data.get("MetadataOptions", {}).get("HttpTokens")
        yield Row(name, "metadata tokens", "required", tokens)

    def _rows_of_queue(self, environment: str) -> Iterator[Row]:
        arn = self._output("JobQueue")
        found = self._batch.describe_job_queues(jobQueues=[arn])["jobQueues"]
        queue = _only(found, "job queue", arn)
        order = [item["computeEnvironment"] for item in queue["computeEnvironmentOrder"]]
        yield Row("job queue", "status", "ENABLED, VALID", _state(queue))
        yield Row("job queue", "environments", _name(environment), _joined(map(_name, order)))
        limits = {action["maxTimeSeconds"] for action in queue.get("jobStateTimeLimitActions", [])}
        stuck = str(self._settings.cluster.stuck_job_timeout_seconds)
        yield Row("job queue", "state time limit, s", stuck, _joined(sorted(limits)))

    def _definition(self, job: JobSettings) -> Any:
        arn = self._output(f"JobDefinition{job.name}")
        found = self._batch.describe_job_definitions(jobDefinitionName=_name(arn), status="ACTIVE")
        return _only(found["jobDefinitions"], "job definition", arn)

    def _output(self, key: str) -> str:
        stack = self._cloudformation.describe_stacks(StackName=self._stack)["Stacks"][0]
        for output in stack.get("Outputs", []):
            if output.get("OutputKey") == key:
                return output.get("OutputValue", "")
        raise DeploymentError(f"stack {self._stack} has no output {key}")


def _rows_of_definition(job: JobSettings, definition: Any, max_nodes: int) -> Iterator[Row]:
    name, nodes = f"job definition {job.name}", definition["nodeProperties"]
    yield Row(name, "type", "multinode", definition["type"])
    yield Row(name, "nodes", job.num_nodes or max_nodes, nodes["numNodes"])
    yield Row(name, "main node", job.main_node, nodes["mainNode"])
    seconds = definition.get("timeout", {}).get("attemptDurationSeconds")
    yield Row(name, "timeout, s", job.timeout_seconds, seconds)
    ranges = nodes["nodeRangeProperties"]
    yield Row(name, "node groups", len(job.node_groups), len(ranges))
    for group, node_range in zip(job.node_groups, ranges, strict=False):
        wanted, found = (NodeRange.parse(each) for each in (group.nodes, node_range["targetNodes"]))
        yield Row(name, f"{group.name}: nodes", wanted, found)
        yield Row(name, f"{group.name}: image", group.image, node_range["container"]["image"])


def met(lines: Iterable[str]) -> int:
    """Return how many nodes the launcher has started together, as it logs on each of them.

    Args:
        lines: Of all nodes, each after the index of its node.
    """
    said = (_STARTED.fullmatch(line) for line in lines)
    return len({each["node"] for each in said if each})


def _state(resource: Any) -> str:
    return f"{resource['state']}, {resource['status']}"


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _joined(values: Any) -> str:
    return ", ".join(str(value) for value in values)


def _only(found: list[Any], what: str, arn: str) -> Any:
    if len(found) != 1:
        raise DeploymentError(f"the {what} {arn} does not exist")
    return found[0]


def show(rows: list[Row]) -> None:
    """Print facts as a table.

    Raises:
        DeploymentError: A fact differs from the settings.
    """
    table = Table("resource", "fact", "", Column("in the embedded AWS", overflow="fold"))
    before = ""
    for row in rows:
        if before and row.resource != before:
            table.add_section()
        mark, text = "[green]✓", f"{row.found}"
        if not row.is_right:
            mark, text = "[red]✗", f"[red]{row.found}, expected {row.wanted}"
        resource = "" if row.resource == before else row.resource
        table.add_row(resource, row.fact, mark, text)
        if row.note:
            table.add_row("", "", "", f"[dim]{row.note}")
        before = row.resource
    console.print(table)
    if wrong := [row for row in rows if not row.is_right]:
        raise DeploymentError(
            "; ".join(f"{gap.resource}: {gap.fact} {gap.found}, not {gap.wanted}" for gap in wrong)
        )


def cdk(*arguments: str, folder: Path = ROOT, is_quiet: bool = False) -> None:
    """Run the CDK CLI.

    Raises:
        DeploymentError: The command fails. If it was quiet, its output is printed first.
    """
    command = [str(ROOT / "node_modules" / ".bin" / "cdk"), *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | QUIET,
        stdout=subprocess.PIPE if is_quiet else None,
        stderr=subprocess.STDOUT if is_quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stdout.write(done.stdout or "")
        raise DeploymentError(f"`cdk {arguments[0]}` failed with status {done.returncode}")


def bootstrap() -> None:
    """Bootstrap the account for the CDK, unless it is bootstrapped."""
    ssm = boto3.client("ssm")
    try:
        ssm.get_parameter(Name=BOOTSTRAP_VERSION)
    except ssm.exceptions.ParameterNotFound:
        console.rule("[bold]cdk bootstrap", align="left")
        # Outside of the app, which the CDK would synthesize first.
        with tempfile.TemporaryDirectory() as elsewhere:
            cdk("bootstrap", _environment(), folder=Path(elsewhere), is_quiet=True)


def _environment() -> str:
    account = boto3.client("sts").get_caller_identity()["Account"]
    return f"aws://{account}/{os.environ['AWS_REGION']}"


def deploy(settings: Path) -> None:
    """Deploy both stacks of the platform."""
    console.rule(f"[bold]cdk deploy --all -c config={settings.name}", align="left")
    with tempfile.TemporaryDirectory() as assembly:
        cdk(
            "deploy",
            "--all",
            "--require-approval=never",
            f"--context=config={settings.absolute()}",
            f"--app={shlex.quote(sys.executable)} app.py",
            f"--output={assembly}",
        )


def run(platform: Platform, job: JobSettings) -> None:
    """Run a job, and print a table of its nodes.

    Raises:
        DeploymentError: It fails, or does not have the nodes that it was submitted with.
    """
    console.rule(f"[bold]job {job.name}", align="left")
    rows, followed = platform.run(job)
    console.print(table_of(followed), highlight=False)
    show(rows)
    if not followed.has_succeeded:
        raise DeploymentError(f"job {job.name} {followed.verdict}")


def main() -> None:
    """Deploy, describe, run."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_SETTINGS
    if not os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://127.0.0.1:"):
        sys.exit("run this with the embedded AWS: cdk-batch-mnp local exec -- python " + __file__)
    try:
        settings = load(path)
        bootstrap()
        deploy(path)
        console.rule("[bold]deployed resources", align="left")
        platform = Platform(settings)
        show(list(platform.rows()))
        for job in settings.jobs:
            run(platform, job)
    except (DeploymentError, SettingsError) as error:
        sys.exit(f"deploy-local: {error}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"deploy-local: error from the embedded AWS: {error}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    console.print("Deployed as configured, and every job succeeded. The embedded AWS stops now.")


if __name__ == "__main__":
    main()
