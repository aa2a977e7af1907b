"""Runs nodes as containers, with the program ``docker`` or ``podman``.

Each node is one ``docker run`` that stays attached, so its output, its exit code and its end are
those of a process of this machine. Containers do not end with that process. Another process, which
lives as long as the server does, removes what is left of them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence

from cdk_batch_mnp_emulator.nodes.addresses import SubnetAddresses
from cdk_batch_mnp_emulator.nodes.container import LABEL, ContainerListener
from cdk_batch_mnp_emulator.nodes.doors import Doors, Process
from cdk_batch_mnp_emulator.nodes.held_networks import HeldNetworks, NetworkError
from cdk_batch_mnp_emulator.nodes.local_runner import LocalRunner
from cdk_batch_mnp_emulator.nodes.runner import Node, NodeAddress, NodeListener, NodeRequest

_SUBNETS = tuple(f"10.{number}.0.0/20" for number in range(213, 229))
_SECONDS = 60.0
_FALLBACK_HOST = "host.docker.internal"
_NO_PROXY = ("NO_PROXY", "no_proxy")  # the client program may add a proxy to every container


class DockerError(Exception):
    """Containers cannot run here."""


class DockerRunner:
    """A :class:`NodeRunner` whose nodes are containers.

    Args:
        program: ``docker`` or ``podman``.
        port: Where this process listens on 127.0.0.1.
        process: Serves a connection that a container made to :attr:`endpoint_host`.

    Raises:
        DockerError: The program is missing, or its daemon does not answer.

    Attributes:
        endpoint_host: Where containers reach this process, at the same port. Variables that name
            the server at 127.0.0.1 name it there in containers. It is an address where that works,
            so that S3 clients do not put the bucket before it.
    """

    def __init__(self, program: str = "docker", *, port: int, process: Process) -> None:
        found = shutil.which(program)
        if found is None:
            raise DockerError(f"the program {program} was not found in PATH")
        self._program = found
        self._name = program
        self._run("info")
        self._id = f"mnp-{secrets.token_hex(4)}"
        self._label = ("--label", f"{LABEL}={self._id}")
        self._port = port
        self._local = LocalRunner(network="loopback")
        self._local_address = self._local.reserve("127.0.0.0/8")
        self._doors = Doors(process)
        self._remover = self._start_remover()
        try:
            self._subnet = self._make_network()
            self._addresses = SubnetAddresses()
            self._lock = threading.Lock()
            self.endpoint_host, self._more = self._open_door()
            self._networks = HeldNetworks(
                lambda arguments, more: self._run(*arguments, more=more),
                lambda where: (*self._label, *self._network_options(where)),
                DockerError,
            )
        except DockerError:
            self.close()
            raise

    @property
    def description(self) -> str:
        """How nodes run here, in one sentence."""
        return (
            f"Nodes are containers of {self._name}, with the network {self._subnet} instead of the"
            " subnets of the job."
        )

    def reserve(self, cidr: str) -> NodeAddress:
        """Return a free address of the containers' network, whatever the subnet is."""
        with self._lock:
            return self._addresses.reserve(self._subnet)

    def release(self, where: NodeAddress) -> None:
        """Release an address, and the network of the containers that shared it."""

        def release() -> None:
            with self._lock:
                self._addresses.release(where)

        self._networks.release(where, release)

    def start(self, request: NodeRequest, listener: NodeListener) -> Node:
        """Start a node; returns before its program runs."""
        name = f"{self._id}-{request.where.address.replace('.', '-')}-{secrets.token_hex(3)}"
        if not request.shares_network:
            network = self._network_options(request.where)
            return _Handle(self, self._attach(request, listener, name, network), name)
        handle = _Handle(self, None, name)
        threading.Thread(
            target=self._join, args=(request, listener, handle, name), daemon=True
        ).start()
        return handle

    def _join(
        self, request: NodeRequest, listener: NodeListener, handle: _Handle, name: str
    ) -> None:
        try:
            network = self._networks.join(request.where, lambda: not handle.is_stopped)
        except NetworkError as error:
            listener.ended(None, str(error))
            return
        handle.began(self._attach(request, listener, name, network))

    def _attach(
        self, request: NodeRequest, listener: NodeListener, name: str, network: Sequence[str]
    ) -> Node:
        identity = request.folder / name
        attached = NodeRequest(
            name=request.name,
            image="",
            command=self._command(request, name, str(identity), network),
            environment=dict(os.environ),  # of the client program; nothing of it gets inside
            folder=request.folder,
            where=self._local_address,
        )
        return self._local.start(attached, ContainerListener(listener, identity))

    def close(self) -> None:
        """End all nodes, at once and without grace; returns once nothing of them is left."""
        assert self._remover.stdin is not None  # noqa: S101 - for the type checker
        with contextlib.suppress(BrokenPipeError):
            self._remover.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._remover.wait(_SECONDS)
        self._local.close()
        self._doors.end()

    def stop(self, node: Node, name: str, grace_seconds: float) -> None:
        """Stop a container, and then the process that is attached to it."""
        with contextlib.suppress(DockerError):
            self._run("stop", "--time", str(max(0, round(grace_seconds))), name, more=grace_seconds)
        node.stop(0)
        with contextlib.suppress(DockerError):
            self._run("rm", "--force", name)

    def _network_options(self, where: NodeAddress) -> Sequence[str]:
        return (
            *("--network", self._id, "--ip", where.address),
            *("--hostname", where.host_name, "--network-alias", where.host_name, *self._more),
        )

    def _command(
        self, request: NodeRequest, name: str, identity: str, network: Sequence[str]
    ) -> Sequence[str]:
        variables = (
            part
            for variable, value in self._reachable(request.environment).items()
            for part in ("--env", f"{variable}={value}")
        )
        return (
            *(self._program, "run", "--rm", "--init", "--name", name, "--cidfile", identity),
            *(*self._label, *network),
            *("--shm-size", f"{request.shared_memory_mib}m", *variables, *_files(request)),
            *(f"--ulimit={each.name}={each.soft}:{each.hard}" for each in request.limits),
            *(request.image, *request.command),
        )

    def _reachable(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return variables that name this process as containers reach it, without a proxy."""
        here = (f"127.0.0.1:{self._port}", f"{self.endpoint_host}:{self._port}")
        return {
            name: f"{value},{self.endpoint_host}" if name in _NO_PROXY else value.replace(*here)
            for name, value in environment.items()
        }

    def _make_network(self) -> str:
        # An address can be chosen only in a network whose subnet was chosen.
        for subnet in _SUBNETS:
            try:
                self._run("network", "create", "--subnet", subnet, self._id)
            except DockerError as error:
                last = error
            else:
                return subnet
        raise DockerError(f"no network for containers can be made; the last answer: {last}")

    def _open_door(self) -> tuple[str, Sequence[str]]:
        # Docker Desktop keeps the gateway in a machine of its own, and has a name for this one.
        gateway = self._subnet.partition("/")[0].removesuffix("0") + "1"
        try:
            self._doors.open(socket.create_server((gateway, self._port)))
        except OSError:
            return _FALLBACK_HOST, ("--add-host", f"{_FALLBACK_HOST}:host-gateway")
        return gateway, ()

    def _start_remover(self) -> subprocess.Popen[bytes]:
        module = "cdk_batch_mnp_emulator.nodes.container_remover"
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", module, self._program, self._id],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _run(self, *arguments: str, more: float = 0.0) -> None:
        try:
            done = subprocess.run(  # noqa: S603 - the program that was asked for
                [self._program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=_SECONDS + more,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DockerError(f"{self._name} {arguments[0]}: {error}") from error
        if done.returncode != 0:
            said = " ".join(done.stderr.split()) or f"status {done.returncode}"
            raise DockerError(f"{self._name} {arguments[0]}: {said}")


def _files(request: NodeRequest) -> Iterator[str]:
    if request.is_read_only:
        yield "--read-only"
    for mount in request.mounts:
        if mount.folder is None:
            yield f"--tmpfs={mount.path}:size={mount.mib}m"
        else:
            yield f"--volume={mount.folder}:{mount.path}{':ro' if mount.read_only else ''}"


class _Handle:
    """A container that is started, or will be as soon as its network exists."""

    def __init__(self, runner: DockerRunner, node: Node | None, name: str) -> None:
        self._runner = runner
        self._node = node
        self._name = name
        self._lock = threading.Lock()
        self._grace_seconds: float | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the container was stopped, even before it was started."""
        return self._grace_seconds is not None

    def began(self, node: Node) -> None:
        """Note that the container is started now."""
        with self._lock:
            self._node = node
        if self._grace_seconds is not None:
            self.stop(self._grace_seconds)

    def stop(self, grace_seconds: float) -> None:
        """Have the container stopped, in a thread of its own since that takes its time."""
        with self._lock:
            self._grace_seconds = grace_seconds
            node = self._node
        if node is not None:
            threading.Thread(
                target=self._runner.stop, args=(node, self._name, grace_seconds), daemon=True
            ).start()
