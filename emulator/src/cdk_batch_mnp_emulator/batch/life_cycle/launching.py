"""Starts nodes and their containers: addresses, folders, variables, secrets and log streams."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import last_part
from cdk_batch_mnp_emulator.batch.life_cycle.attempts import Attempt, ContainerRun, NodeRun
from cdk_batch_mnp_emulator.batch.life_cycle.containers import Container
from cdk_batch_mnp_emulator.batch.life_cycle.host_paths import HostPathError, HostPaths
from cdk_batch_mnp_emulator.batch.life_cycle.log_streams import NoLogStreamError, open_stream
from cdk_batch_mnp_emulator.batch.life_cycle.parameters import substituted
from cdk_batch_mnp_emulator.batch.life_cycle.records import begin_task
from cdk_batch_mnp_emulator.batch.life_cycle.secret_values import SecretError, read_secrets
from cdk_batch_mnp_emulator.batch.life_cycle.variables import NodeOfJob, container_variables
from cdk_batch_mnp_emulator.batch.life_cycle.volumes import Volumes, differences, limits
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.nodes.runner import (
    Mount,
    NoAddressError,
    NodeListener,
    NodeRequest,
    NodeRunner,
)

_NO_COMMAND = (
    "CannotStartContainerError: the container has no command. Images are not run here, so the "
    "entry point and the command of the image are unknown; set a command in the job definition"
)
_DEFAULT_SHARED_MEMORY_MIB = 64
_CHARACTERS_OF_ID = 13  # up to the second hyphen

SubnetCidr = Callable[[str, str], str | None]
"""Returns the CIDR of a subnet, from a Region and the id of the subnet, if it exists."""

AccessPoint = Callable[[str, str], str | None]
"""Returns the root directory of an access point, from a Region and its id, if it exists."""


ImageNotes = Callable[[str, Sequence[str]], Sequence[str]]
"""Returns sentences about an image that is not run, and a command of it."""


class NotStartedError(Exception):
    """A node, or a container of it, cannot be started; the reason is one of a container."""


class Launcher:
    """Starts nodes.

    Args:
        runner: What runs them.
        access: The embedded AWS that they use.
        endpoint: The same for our own requests.
        subnet_cidr: Finds the CIDR of a subnet.
        folder: Under which each node gets a folder; it is made when the first node starts.
        image_notes: Returns the sentences about an image and a command that start the log of a job;
            ``None`` if images are run, and a container needs no command.
        access_point: Finds the root directory of an access point of EFS.
        host_paths: Paths of the instances that are something of this machine.
    """

    def __init__(
        self,
        runner: NodeRunner,
        access: Access,
        endpoint: Endpoint,
        subnet_cidr: SubnetCidr,
        folder: Path,
        image_notes: ImageNotes | None,
        access_point: AccessPoint,
        host_paths: HostPaths,
    ) -> None:
        self._runner = runner
        self._access = access
        self._endpoint = endpoint
        self._subnet_cidr = subnet_cidr
        self._folder = folder
        self._image_notes = image_notes
        self._access_point = access_point
        self._host_paths = host_paths
        self._volumes = Volumes(folder / "volumes", host_paths)

    def prepare(self, attempt: Attempt, run: NodeRun) -> None:
        """Get what all containers of a node need: secrets, an address and a folder.

        Args:
            attempt: Of its job.
            run: Of the node, of which the address is set, and the secrets of the containers.

        Raises:
            NotStartedError: It cannot be started.
        """
        try:
            for container in run.containers:
                container.secrets = read_secrets(
                    container.container, self._endpoint, attempt.region
                )
        except SecretError as error:
            raise NotStartedError(str(error)) from None
        try:
            run.where = self._runner.reserve(self._cidr(attempt))
        except NoAddressError as error:
            raise NotStartedError(f"ResourceInitializationError: {error}") from None
        cluster = last_part(attempt.placement.environment["ecsClusterArn"])
        begin_task(run.record, attempt.region, cluster, run.where.address, run.id)
        self._folder_of(attempt, run).mkdir(parents=True)

    def start(self, attempt: Attempt, run: NodeRun, position: int, listener: NodeListener) -> None:
        """Start a container of a node that is prepared.

        Args:
            attempt: Of its job.
            run: Of the node.
            position: Of the container, of which the log stream and what stops it are set.
            listener: What the runner calls.

        Raises:
            NotStartedError: It cannot be started, and nothing of it is left.
        """
        assert run.where is not None  # noqa: S101 - for the type checker
        started = run.containers[position]
        container = started.container
        command = substituted(container.get("command", []), attempt.job["parameters"])
        if not command and self._image_notes:
            raise NotStartedError(_NO_COMMAND)
        definition = last_part(attempt.job["jobDefinition"]).partition(":")[0]
        try:
            started.stream = open_stream(
                container, region=attempt.region, definition=definition, task=run.id
            )
        except NoLogStreamError as error:
            raise NotStartedError(str(error)) from None
        of_node = self._folder_of(attempt, run)
        mounts = self._mounts(attempt, container, of_node)
        folder = of_node / str(position) if len(run.containers) > 1 else of_node
        folder.mkdir(exist_ok=True)
        if started.stream:
            started.details["logStreamName"] = started.stream.name
            if self._image_notes:
                of_image = self._image_notes(container["image"], command) if run.is_main else []
                if notes := [*of_image, *differences(container, self._host_paths)]:
                    started.stream.write(notes)
        started.node = self._runner.start(
            NodeRequest(
                name=_name(attempt, run, container),
                image=container["image"],
                command=command,
                environment=self._variables(attempt, run, started),
                folder=folder,
                where=run.where,
                shares_network=len(run.containers) > 1,
                shared_memory_mib=container.get("linuxParameters", {}).get(
                    "sharedMemorySize", _DEFAULT_SHARED_MEMORY_MIB
                )
                or _DEFAULT_SHARED_MEMORY_MIB,
                mounts=mounts,
                limits=limits(container),
                is_read_only=container.get("readonlyRootFilesystem", False),
            ),
            listener,
        )

    def clean_up(self, attempt: Attempt, run: NodeRun) -> None:
        """Remove what a node that has ended has had: its address and its folder."""
        if run.where is not None:
            self._runner.release(run.where)
            run.where = None
        shutil.rmtree(self._folder_of(attempt, run), ignore_errors=True)

    def _variables(self, attempt: Attempt, run: NodeRun, started: ContainerRun) -> dict[str, str]:
        place = NodeOfJob(
            run.index,
            attempt.main_index,
            attempt.number_of_nodes,
            None if run.is_main else attempt.main_address,
        )
        return container_variables(
            attempt.job,
            started.container,
            access=self._access,
            region=attempt.region,
            attempt=attempt.number,
            environment=attempt.placement.environment["computeEnvironmentArn"],
            node=place if attempt.is_multinode else None,
            array_size=attempt.array_size,
            secrets=started.secrets,
        )

    def _mounts(self, attempt: Attempt, container: Container, folder: Path) -> list[Mount]:
        environment = last_part(attempt.placement.environment["computeEnvironmentArn"])
        try:
            return self._volumes.mounts(
                container,
                environment,
                folder,
                lambda point: self._access_point(attempt.region, point),
            )
        except HostPathError as error:
            raise NotStartedError(f"ResourceInitializationError: {error}") from None
        except OSError as error:
            place = f"{error.filename}: {error.strerror}"
            raise NotStartedError(f"ResourceInitializationError: {place}") from None

    def _cidr(self, attempt: Attempt) -> str:
        resources: Mapping[str, Any] = attempt.placement.environment["computeResources"]
        subnet = resources["subnets"][0]
        cidr = self._subnet_cidr(attempt.region, subnet)
        if cidr is None:
            raise NotStartedError(
                f"ResourceInitializationError: subnet {subnet} of the compute environment "
                "was deleted"
            )
        return cidr

    def _folder_of(self, attempt: Attempt, run: NodeRun) -> Path:
        # Short: the address of a Unix socket in TMPDIR has at most 107 bytes.
        id, _, index = attempt.job["jobId"].partition(":")
        job = f"{id[:_CHARACTERS_OF_ID]}-{index}" if index else id[:_CHARACTERS_OF_ID]
        return self._folder / f"{job}-{attempt.number}" / str(run.index)


def _name(attempt: Attempt, run: NodeRun, container: Container) -> str:
    name = f"job {attempt.job['jobId']} node {run.index}"
    return f"{name} container {container['name']}" if len(run.containers) > 1 else name
